import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Settings } from '../../settings.ts';
import { ChangeSettings, SettingsView } from '../../views/settings.ts';
import { failures } from '../answers.ts';
import { audited } from '../audited.ts';

const tags = ['settings'];
const OneSettings = Type.Object({ settings: SettingsView });

/** `/settings`: what holds for the whole relay. */
export function settingsRoutes(settings: Settings): FastifyPluginAsyncTypebox {
  return async (api) => {
    const show = { tags, summary: 'Settings', response: { 200: OneSettings, ...failures } };
    api.get('/settings', { schema: show }, () => ({ settings: settings.now }));
    const change = {
      tags,
      summary: 'Change settings; what is left out stays',
      body: ChangeSettings,
      response: { 200: OneSettings, ...failures },
    };
    api.patch('/settings', { schema: change }, async (request) => {
      const before = settings.now;
      const after = await settings.change(request.body);
      await audited(request, { action: 'settings.update', target: 'relay', before, after });
      return { settings: after };
    });
  };
}
