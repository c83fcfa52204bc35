import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Alerts } from '../../alerts/alerts.ts';
import { CHANNELS } from '../../alerts/channel.ts';
import type { Delivery } from '../../alerts/delivery-log.ts';
import { differences } from '../../audit.ts';
import { AlertSettingsView, ChangeAlerts, DeliveryView } from '../../views/alerts.ts';
import { failures } from '../answers.ts';
import { audited } from '../audited.ts';

export interface AlertParts {
  readonly alerts: Pick<Alerts, 'view' | 'change' | 'test' | 'deliveries'>;
}

const tags = ['alerts'];
const Settings = Type.Object({ alerts: AlertSettingsView });
const Items = Type.Object({ items: Type.Array(DeliveryView) });
const Channel = Type.Object({ channel: Type.Enum(CHANNELS) }, { additionalProperties: false });
const Tested = Type.Object({ delivery: DeliveryView });

/** `/alerts`: who is told of what, and what became of it. */
export function alertRoutes({ alerts }: AlertParts): FastifyPluginAsyncTypebox {
  return async (api) => {
    api.get(
      '/alerts',
      {
        schema: {
          summary: 'How alerts are set up',
          tags,
          response: { 200: Settings, ...failures },
        },
      },
      () => ({ alerts: alerts.view }),
    );
    api.patch(
      '/alerts',
      {
        schema: {
          summary: 'Change how alerts are set up',
          description: 'What is absent stays; null takes a URL or secret away.',
          tags,
          body: ChangeAlerts,
          response: { 200: Settings, ...failures },
        },
      },
      async (request) => {
        const { before, after } = await alerts.change(request.body);
        const change = { action: 'alerts.update', target: 'alerts' };
        await audited(request, { ...change, ...differences(before, after) });
        return { alerts: after };
      },
    );
    api.post(
      '/alerts/test',
      {
        schema: {
          summary: 'Send a test, once',
          description: 'Answers what the receiver said; a test that failed is no error of the API.',
          tags,
          body: Channel,
          response: { 200: Tested, ...failures },
        },
      },
      async (request) => ({ delivery: deliveryView(await alerts.test(request.body.channel)) }),
    );
    api.get(
      '/alerts/deliveries',
      {
        schema: {
          summary: 'The last attempts to deliver alerts, newest first',
          tags,
          response: { 200: Items, ...failures },
        },
      },
      () => ({ items: alerts.deliveries.map(deliveryView) }),
    );
  };
}

function deliveryView({ message, ...attempt }: Delivery): DeliveryView {
  const { kind, state, tunnel, text } = message;
  return { ...attempt, kind, state, tunnel, text };
}
