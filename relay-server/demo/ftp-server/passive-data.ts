import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { Refusal } from './refusal.ts';

/**
 * Where the client's data connection is.
 * - `waiting`: listening; the one wanted has not come.
 * - `connected`: it came before the transfer command and is held, unread.
 * - `over`: handed to a transfer, or given up.
 */
type State = { at: 'waiting' } | { at: 'connected'; socket: Socket } | { at: 'over' };

/**
 * One passive data connection: a listener on a port of its own that takes one connection, from the
 * address of the control connection only (RFC 2577 §4); strangers are reset and change nothing.
 */
export class PassiveData {
  readonly #server: Server;
  readonly #peer: string;
  readonly #decided = Promise.withResolvers<void>();
  #state: State = { at: 'waiting' };

  private constructor(server: Server, peer: string) {
    this.#server = server;
    this.#peer = peer;
    server.on('connection', (socket) => this.#arrived(socket));
  }

  /**
   * Listens.
   * @param host local address of the control connection
   * @param peer remote address of the control connection
   */
  static async listen(host: string, peer: string): Promise<PassiveData> {
    // Half-open: a client may end its side of a download at once and still wants the whole file.
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
    server.listen(0, host);
    await once(server, 'listening');
    return new PassiveData(server, peer);
  }

  /** The port listened on; undefined once it is over. */
  get port(): number | undefined {
    const address = this.#server.address();
    return address === null || typeof address === 'string' ? undefined : address.port;
  }

  /**
   * Hands over the connection, waiting for it at most `timeout` ms.
   * @throws Refusal 425 if it does not come
   */
  async connection(timeout: number, stop: AbortSignal): Promise<Socket> {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(timeout)]);
    signal.addEventListener('abort', () => this.#decided.resolve(), { once: true });
    if (signal.aborted) this.#decided.resolve();
    await this.#decided.promise;
    const state = this.#state;
    this.#state = { at: 'over' };
    this.#server.close();
    if (state.at === 'connected') return state.socket;
    throw new Refusal(425, 'No data connection came.');
  }

  /** Stops listening and resets a connection that no transfer took. Idempotent. */
  close(): void {
    if (this.#state.at === 'connected') this.#state.socket.resetAndDestroy();
    this.#state = { at: 'over' };
    this.#server.close();
    this.#decided.resolve();
  }

  #arrived(socket: Socket): void {
    // A broken connection is noticed by whoever uses it.
    socket.on('error', () => {});
    if (this.#state.at !== 'waiting' || socket.remoteAddress !== this.#peer) {
      socket.resetAndDestroy();
      return;
    }
    this.#state = { at: 'connected', socket };
    this.#server.close();
    this.#decided.resolve();
  }
}
