import { Agent, type AgentOptions, type RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { AGENT_LIMITS } from '../shared/limits.ts';
import { trustedRoots } from '../shared/net/trusted-roots.ts';
import { refusalOf, type RelayTrust } from './relay-verdict.ts';

type Created = (error: Error | null, socket: Duplex) => void;

/**
 * Connections to a relay that proved who it is: by a certificate for its name from an authority that is
 * trusted, or by the pinned key. There is no way to do without.
 */
export class VerifyingAgent extends Agent {
  readonly #trust: RelayTrust;

  constructor(options: AgentOptions, trust: RelayTrust) {
    // A resumed session would show no certificate to compare with the pin.
    super({ ...options, ca: trustedRoots(trust.ca), maxCachedSessions: 0 });
    this.#trust = trust;
  }

  /**
   * Node would refuse a pinned certificate before anybody could look at its key. So the handshake is let
   * through, judged here, and only then is the connection handed to the request that waits to use it.
   */
  override createConnection(options: RequestOptions, created: Created = () => {}): undefined {
    const lax = { ...options, rejectUnauthorized: false };
    const direct = super.createConnection(lax, (error, tunnelled) => {
      if (error instanceof Error) created(error, tunnelled);
      else this.#judge(tunnelled, created);
    });
    if (direct instanceof TLSSocket) this.#awaitHandshake(direct, created);
  }

  /** @param socket to the relay, or to a proxy that is spoken to by TLS */
  #awaitHandshake(socket: TLSSocket, created: Created): void {
    const timer = setTimeout(() => {
      socket.destroy(new Error('no TLS handshake in time'));
    }, AGENT_LIMITS.handshake);
    const failed = (error: Error): void => created(error, socket);
    socket.once('error', failed);
    socket.once('close', () => clearTimeout(timer));
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      socket.off('error', failed);
      // A proxy was asked for the way to the relay by now; to the relay nobody has written yet.
      if (socket.bytesWritten === 0) this.#judge(socket, created);
    });
  }

  #judge(socket: Duplex, created: Created): void {
    const refusal =
      socket instanceof TLSSocket
        ? refusalOf(this.#trust, {
            authorized: socket.authorized,
            // An error's code, in spite of its type.
            why: String(socket.authorizationError),
            certificate: socket.getPeerX509Certificate(),
          })
        : new Error('the connection is not encrypted');
    if (refusal === undefined) {
      created(null, socket);
      return;
    }
    socket.destroy();
    created(refusal, socket);
  }
}
