import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Socket } from 'node:net';
import { PROTO_LIMITS } from '../../shared/limits.ts';
import type { Logger } from '../../shared/log.ts';
import { canonicalAddress } from '../../shared/net/address.ts';
import type { Carrier } from '../../shared/mux/carrier.ts';
import type { SlabPool } from '../../shared/net/slab-pool.ts';
import { readIntoSlabs } from '../../shared/net/slab-reads.ts';
import { WebSocketCarrier } from '../../shared/net/websocket-carrier.ts';
import {
  answer101,
  faultOfRequest,
  WEB_SOCKET_VERSION,
} from '../../shared/net/websocket-handshake.ts';
import {
  CARRIER_KINDS,
  HEADERS,
  LINK_PATH,
  SUBPROTOCOL,
  type CarrierHello,
} from '../../shared/proto/handshake.ts';
import { HTTPS_REQUIRED, isExposed } from '../http/plain-requests.ts';
import type { AgentStore } from '../store/store.ts';
import type { AgentIdentity } from './agent-link.ts';

export interface UpgradesOptions {
  agents: AgentStore;
  logger: Logger;
  /** Refuse what is neither encrypted nor from this machine. */
  httpsOnly: boolean;
  /** What carriers are read into. */
  slabs: SlabPool;
  /** Milliseconds a link without a carrier is kept; 0 if none is. */
  grace: number;
  /** Whether the agent has a link of that name, for a carrier to join. */
  knows: (identity: AgentIdentity, link: string) => boolean;
  /** An authenticated agent's WebSocket is open. */
  accepted: (identity: AgentIdentity, carrier: Carrier, hello: CarrierHello) => void;
}

/** Why an upgrade is refused, as an HTTP answer whose body the agent shows. */
interface Refusal {
  status: number;
  code: string;
  message: string;
}

const REFUSALS = {
  path: { status: 404, code: 'not-found', message: 'agents connect to another path' },
  subprotocol: {
    status: 426,
    code: 'version-unsupported',
    message: `this relay speaks ${SUBPROTOCOL}; install the same version of Gangway on both sides`,
  },
  unauthorised: {
    status: 401,
    code: 'credential-unknown',
    message: 'the relay does not know this credential; enrol again with a new code',
  },
  revoked: {
    status: 403,
    code: 'credential-revoked',
    message: 'this credential was revoked; enrol again with a new code',
  },
  exposed: {
    status: 403,
    code: HTTPS_REQUIRED.code,
    message: `${HTTPS_REQUIRED.message}; ${HTTPS_REQUIRED.remedy}`,
  },
  handshake: { status: 400, code: 'handshake-invalid', message: 'this is no WebSocket handshake' },
  link: {
    status: 410,
    code: 'link-unknown',
    message: 'the relay has no such link: it was restarted, or has given it up',
  },
  failed: {
    status: 503,
    code: 'try-again',
    message: 'the relay cannot check credentials just now',
  },
} satisfies Record<string, Refusal>;

/**
 * Accepts agents: authenticates the HTTP upgrade before any WebSocket exists, so that a peer without a
 * credential costs one database look-up and nothing that lasts.
 */
export class Upgrades {
  readonly #options: UpgradesOptions;
  #closing = false;

  constructor(server: Server, options: UpgradesOptions) {
    this.#options = options;
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => {});
      this.#upgrade(request, socket, head).catch((error: unknown) => {
        options.logger.error({ event: 'upgrade-failed', err: error });
        refuse(socket, REFUSALS.failed);
      });
    });
  }

  /** Refuses every further agent. */
  close(): void {
    this.#closing = true;
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const identity = await this.#identify(request);
    if ('status' in identity) {
      const { code, status } = identity;
      const address = canonicalAddress(request.socket.remoteAddress ?? '');
      this.#options.logger.warn(
        { event: 'agent-refused', address, code, status },
        identity.message,
      );
      refuse(socket, identity);
      return;
    }
    const fault = faultOfRequest(request.method, request.headers);
    if (fault !== undefined) {
      refuse(socket, { ...REFUSALS.handshake, message: `${REFUSALS.handshake.message}: ${fault}` });
      return;
    }
    const { grace, knows, slabs, accepted } = this.#options;
    const hello = helloOf(request, grace > 0);
    if (hello.kind === 'next' && !knows(identity, hello.link)) {
      refuse(socket, REFUSALS.link);
      return;
    }
    if (socket.destroyed || !(socket instanceof Socket)) return;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 15_000);
    socket.setTimeout(0);
    const readable = readIntoSlabs(socket, head, slabs, 'carrier');
    const more = hello.kind === undefined ? {} : { [HEADERS.grace]: String(grace) };
    readable.socket.write(answer101(request.headers, SUBPROTOCOL, more));
    accepted(identity, new WebSocketCarrier(readable, 'server', slabs), hello);
  }

  async #identify(request: IncomingMessage): Promise<AgentIdentity | Refusal> {
    if (this.#closing) return REFUSALS.failed;
    if (this.#options.httpsOnly && isExposed(request.socket)) return REFUSALS.exposed;
    const { pathname } = new URL(request.url ?? '/', 'http://relay');
    if (pathname !== LINK_PATH) return REFUSALS.path;
    const offered = request.headers['sec-websocket-protocol'] ?? '';
    if (!offered.split(',').some((word) => word.trim() === SUBPROTOCOL))
      return REFUSALS.subprotocol;
    const credential = /^Bearer (\S{1,256})$/.exec(request.headers.authorization ?? '')?.[1];
    if (credential === undefined) return REFUSALS.unauthorised;
    const answer = await this.#options.agents.authenticate(credential);
    if (!answer.ok) return answer.reason === 'revoked' ? REFUSALS.revoked : REFUSALS.unauthorised;
    const { agent } = answer;
    const address = canonicalAddress(request.socket.remoteAddress ?? '');
    const version = headerText(request.headers[HEADERS.version]);
    await this.#options.agents.seen(agent.id, { at: Date.now(), from: address, version });
    return { agentId: agent.id, tunnelId: agent.tunnelId, name: agent.name, version, address };
  }
}

/** @param resumes whether this relay keeps links that lost their carriers */
function helloOf({ headers }: IncomingMessage, resumes: boolean): CarrierHello {
  const kind = CARRIER_KINDS.find((one) => one === headers[HEADERS.carrier]);
  return { link: headerText(headers[HEADERS.link]), kind: resumes ? kind : undefined };
}

/** A header as printable text of bounded length. */
function headerText(value: string | string[] | undefined): string {
  const text = Array.isArray(value) ? (value[0] ?? '') : (value ?? '');
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, PROTO_LIMITS.agentText) || 'unknown';
}

function refuse(socket: Duplex, refusal: Refusal): void {
  const { code, message } = refusal;
  const body = JSON.stringify({ error: { code, message } });
  socket.end(
    `HTTP/1.1 ${refusal.status} ${code}\r\n` +
      'Connection: close\r\n' +
      `Sec-WebSocket-Version: ${WEB_SOCKET_VERSION}\r\n` +
      'Content-Type: application/json\r\n' +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
