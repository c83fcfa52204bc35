import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { RelayStatus } from '../../views/tunnels.ts';
import type { AdminOf } from '../api.ts';
import { failures } from '../answers.ts';

/** `/status`. */
export function statusRoutes(adminOf: AdminOf): FastifyPluginAsyncTypebox {
  return async (api) => {
    const status = {
      tags: ['status'],
      summary: 'What is up: the relay, its tunnels, its certificates',
      response: { 200: RelayStatus, ...failures },
    };
    api.get('/status', { schema: status }, (request) => adminOf(request).status());
  };
}
