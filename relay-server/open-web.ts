import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { formatHostPort, type HostPort } from '../shared/config/values.ts';
import { GangwayError } from '../shared/errors.ts';
import type { Logger } from '../shared/log.ts';
import { gangwayVersion } from '../shared/version.ts';
import { enrolOn } from './admin/enrol.ts';
import { StoreAdmin } from './admin/store-admin.ts';
import { Upgrades, type UpgradesOptions } from './agents/upgrades.ts';
import type { RelayConfig } from './config.ts';
import { alertRoutes } from './http/routes/alerts.ts';
import { doctorRoutes } from './http/routes/doctor.ts';
import { lineRoutes } from './http/routes/line.ts';
import { liveRoutes } from './http/routes/live.ts';
import { sessionRoutes } from './http/routes/sessions.ts';
import { settingsRoutes } from './http/routes/settings.ts';
import { SecurePort } from './http/secure-port.ts';
import { buildHttp } from './http/server.ts';
import type { Gateway } from './open-gateway.ts';
import type { Opened } from './opened.ts';

/** What administrators and agents meet; it does not listen yet. */
export interface Web {
  readonly http: FastifyInstance;
  readonly admin: StoreAdmin;
  /** Where it is once it listens. */
  readonly place: { relayUrl: string };
  /** What agents have to be told to verify it, if anything. */
  pin(): string | undefined;
}

/** Builds what administrators and agents meet. */
export async function openWeb(
  opened: Opened,
  config: RelayConfig,
  gateway: Gateway,
  logger: Logger,
): Promise<Web> {
  const { store, tunnels, certificates, slabs, observation, alerts, doctor } = gateway;
  const { httpProof, settings, bans, lines } = gateway;
  const version = gangwayVersion();
  const place = { relayUrl: '' };
  const pin = (): string | undefined => (speaksHttps(config) ? certificates.pin : undefined);
  const admin = new StoreAdmin({
    store,
    version,
    runtime: tunnels,
    doctor,
    bans,
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
  const { journal } = observation;
  const subjects = [
    liveRoutes({ ...observation, history: store.history }),
    sessionRoutes({ journal, pastVisit: (id) => store.history.visit(id) }),
    settingsRoutes(settings),
    doctorRoutes({ doctor }),
    alertRoutes({ alerts }),
    lineRoutes({ tunnels: store.tunnels, history: store.history, lines }),
  ];
  const routes = {
    admin,
    routes: subjects,
    store,
    enrol,
    version,
    localToken,
    httpsOnly,
    httpProof,
  };
  const http = await buildHttp({ ...routes, metrics: opened.metrics?.onHttpPort, logger });
  opened.http = http;
  if (speaksHttps(config))
    opened.securePort = new SecurePort(http.server, { certificates, logger });
  const accepted: UpgradesOptions['accepted'] = tunnels.accept.bind(tunnels);
  const knows = tunnels.knows.bind(tunnels);
  const common = { agents, httpsOnly, slabs, logger };
  opened.upgrades = new Upgrades(http.server, {
    ...common,
    grace: config.linkGrace,
    knows,
    accepted,
  });
  return { http, admin, place, pin };
}

function speaksHttps({ httpTls }: RelayConfig): boolean {
  return httpTls !== 'off';
}

/** Where agents and browsers find the relay. */
export function urlOf(config: RelayConfig, at: HostPort): string {
  return `${speaksHttps(config) ? 'https' : 'http'}://${formatHostPort(at)}`;
}

/** @throws GangwayError `http-port-in-use`, `http-listen-failed`. */
export async function listenHttp(http: FastifyInstance, at: HostPort): Promise<AddressInfo> {
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
