import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { formatHostPort, type HostPort } from '../shared/config/values.ts';
import { GangwayError } from '../shared/errors.ts';
import { CERTIFICATE_LIMITS, SLAB_LIMITS } from '../shared/limits.ts';
import type { Logger } from '../shared/log.ts';
import { SlabPool } from '../shared/net/slab-pool.ts';
import { gangwayVersion } from '../shared/version.ts';
import { enrolOn } from './admin/enrol.ts';
import { REMEMBERED } from './admin/facts.ts';
import { claimDataDir, localUrl, type DataDirClaim } from './admin/local.ts';
import { StoreAdmin } from './admin/store-admin.ts';
import { Upgrades, type UpgradesOptions } from './agents/upgrades.ts';
import type { Certificates } from './certificates/certificates.ts';
import { openCertificates, type OpenCertificates } from './certificates/open.ts';
import type { RelayConfig } from './config.ts';
import { createFirstAdmin, type FirstAdmin } from './first-admin.ts';
import { createFirstTunnel, type FirstTunnelResult } from './first-tunnel.ts';
import { PassivePorts } from './gateway/passive-ports.ts';
import { PublicHost } from './gateway/public-host.ts';
import { SecurePort } from './http/secure-port.ts';
import { buildHttp } from './http/server.ts';
import { openSqliteStore } from './store/sqlite.ts';
import type { CertificateView } from './views/tunnels.ts';
import type { Store } from './store/store.ts';
import { LiveTunnels } from './tunnels.ts';

