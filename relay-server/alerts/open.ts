import type { Logger } from '../../shared/log.ts';
import { systemTimers } from '../../shared/time.ts';
import { gangwayVersion } from '../../shared/version.ts';
import type { JournalReader } from '../journal/journal.ts';
import type { Store } from '../store/store.ts';
import type { TunnelWatch } from '../tunnel-watch.ts';
import type { CertificateNews } from './alert.ts';
import { Alerts } from './alerts.ts';
import { newsOfTunnels, newsOfVisits } from './news-of.ts';
import { StoredAlertSettings } from './settings.ts';

/** How often rules and certificates are looked at, in milliseconds. */
const LOOK_MS = 1_000;

export interface OpenAlertsOptions {
  readonly store: Pick<Store, 'settings' | 'tunnels' | 'agents'>;
  /** The relay's public name. */
  readonly relayName: string;
  /** Certificates that end soon or have ended. */
  readonly certificates: () => readonly CertificateNews[];
  readonly logger: Logger;
}

/** Alerts of a running relay, and what they are to be told. */
export interface OpenAlerts {
  readonly alerts: Alerts;
  readonly reader: JournalReader;
  readonly watch: TunnelWatch;
  /** Idempotent. */
  close(): void;
}

/** Begins to watch the relay. */
export async function openAlerts(options: OpenAlertsOptions): Promise<OpenAlerts> {
  const { store, relayName, certificates, logger } = options;
  const alerts = new Alerts({
    settings: await StoredAlertSettings.open(store.settings),
    relayName,
    version: gangwayVersion(),
    logger,
    after: systemTimers.after,
    now: Date.now,
  });
  await expectAgents(store, alerts);
  const take = alerts.take.bind(alerts);
  const timer = setInterval(() => {
    alerts.tick();
    take({ type: 'certificates', findings: certificates() });
  }, LOOK_MS);
  const close = (): void => {
    clearInterval(timer);
    alerts.close();
  };
  return { alerts, reader: newsOfVisits(take), watch: newsOfTunnels(take), close };
}

/**
 * The agent of each tunnel that was there last is missed from the start on. Others that were enrolled may have been
 * given up long ago.
 */
export async function expectAgents(
  { tunnels, agents }: Pick<Store, 'tunnels' | 'agents'>,
  alerts: Pick<Alerts, 'take'>,
): Promise<void> {
  for (const tunnel of await tunnels.list()) {
    const seen = (await agents.list(tunnel.id)).filter(({ revokedAt }) => revokedAt === null);
    const [last] = seen.toSorted((a, b) => (b.lastSeenAt ?? 0) - (a.lastSeenAt ?? 0));
    if (last === undefined || last.lastSeenAt === null) continue;
    alerts.take({ type: 'agent-down', agentId: last.id, name: last.name, tunnel: tunnel.name });
  }
}
