import { PATTERN_TIME } from '../shared/diagnosis/line-pattern.ts';
import { SLAB_LIMITS } from '../shared/limits.ts';
import type { Logger } from '../shared/log.ts';
import { SlabPool } from '../shared/net/slab-pool.ts';
import { gangwayVersion } from '../shared/version.ts';
import type { Alerts } from './alerts/alerts.ts';
import { openAlerts } from './alerts/open.ts';
import type { Certificates } from './certificates/certificates.ts';
import { openCertificates, type OpenCertificates } from './certificates/open.ts';
import { trustIn } from './certificates/trust.ts';
import { watchLogins } from './ban-watch.ts';
import { Bans } from './bans.ts';
import type { RelayConfig } from './config.ts';
import { DoctorDesk } from './doctor/desk.ts';
import { PassivePorts } from './gateway/passive-ports.ts';
import { PublicHost } from './gateway/public-host.ts';
import { Retention } from './history/retention.ts';
import { HistoryWriter } from './history/writer.ts';
import { Lines } from './line/lines.ts';
import { openMetrics } from './metrics/open.ts';
import { observe, type Observation } from './observation.ts';
import type { Opened } from './opened.ts';
import { Settings } from './settings.ts';
import { openSqliteStore } from './store/sqlite.ts';
import type { Store } from './store/store.ts';
import { LiveTunnels } from './tunnels.ts';
import { LINE_LIMITS } from './watch-limits.ts';

/** What clients and agents meet. */
export interface Gateway {
  readonly store: Store;
  readonly publicHost: PublicHost;
  readonly slabs: SlabPool;
  readonly certificates: Certificates;
  readonly httpProof: OpenCertificates['httpProof'];
  readonly observation: Observation;
  readonly alerts: Alerts;
  readonly tunnels: LiveTunnels;
  readonly doctor: DoctorDesk;
  readonly settings: Settings;
  readonly bans: Bans;
  readonly lines: Lines;
}

/** Opens what serves FTP clients. @throws GangwayError that names what is in the way */
export async function openGateway(
  opened: Opened,
  config: RelayConfig,
  logger: Logger,
): Promise<Gateway> {
  const store = await openSqliteStore({ dataDir: config.dataDir });
  opened.store = store;
  const publicHost = await PublicHost.find(config.publicHost);
  const { from, to } = config.passivePorts;
  const isBalancer = (address: string): boolean => opened.tunnels?.isBalancer(address) ?? false;
  const host = config.listenHost;
  const passivePorts = await PassivePorts.open({ host, from, to, isBalancer, logger });
  opened.passivePorts = passivePorts;
  const slabs = new SlabPool(SLAB_LIMITS);
  const names = (): string[] => [publicHost.name, ...(opened.tunnels?.hosts ?? [])];
  opened.certificates = await openCertificates(config, { names, logger });
  const { certificates, httpProof } = opened.certificates;
  const identityFor = certificates.identityFor.bind(certificates);
  const metrics = await openMetrics(
    config.metrics,
    {
      version: gangwayVersion(),
      tunnels: () => opened.tunnels?.numbers ?? [],
      running: () => opened.observation?.journal.live.running() ?? new Map(),
      alerts: () => opened.alerts?.alerts.numbers ?? {},
      history: () => opened.past?.history.counts ?? { waiting: 0, dropped: 0 },
      bans: () => opened.bans?.all.length ?? 0,
    },
    logger,
  );
  opened.metrics = metrics;
  opened.alerts = await openAlerts({
    store,
    relayName: publicHost.name,
    certificates: () => certificates.ending,
    logger,
  });
  const { alerts, ...watchers } = opened.alerts;
  const { settings, bans, history, lines } = await openRecords(opened, store, alerts, logger);
  const counting = metrics === undefined ? [] : [metrics.metrics.reader];
  const observation = observe({
    passivePorts: [from, to],
    readers: [history, watchLogins(bans), watchers.reader, ...counting],
    briefs: () => opened.tunnels?.briefs ?? [],
    written: () => opened.past?.history.written ?? 0,
  });
  opened.observation = observation;
  const { journal, news } = observation;
  const shared = { passivePorts, publicHost, identityFor, slabs, journal, bans, lines, logger };
  const tunnels = new LiveTunnels({
    store,
    ...shared,
    linkGrace: config.linkGrace,
    streamWindow: config.streamWindow,
    certificateFor: (tunnel) => trustIn(certificates.views, tunnel.host ?? publicHost.name),
    changed: (name, brief) => news.tell('tunnel', { name, brief }),
    watches: [watchers.watch, ...(metrics === undefined ? [] : [metrics.metrics])],
  });
  opened.tunnels = tunnels;
  const doctor = openDoctor({ tunnels, publicHost, passivePorts }, store, config, logger);
  opened.doctor = doctor;
  const known = { store, publicHost, slabs, certificates, httpProof, settings, bans, lines };
  return { ...known, observation, alerts, tunnels, doctor };
}

/** What is kept of visits, and what follows from them for later ones. */
async function openRecords(
  opened: Opened,
  store: Store,
  alerts: Alerts,
  logger: Logger,
): Promise<{ settings: Settings; bans: Bans; history: HistoryWriter; lines: Lines }> {
  const settings = await Settings.open(store.settings);
  const bans = await Bans.open({
    store: store.bans,
    rules: () => settings.now.bans,
    banned: ({ tunnel, network }) =>
      alerts.take({ type: 'banned', tunnel, address: network.replace(/\/32$/, '') }),
    now: Date.now,
    logger,
  });
  const history = new HistoryWriter({ store: store.history, logger });
  const days = (): number => settings.now.retentionDays;
  const retention = new Retention({ store: store.history, bans, days, now: Date.now, logger });
  opened.bans = bans;
  opened.past = { history, retention };
  retention.start();
  const lines = new Lines({ now: Date.now, keep: (loss) => history.lineLost(loss) });
  const since = Date.now() - PATTERN_TIME;
  lines.recall((await store.history.lineLosses({ since, limit: LINE_LIMITS.recalled })).items);
  return { settings, bans, history, lines };
}

function openDoctor(
  { tunnels, ...found }: Pick<Gateway, 'tunnels' | 'publicHost'> & { passivePorts: PassivePorts },
  store: Store,
  { publicIpv6 }: RelayConfig,
  logger: Logger,
): DoctorDesk {
  const ground = {
    ...found,
    publicIpv6,
    patient: tunnels.patient.bind(tunnels),
    watchArrivals: tunnels.watchArrivals.bind(tunnels),
  };
  return new DoctorDesk({ ground, store: store.doctor, logger });
}