/** A relay that accepts. */
export interface Relay {
  /** URL for agents and browsers. */
  readonly url: string;
  /** The same on this machine. */
  readonly localUrl: string;
  /** Short form of its key at the start, if nobody vouches for the certificate it shows there. */
  readonly pin: string | undefined;
  readonly publicHost: PublicHost;
  /** Tunnels that listen, by name. */
  readonly publicAddresses: readonly { name: string; address: string }[];
  /** The user made at the first start. */
  readonly firstAdmin: FirstAdmin | undefined;
  readonly firstTunnel: FirstTunnelResult | undefined;
  /** The certificates in use. */
  readonly certificates: readonly CertificateView[];
  readonly counts: { sessions: number; streams: number };
  /** Takes certificates anew from their files, now. */
  reload(): Promise<void>;
  /** No new sessions; running transfers finish within the drain time; then everything ends. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Builds a relay from its parts and starts it.
 * @throws GangwayError that names what is in the way: data directory, HTTP port, passive ports.
 */
export async function startRelay(config: RelayConfig, logger: Logger): Promise<Relay> {
  const claim = claimDataDir(config.dataDir);
  const opened: Opened = { claim };
  try {
    const gateway = await openGateway(opened, config, logger);
    const { store, tunnels, certificates, publicHost } = gateway;
    const web = await openWeb(opened, config, gateway, logger);
    await tunnels.reconcile();
    const address = await listenHttp(web.http, config.http);
    const url = urlOf(config, { host: publicHost.name, port: address.port });
    web.place.relayUrl = url;
    const rememberPlace = (): Promise<void> =>
      remember(store, { publicHost: publicHost.name, relayUrl: url, pin: web.pin() ?? '' });
    await rememberPlace();
    opened.unsubscribe = certificates.onChange(() => {
      rememberPlace().catch((err: unknown) => logger.error({ event: 'store-failed', err }));
    });
    const firstAdmin = await createFirstAdmin(store, config.adminPassword);
    const firstTunnel = await createFirstTunnel(store, web.admin, config.firstTunnel);
    opened.timers = [
      setInterval(() => tunnels.tick(), 1000),
      setInterval(() => void certificates.look(), CERTIFICATE_LIMITS.look),
    ];
    claim.publish(localUrl(address));
    // What the command line wrote to the store while nobody answered here.
    await tunnels.reconcile();
    const places = { url, localUrl: localUrl(address), pin: web.pin() };
    return running(opened, config, { ...places, publicHost, firstAdmin, firstTunnel, tunnels });
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

/** What clients and agents meet. */
interface Gateway {
  readonly store: Store;
  readonly publicHost: PublicHost;
  readonly slabs: SlabPool;
  readonly certificates: Certificates;
  readonly httpProof: OpenCertificates['httpProof'];
  readonly tunnels: LiveTunnels;
}

async function openGateway(opened: Opened, config: RelayConfig, logger: Logger): Promise<Gateway> {
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
  const shared = { passivePorts, publicHost, identityFor, slabs, logger };
  const tunnels = new LiveTunnels({ store, ...shared });
  opened.tunnels = tunnels;
  return { store, publicHost, slabs, certificates, httpProof, tunnels };
}

/** What administrators and agents meet; it does not listen yet. */
interface Web {
  readonly http: FastifyInstance;
  readonly admin: StoreAdmin;
  /** Where it is once it listens. */
  readonly place: { relayUrl: string };
  /** What agents have to be told to verify it, if anything. */
  pin(): string | undefined;
}

async function openWeb(
  opened: Opened,
  config: RelayConfig,
  { store, tunnels, certificates, httpProof, slabs }: Gateway,
  logger: Logger,
): Promise<Web> {
  const version = gangwayVersion();
  const place = { relayUrl: '' };
  const pin = (): string | undefined => (speaksHttps(config) ? certificates.pin : undefined);
  const admin = new StoreAdmin({
    store,
    version,
    runtime: tunnels,
    listenHost: config.listenHost,
    startedAt: Date.now(),
    certificates: {
      get views() {
        return certificates.views;
      },
      get pin() {
        return pin();
      },
    },
    get relayUrl() {
      return place.relayUrl;
    },
  });
  const { agents } = store;
  const { localToken } = opened.claim;
  const enrol = enrolOn(store, tunnels);
  const httpsOnly = config.httpTls === 'required';
  const routes = { admin, store, enrol, version, localToken, httpsOnly, httpProof };
  const http = await buildHttp({ ...routes, logger });
  opened.http = http;
  if (speaksHttps(config))
    opened.securePort = new SecurePort(http.server, { certificates, logger });
  const accepted: UpgradesOptions['accepted'] = (identity, carrier) =>
    tunnels.accept(identity, carrier);
  opened.upgrades = new Upgrades(http.server, { agents, httpsOnly, slabs, logger, accepted });
  return { http, admin, place, pin };
}

function speaksHttps({ httpTls }: RelayConfig): boolean {
  return httpTls !== 'off';
}

function urlOf(config: RelayConfig, at: HostPort): string {
  return `${speaksHttps(config) ? 'https' : 'http'}://${formatHostPort(at)}`;
}

/** Leaves word of the relay for the time when it does not run. */
async function remember(
  store: Store,
  place: Readonly<Record<keyof typeof REMEMBERED, string>>,
): Promise<void> {
  await store.settings.set(REMEMBERED.publicHost, place.publicHost);
  await store.settings.set(REMEMBERED.relayUrl, place.relayUrl);
  await store.settings.set(REMEMBERED.pin, place.pin);
}

/** What was opened so far, for the one way of closing it. */
interface Opened {
  claim: DataDirClaim;
  store?: Store;
  passivePorts?: PassivePorts;
  tunnels?: LiveTunnels;
  http?: FastifyInstance;
  upgrades?: Upgrades;
  certificates?: OpenCertificates;
  securePort?: SecurePort;
  unsubscribe?: () => void;
  timers?: NodeJS.Timeout[];
}

interface Facts {
  url: string;
  localUrl: string;
  pin: string | undefined;
  publicHost: PublicHost;
  firstAdmin: FirstAdmin | undefined;
  firstTunnel: FirstTunnelResult | undefined;
  tunnels: LiveTunnels;
}

function running(opened: Opened, config: RelayConfig, facts: Facts): Relay {
  const { tunnels, ...told } = facts;
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    opened.upgrades?.close();
    await Promise.race([tunnels.drain(), after(config.drainTimeout)]);
    await closeAll(opened);
  };
  return {
    ...told,
    get publicAddresses() {
      return tunnels.publicAddresses;
    },
    get counts() {
      return tunnels.counts;
    },
    get certificates() {
      return opened.certificates?.certificates.views ?? [];
    },
    reload: async () => opened.certificates?.certificates.reload(),
    stop: () => (stopping ??= stop()),
  };
}

async function closeAll(opened: Opened): Promise<void> {
  for (const timer of opened.timers ?? []) clearInterval(timer);
  opened.upgrades?.close();
  opened.tunnels?.close();
  opened.unsubscribe?.();
  opened.securePort?.close();
  await opened.http?.close();
  await opened.certificates?.close();
  await opened.passivePorts?.close();
  await opened.store?.close();
  opened.claim.release();
}

async function listenHttp(http: FastifyInstance, at: HostPort): Promise<AddressInfo> {
  try {
    await http.listen({ host: at.host, port: at.port });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    const taken = code === 'EADDRINUSE';
    throw new GangwayError(
      taken ? 'http-port-in-use' : 'http-listen-failed',
      taken
        ? `another program listens on ${formatHostPort(at)}`
        : `cannot listen on ${formatHostPort(at)}: ${code}`,
      { remedy: 'Choose another address with --http HOST:PORT.', cause },
    );
  }
  return http.server.address() as AddressInfo;
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
