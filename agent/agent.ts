import { randomUUID } from 'node:crypto';
import { formatHostPort, type HostPort } from '../shared/config/values.ts';
import { GangwayError } from '../shared/errors.ts';
import { AGENT_LIMITS, PROBE_LIMITS, PROTO_LIMITS, SLAB_LIMITS } from '../shared/limits.ts';
import type { Logger } from '../shared/log.ts';
import { Link } from '../shared/mux/link.ts';
import { Networks } from '../shared/net/networks.ts';
import { SlabPool } from '../shared/net/slab-pool.ts';
import { GO_AWAY, LINK_CLOSE_WORDS, type CarrierKind } from '../shared/proto/handshake.ts';
import type { AgentMessage, RelayMessage } from '../shared/proto/link-messages.ts';
import { RESET_CODE_NAMES } from '../shared/proto/reset-codes.ts';
import { systemTimers } from '../shared/time.ts';
import { Carriers } from './carriers.ts';
import { connectLoop, dialRelay, FinalRefusal, type Dialled } from './connect.ts';
import { CredentialFile, KeptCredential } from './credential.ts';
import { Dialler } from './dialler.ts';
import { credentialFor } from './enrol.ts';
import { helloOf, LinkStream } from './link-stream.ts';
import { Budget } from './outside/budget.ts';
import { OutsideConnections } from './outside/connections.ts';
import { Observer } from './outside/observer.ts';
import { OutsidePolicy } from './outside/policy.ts';
import type { RelayRoute } from './relay-http.ts';
import type { ServerTlsPlan } from './server-tls/plan.ts';
import { UploadGuard } from './upload-guard.ts';

export interface AgentConfig {
  route: RelayRoute;
  /** Enrolment code, at the first start. */
  code: string | undefined;
  server: HostPort;
  /** How TLS is spoken with it; undefined for none. */
  serverTls: ServerTlsPlan | undefined;
  stateDir: string;
  /** Whether clients in this machine's own networks may be dialled on the relay's word. */
  lanDirect: boolean;
  /** Whether the relay itself is at a private address, and may be visited there for its doctor. */
  privateRelay: boolean;
  /** Networks other than the server's own address where its data connections may be. */
  dataHosts: readonly string[];
  /** Most carriers for bulk. */
  carriers: number;
  /** Most bytes of one stream's receive window. */
  streamWindow: number;
}

/** A running agent. */
export interface RunningAgent {
  /** Streams and carriers of the live link, for leak checks. */
  readonly counts: { streams: number; carriers: number };
  /** Resolves when `signal` was aborted; rejects when the relay refuses this agent for good. */
  readonly finished: Promise<void>;
}

/**
 * Enrols if need be and keeps a link to the relay until `signal` aborts.
 * @throws GangwayError when there is no usable credential.
 */
export async function startAgent(
  config: AgentConfig,
  logger: Logger,
  signal: AbortSignal,
): Promise<RunningAgent> {
  const server = formatHostPort(config.server);
  const file = new CredentialFile(config.stateDir, config.route.url, server);
  const stored = await credentialFor(file, config.route, server, config.code);
  const { tunnel } = stored;
  const credential = new KeptCredential(file, stored);
  const route = { ...config.route, pin: stored.pin };
  logger.info({
    event: 'starting',
    tunnel,
    relay: config.route.url,
    server,
    credentialFile: file.path,
    serverTls: config.serverTls?.how ?? 'none',
  });
  if (config.serverTls?.trust.by === 'insecure') {
    logger.warn(
      { event: 'server-tls-insecure' },
      "any certificate of the FTP server's is taken: whoever is between it and here can read along",
    );
  }
  if (isInClear(route.url)) {
    const remedy =
      'Start it with --relay https://…, if the relay or a proxy in front of it speaks HTTPS.';
    logger.warn(
      { event: 'relay-not-encrypted', remedy },
      'the way to the relay is not encrypted, and nobody is verified on it',
    );
  }
  const slabs = new SlabPool(SLAB_LIMITS);
  const guard = new UploadGuard(logger);
  const budget = new Budget(PROBE_LIMITS.connections, PROBE_LIMITS.window, systemTimers.now);
  let live: Link | undefined;
  const connectOnce = async (): Promise<string> => {
    const name = randomUUID();
    const dial = (kind: CarrierKind, timeout: number): Promise<Dialled> =>
      dialRelay(route, {
        hello: { link: name, kind },
        credential: credential.current,
        slabs,
        timeout,
      });
    const dialled = await dial('first', AGENT_LIMITS.handshake);
    const policy = outsidePolicy(config, dialled);
    return new Promise<string>((resolve, reject) => {
      const service = { dialled, dial, policy, budget, credential };
      live = serve({ ...service, config, logger, slabs, guard, signal }, (why) => {
        live = undefined;
        if (why instanceof FinalRefusal) reject(why);
        else resolve(why);
      });
    });
  };
  return {
    get counts() {
      return { streams: live?.streamCount ?? 0, carriers: live?.carrierCount ?? 0 };
    },
    finished: connectLoop(connectOnce, logger, signal).finally(() => guard.close()),
  };
}

/** Whether others than this machine can read along. */
function isInClear(url: string): boolean {
  const { protocol, hostname: host } = new URL(url);
  return protocol === 'http:' && !/^(localhost|127\.[\d.]+|\[::1\])$/.test(host);
}

/** With these the relay says that it will not have this agent again. */
const FOR_GOOD: ReadonlySet<number> = new Set([GO_AWAY.revoked, GO_AWAY['tunnel-deleted']]);

