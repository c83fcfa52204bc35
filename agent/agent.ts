import { hostname } from 'node:os';
import { formatHostPort, type HostPort } from '../shared/config/values.ts';
import { AGENT_LIMITS, PROTO_LIMITS, SLAB_LIMITS } from '../shared/limits.ts';
import type { Logger } from '../shared/log.ts';
import type { Carrier } from '../shared/mux/carrier.ts';
import { Link } from '../shared/mux/link.ts';
import type { Stream } from '../shared/mux/stream.ts';
import { Networks } from '../shared/net/networks.ts';
import { SlabPool } from '../shared/net/slab-pool.ts';
import { GO_AWAY } from '../shared/proto/handshake.ts';
import {
  decodeRelayMessage,
  encodeMessage,
  MessageLines,
  type AgentMessage,
  type RelayMessage,
} from '../shared/proto/link-messages.ts';
import { encodeOpenRequest } from '../shared/proto/open-request.ts';
import { RESET_CODE_NAMES } from '../shared/proto/reset-codes.ts';
import { systemTimers } from '../shared/time.ts';
import { gangwayVersion } from '../shared/version.ts';
import { connectLoop, dialRelay, FinalRefusal } from './connect.ts';
import { CredentialFile } from './credential.ts';
import { Dialler } from './dialler.ts';
import { credentialFor } from './enrol.ts';
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
  /** Networks other than the server's own address where its data connections may be. */
  dataHosts: readonly string[];
}

/** A running agent. */
export interface RunningAgent {
  /** Streams of the live link, for leak checks. */
  readonly streams: number;
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
  const { credential, tunnel } = stored;
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
  let live: Link | undefined;
  const connectOnce = async (): Promise<string> => {
    const carrier = await dialRelay(route, credential, slabs);
    return new Promise<string>((resolve, reject) => {
      live = serve({ carrier, config, logger, slabs, guard, signal }, (why) => {
        live = undefined;
        if (why instanceof FinalRefusal) reject(why);
        else resolve(why);
      });
    });
  };
  return {
    get streams() {
      return live?.streamCount ?? 0;
    },
    finished: connectLoop(connectOnce, logger, signal).finally(() => guard.close()),
  };
}

/** Whether others than this machine can read along. */
function isInClear(url: string): boolean {
  const { protocol, hostname: host } = new URL(url);
  return protocol === 'http:' && !/^(localhost|127\.[\d.]+|\[::1\])$/.test(host);
}

/** What one link needs. */
interface Service {
  carrier: Carrier;
  config: AgentConfig;
  logger: Logger;
  slabs: SlabPool;
  guard: UploadGuard;
  signal: AbortSignal;
}

/** Runs one link until it ends, and says why. */
function serve(service: Service, ended: (why: string | FinalRefusal) => void): Link {
  const { carrier, config, logger, slabs, guard, signal } = service;
  let refusal: FinalRefusal | undefined;
  const report = (message: AgentMessage): void => void messages.write(encodeMessage(message));
  const { server, serverTls: tls, lanDirect } = config;
  const dataHosts = new Networks(config.dataHosts);
  const dialler = new Dialler({ server, tls, logger, slabs, guard, lanDirect, dataHosts, report });
  const link: Link = new Link({
    side: 'agent',
    clock: systemTimers.now,
    resetCodes: RESET_CODE_NAMES,
    limits: { streams: PROTO_LIMITS.relayStreams },
    onOpen: (stream, request) => dialler.serve(stream, request),
    onGoAway: (code, reason) => {
      logger.warn({ event: 'relay-said-go', code }, reason);
      if (code === GO_AWAY.revoked) refusal = new FinalRefusal('credential-revoked', reason);
    },
    onClosed: (why) => {
      clearInterval(timer);
      signal.removeEventListener('abort', stop);
      ended(refusal ?? why.reason);
    },
  });
  const stop = (): void => link.close('link-lost', 'the agent is stopping');
  const timer = setInterval(() => link.tick(), AGENT_LIMITS.tick);
  signal.addEventListener('abort', stop);
  const messages = openLinkStream(link, config, (message) => {
    if (message.t === 'release') dialler.release(message.stream);
    else if (message.t === 'finish') dialler.finish(message.stream);
    else hear(message, logger);
  });
  link.attach(carrier);
  return link;
}

/** Opens the stream on which both ends tell each other things. */
function openLinkStream(
  link: Link,
  config: AgentConfig,
  hear: (message: RelayMessage) => void,
): Stream {
  const stream = link.open(encodeOpenRequest({ t: 'link' }), { priority: 'control' });
  const lines = new MessageLines(PROTO_LIMITS.message);
  stream.start({
    data: (chunk) => {
      for (const line of heard(lines, chunk, link)) {
        const message = decodeRelayMessage(line);
        if (message !== undefined) hear(message);
      }
    },
    end: () => stream.end(),
    drain: () => {},
    flushed: () => {},
    closed: () => {},
  });
  const server = formatHostPort(config.server);
  const host = hostname().slice(0, 64);
  const { lanDirect, serverTls } = config;
  const tls = {
    serverTls: serverTls?.how ?? 'none',
    ...(serverTls !== undefined && { serverTlsVerified: serverTls.trust.by }),
  } as const;
  const hello = { t: 'hello', version: gangwayVersion(), host, server, lanDirect, ...tls } as const;
  stream.write(encodeMessage(hello));
  return stream;
}

/** Lines a chunk completes; a relay that sends endless ones loses the link. */
function heard(lines: MessageLines, chunk: Uint8Array, link: Link): string[] {
  try {
    return lines.push(chunk);
  } catch (error) {
    link.close('link-lost', `the relay broke the protocol: ${String(error)}`);
    return [];
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
