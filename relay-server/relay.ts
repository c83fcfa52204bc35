import { CERTIFICATE_LIMITS } from './limits.ts';
import type { Logger } from '../shared/log.ts';
import { REMEMBERED } from './admin/facts.ts';
import { claimDataDir, localUrl } from './admin/local.ts';
import type { RelayConfig } from './config.ts';
import { createFirstAdmin, type FirstAdmin } from './first-admin.ts';
import { createFirstTunnel, type FirstTunnelResult } from './first-tunnel.ts';
import type { PublicHost } from './gateway/public-host.ts';
import type { CertificateView } from './views/tunnels.ts';
import type { Store } from './store/store.ts';
import { openGateway } from './open-gateway.ts';
import { listenHttp, openWeb, urlOf } from './open-web.ts';
import { closeAll, type Opened } from './opened.ts';
import type { LiveTunnels } from './tunnels.ts';

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
  readonly counts: { sessions: number; streams: number; carriers: number };
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

/** Leaves word of the relay for the time when it does not run. */
async function remember(
  store: Store,
  place: Readonly<Record<keyof typeof REMEMBERED, string>>,
): Promise<void> {
  await store.settings.set(REMEMBERED.publicHost, place.publicHost);
  await store.settings.set(REMEMBERED.relayUrl, place.relayUrl);
  await store.settings.set(REMEMBERED.pin, place.pin);
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
    // Its own visits are sessions, too.
    void opened.doctor?.close();
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

function after(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