/** What one link needs. */
interface Service {
  /** Its first carrier. */
  dialled: Dialled;
  /** Dials another. */
  dial: (kind: 'next', timeout: number) => Promise<Dialled>;
  policy: OutsidePolicy;
  budget: Budget;
  credential: KeptCredential;
  config: AgentConfig;
  logger: Logger;
  slabs: SlabPool;
  guard: UploadGuard;
  signal: AbortSignal;
}

function outsidePolicy(
  { route, server, privateRelay }: AgentConfig,
  { address }: Dialled,
): OutsidePolicy {
  const { hostname: relayHost } = new URL(route.url);
  return new OutsidePolicy({ relayHost, carrierAddress: address, privateRelay, server });
}

/** Runs one link until it ends, and says why. */
function serve(service: Service, ended: (why: string | FinalRefusal) => void): Link {
  const { dialled, dial, config, logger, signal } = service;
  let refusal: FinalRefusal | undefined;
  const report = (message: AgentMessage): void => messages.tell(message);
  const dialler = diallerOf(service, report);
  const link: Link = new Link({
    side: 'agent',
    clock: systemTimers.now,
    grace: dialled.grace,
    resetCodes: RESET_CODE_NAMES,
    closeCodes: LINK_CLOSE_WORDS,
    limits: { streams: PROTO_LIMITS.relayStreams, mostWindow: config.streamWindow },
    onOpen: (stream, request) => dialler.serve(stream, request),
    onGoAway: (code, reason) => {
      logger.warn({ event: 'relay-said-go', code }, reason);
      if (FOR_GOOD.has(code)) refusal = new FinalRefusal('credential-revoked', reason);
    },
    onClosed: (why) => {
      clearInterval(timer);
      carriers.close();
      signal.removeEventListener('abort', stop);
      if (FOR_GOOD.has(why.number ?? 0))
        refusal = new FinalRefusal('credential-revoked', why.reason);
      ended(refusal ?? why.reason);
    },
    onBusy: () => carriers.busy(),
    onCarrierLost: (lost) => carriers.lost(lost),
    onResumed: (ms) => logger.info({ event: 'link-resumed', ms }),
  });
  const carriers = new Carriers({
    link,
    dial: (timeout) => dial('next', timeout),
    most: 1 + config.carriers,
    refused: (why) => (refusal = why),
    logger,
  });
  const stop = (): void => link.close('agent-stopped', 'the agent is stopping', GO_AWAY.stopping);
  const timer = setInterval(() => {
    link.tick();
    carriers.tick();
  }, AGENT_LIMITS.tick);
  signal.addEventListener('abort', stop);
  const messages = new LinkStream(link, hearing(service, dialler, report));
  messages.tell(helloOf(config));
  carriers.begin(dialled);
  // Later, as looking a name up may take long.
  void whereRelayIs(service.policy).then((place) => place && report(place));
  return link;
}

async function whereRelayIs(policy: OutsidePolicy): Promise<AgentMessage | undefined> {
  const address = await policy.relayAddress();
  if (address === undefined) return undefined;
  return { t: 'reached', address, visitable: (await policy.visitable()) !== undefined };
}

function diallerOf(service: Service, report: (message: AgentMessage) => void): Dialler {
  const { config, policy, budget, logger, slabs, guard } = service;
  const { server, serverTls: tls, lanDirect } = config;
  const dataHosts = new Networks(config.dataHosts);
  const outside = new OutsideConnections({ policy, budget, logger });
  const common = { logger, slabs, guard, timers: systemTimers, outside, report };
  return new Dialler({ server, tls, lanDirect, dataHosts, ...common });
}

/** What is done with each message of the relay. */
function hearing(
  { policy, budget, credential, logger }: Service,
  dialler: Dialler,
  report: (message: AgentMessage) => void,
): (message: RelayMessage) => void {
  const observer = new Observer({ policy, budget, logger });
  return (message) => {
    switch (message.t) {
      case 'release':
        dialler.release(message.stream);
        break;
      case 'finish':
        dialler.finish(message.stream);
        break;
      case 'tunnel':
        policy.announced(message.publicAddress);
        hear(message, logger);
        break;
      case 'probe': {
        const { id, probe } = message;
        void observer.answer(probe).then((answer) => report({ t: 'probed', id, answer }));
        break;
      }
      case 'credential':
        report({ t: 'credential-kept', id: message.id, ...renewed(credential, message, logger) });
        break;
    }
  };
}

/** What the relay is told of a credential that it sent. */
function renewed(
  credential: KeptCredential,
  message: Extract<RelayMessage, { t: 'credential' }>,
  logger: Logger,
): { problem?: string } {
  try {
    credential.replace(message.credential);
    logger.info({ event: 'credential-renewed' });
    return {};
  } catch (error) {
    if (!(error instanceof GangwayError)) throw error;
    logger.error({ event: 'credential-not-kept', code: error.code }, error.message);
    return { problem: error.message.slice(0, 512) };
  }
}

function hear(message: Extract<RelayMessage, { t: 'tunnel' }>, logger: Logger): void {
  const { name, publicAddress, problem } = message;
  if (problem === undefined) {
    logger.info(
      { event: 'tunnel-up', tunnel: name, address: publicAddress },
      `the FTP server is public at ${publicAddress}`,
    );
  } else {
    logger.error({ event: 'tunnel-down', tunnel: name, address: publicAddress }, problem);
  }
}
