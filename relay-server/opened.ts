import type { FastifyInstance } from 'fastify';
import type { DataDirClaim } from './admin/local.ts';
import type { OpenAlerts } from './alerts/open.ts';
import type { Upgrades } from './agents/upgrades.ts';
import type { Bans } from './bans.ts';
import type { OpenCertificates } from './certificates/open.ts';
import type { DoctorDesk } from './doctor/desk.ts';
import type { PassivePorts } from './gateway/passive-ports.ts';
import type { SecurePort } from './http/secure-port.ts';
import type { Retention } from './history/retention.ts';
import type { HistoryWriter } from './history/writer.ts';
import type { OpenMetrics } from './metrics/open.ts';
import type { Observation } from './observation.ts';
import type { Store } from './store/store.ts';
import type { LiveTunnels } from './tunnels.ts';

/** What was opened so far, for the one way of closing it. */
export interface Opened {
  claim: DataDirClaim;
  store?: Store;
  passivePorts?: PassivePorts;
  tunnels?: LiveTunnels;
  doctor?: DoctorDesk;
  http?: FastifyInstance;
  upgrades?: Upgrades;
  certificates?: OpenCertificates;
  observation?: Observation;
  bans?: Bans;
  past?: { readonly history: HistoryWriter; readonly retention: Retention };
  metrics?: OpenMetrics | undefined;
  alerts?: OpenAlerts;
  securePort?: SecurePort;
  unsubscribe?: () => void;
  timers?: NodeJS.Timeout[];
}

/** Closes what is open, in the order in which nobody misses anything. */
export async function closeAll(opened: Opened): Promise<void> {
  for (const timer of opened.timers ?? []) clearInterval(timer);
  opened.upgrades?.close();
  // Before tunnels, whose end is no news.
  opened.alerts?.close();
  const doctorClosed = opened.doctor?.close();
  opened.tunnels?.close();
  opened.observation?.journal.end();
  opened.unsubscribe?.();
  opened.securePort?.close();
  await opened.http?.close();
  await opened.certificates?.close();
  opened.observation?.stop();
  await opened.metrics?.close();
  await opened.passivePorts?.close();
  await doctorClosed;
  await opened.past?.retention.stop();
  await opened.past?.history.flush();
  await opened.store?.close();
  opened.claim.release();
}
