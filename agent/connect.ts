import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { ExponentialBackoff, fullJitterGenerator } from 'cockatiel';
import { errorText, GangwayError } from '../shared/errors.ts';
import { AGENT_LIMITS, CARRIER_LIMITS } from '../shared/limits.ts';
import type { Logger } from '../shared/log.ts';
import type { Carrier } from '../shared/mux/carrier.ts';
import type { SlabPool } from '../shared/net/slab-pool.ts';
import { readIntoSlabs } from '../shared/net/slab-reads.ts';
import { WebSocketCarrier } from '../shared/net/websocket-carrier.ts';
import { faultOfAnswer, requestHeaders } from '../shared/net/websocket-handshake.ts';
import { HEADERS, LINK_PATH, SUBPROTOCOL, type CarrierHello } from '../shared/proto/handshake.ts';
import { systemTimers } from '../shared/time.ts';
import { gangwayVersion } from '../shared/version.ts';
import { agentFor, errorOf, readAnswer, type RelayRoute } from './relay-http.ts';

/** Answers after which trying again is of no use: the relay knows us and does not want us. */
const FINAL_STATUSES: ReadonlySet<number> = new Set([401, 403, 426]);

/** Answer to a carrier that was to join a link the relay has not. */
const LINK_UNKNOWN_STATUS = 410;

/** A carrier that stands, and who is at its other end. */
export interface Dialled {
  readonly carrier: Carrier;
  /** Address of the relay, or of a proxy on the way to it. */
  readonly address: string | undefined;
  /** Address of this machine that it uses. */
  readonly localAddress: string | undefined;
  /** Milliseconds the relay keeps the link without a carrier; 0 if it does not. */
  readonly grace: number;
}

/** What is asked of the relay. */
export interface DialOptions {
  readonly hello: CarrierHello;
  readonly credential: string;
  readonly slabs: SlabPool;
  /** Milliseconds for the whole handshake. */
  readonly timeout: number;
}

/**
 * Dials the relay once.
 * @throws GangwayError with the relay's own code when it refuses for good (`credential-unknown`,
 *   `credential-revoked`, `version-unsupported`, `https-required`), otherwise `relay-unreachable` or
 *   `relay-certificate-refused`; `link-unknown` if a carrier was to join a link that the relay has not.
 */
export function dialRelay(
  route: RelayRoute,
  { hello, credential, slabs, timeout }: DialOptions,
): Promise<Dialled> {
  const { key, headers } = requestHeaders(SUBPROTOCOL);
  const send = route.url.startsWith('https:') ? httpsRequest : httpRequest;
  const request = send(`${route.url}${LINK_PATH}`, {
    agent: agentFor(route),
    headers: {
      ...headers,
      authorization: `Bearer ${credential}`,
      [HEADERS.version]: gangwayVersion(),
      [HEADERS.link]: hello.link,
      ...(hello.kind !== undefined && { [HEADERS.carrier]: hello.kind }),
    },
  });
  const timer = setTimeout(() => {
    request.destroy(new Error('the relay did not answer in time'));
  }, timeout);
  return new Promise<Dialled>((resolve, reject) => {
    request.on('error', (cause) => reject(unreachable(route.url, cause)));
    request.on('response', (response) => {
      readAnswer(response).then(
        (answer) => reject(refusal(answer.status, errorOf(answer))),
        (cause: Error) => reject(unreachable(route.url, cause)),
      );
    });
    request.on('upgrade', (response: IncomingMessage, socket: Socket, head: Buffer) => {
      const fault = faultOfAnswer(response.headers, key, SUBPROTOCOL);
      if (fault === undefined) {
        const { remoteAddress: address, localAddress } = socket;
        const grace = graceOf(response.headers);
        resolve({ carrier: openCarrier(socket, head, slabs), address, localAddress, grace });
      } else {
        socket.destroy();
        reject(unreachable(route.url, new Error(`the answer is no agreement: ${fault}`)));
      }
    });
    request.end();
  }).finally(() => clearTimeout(timer));
}

function openCarrier(socket: Socket, head: Buffer, slabs: SlabPool): Carrier {
  socket.setNoDelay(true);
  socket.setKeepAlive(true, 15_000);
  return new WebSocketCarrier(readIntoSlabs(socket, head, slabs, 'carrier'), 'client', slabs);
}

/** A relay that is older, or does not want to, says nothing of it. */
function graceOf(headers: IncomingHttpHeaders): number {
  const text = headers[HEADERS.grace];
  const grace = typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : 0;
  return Math.min(grace, CARRIER_LIMITS.mostGrace);
}

function refusal(status: number, error: ReturnType<typeof errorOf>): GangwayError {
  const { code, message, remedy } = error;
  if (status === LINK_UNKNOWN_STATUS) return new GangwayError('link-unknown', message);
  return FINAL_STATUSES.has(status)
    ? new FinalRefusal(code, message, { remedy })
    : new GangwayError('relay-unreachable', `the relay answered ${status}: ${message}`, { remedy });
}

function unreachable(url: string, cause: Error): GangwayError {
  if (cause instanceof GangwayError) return cause;
  return new GangwayError(
    'relay-unreachable',
    `cannot reach the relay at ${url}: ${cause.message}`,
    {
      cause,
    },
  );
}

/** The relay refuses this agent for good. */
export class FinalRefusal extends GangwayError {
  override readonly name = 'FinalRefusal';
}

/**
 * Keeps a link alive for ever: runs `connectOnce` again whenever it ends, after a wait that grows with
 * each failure and begins anew after a link that lived a while.
 * @param connectOnce resolves with the reason when an established link ended; rejects when none came about.
 * @throws FinalRefusal when the relay refuses for good. Returns when `signal` aborts.
 */
export async function connectLoop(
  connectOnce: () => Promise<string>,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const backoff = new ExponentialBackoff({
    generator: fullJitterGenerator,
    initialDelay: AGENT_LIMITS.firstRetry,
    maxDelay: AGENT_LIMITS.lastRetry,
  });
  let wait = backoff.next();
  while (!signal.aborted) {
    const startedAt = systemTimers.now();
    const why = await connectOnce().catch((error: unknown) => {
      if (error instanceof FinalRefusal || !(error instanceof GangwayError)) throw error;
      return errorText(error).replaceAll('\n', ' ');
    });
    if (signal.aborted) return;
    if (systemTimers.now() - startedAt > AGENT_LIMITS.settled) wait = backoff.next();
    const ms = Math.round(wait.duration);
    wait = wait.next(undefined);
    logger.warn({ event: 'link-down', retryMs: ms }, why);
    await delay(ms, undefined, { signal }).catch(() => {});
  }
}
