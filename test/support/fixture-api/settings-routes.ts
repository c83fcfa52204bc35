import { Type } from 'typebox';
import { AlertSettingsView, DeliveryView } from '../../../relay-server/views/alerts.ts';
import { SettingsView } from '../../../relay-server/views/settings.ts';
import { refusal, type AddRoute } from './answers.ts';

/** What holds for the whole relay, and who is told of what. */
export function settingsRoutes(add: AddRoute): void {
  let settings: SettingsView = {
    retentionDays: 90,
    bans: {
      enabled: true,
      failures: 10,
      within: 600_000,
      duration: 3_600_000,
      loopback: false,
      never: ['192.0.2.0/24'],
    },
    revision: 3,
  };
  const One = Type.Object({ settings: SettingsView });
  add('GET /settings', One, () => ({ settings }));
  add('PATCH /settings', One, ({ body: { revision, ...changes } }) => {
    if (revision !== settings.revision) {
      throw refusal('revision-conflict', 'the settings were changed by somebody else');
    }
    const bans = { ...settings.bans, ...(changes['bans'] as object) };
    settings = { ...settings, ...changes, bans, revision: settings.revision + 1 };
    return { settings };
  });
  alertRoutes(add);
  add('GET /transfers.csv', Type.String(), () => 'id,session\r\nt00000,p00000\r\n');
}

const DELIVERIES: readonly DeliveryView[] = (['delivered', 'failed', 'given-up'] as const).map(
  (result, index) => ({
    id: `w${index}`,
    at: Date.now() - index * 900_000,
    channel: index === 1 ? 'mail' : 'webhook',
    kind: 'agent-offline',
    state: index === 0 ? 'resolved' : 'raised',
    tunnel: 'shop',
    text: 'The agent nas-in-the-office of the tunnel shop is away.',
    attempt: index + 1,
    result,
    detail: index === 0 ? '204 No Content' : 'connect ECONNREFUSED 192.0.2.8:443',
  }),
);

function alertRoutes(add: AddRoute): void {
  let alerts: AlertSettingsView = {
    revision: 2,
    kinds: ['agent-offline', 'agent-online', 'certificate-expired'],
    agentGrace: 60_000,
    webhook: { enabled: true, place: 'https://hooks.example.org', signed: true },
    mail: {
      enabled: false,
      place: 'smtps://mail.example.org',
      from: 'relay@example.org',
      to: ['web@example.org'],
    },
  };
  const One = Type.Object({ alerts: AlertSettingsView });
  add('GET /alerts', One, () => ({ alerts }));
  add('PATCH /alerts', One, ({ body }) => {
    const { kinds, agentGrace } = { ...alerts, ...body };
    alerts = { ...alerts, kinds, agentGrace, revision: alerts.revision + 1 };
    return { alerts };
  });
  const Items = Type.Object({ items: Type.Array(DeliveryView) });
  add('GET /alerts/deliveries', Items, () => ({ items: DELIVERIES }));
  add('POST /alerts/test', Type.Object({ delivery: DeliveryView }), ({ body }) => ({
    delivery: { ...DELIVERIES[0], channel: body['channel'], kind: 'test' },
  }));
}
