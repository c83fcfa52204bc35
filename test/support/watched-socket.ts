/** A TCP socket that remembers what came and how it ended: FIN and RST are different outcomes. */
import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { TLSSocket, type SecureContext } from 'node:tls';

/** How the peer ended its direction. */
export type Outcome = 'fin' | 'rst';

export class WatchedSocket {
  readonly socket: Socket;
  /** The peer's address, also when the connection is over. */
  readonly remoteAddress: string | undefined;
  /** The peer's FIN or RST, however long it takes. */
  readonly finished: Promise<Outcome>;
  readonly #chunks: Buffer[] = [];
  readonly #wakeups = new Set<() => void>();
  /** Called with each chunk, before those who wait are asked. */
  onChunk: ((chunk: Buffer) => void) | undefined;
  /** What is reset: the TCP socket, also of one that speaks TLS. */
  readonly #below: Socket;
  #ended: Outcome | undefined;
  #bytes = 0;

  /**
   * @param socket made with `allowHalfOpen`, so that the test decides when its own end is sent
   * @param below the TCP socket, for one that speaks TLS
   */
  constructor(socket: Socket, below = socket) {
    this.socket = socket;
    this.#below = below;
    this.remoteAddress = socket.remoteAddress;
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.finished = promise;
    const over = (outcome: Outcome): void => {
      this.#ended ??= outcome;
      resolve(this.#ended);
      this.#wake();
    };
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#bytes += chunk.length;
      this.onChunk?.(chunk);
      this.#wake();
    });
    socket.on('end', () => over('fin'));
    socket.on('error', () => over('rst'));
    // A socket that the test itself gave up has no outcome of the peer's.
    socket.on('close', () => this.#wake());
  }

  /** Everything that came. */
  get received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** How many bytes came. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The peer's FIN or RST. Rejects after 10 s without one. */
  get outcome(): Promise<Outcome> {
    return soon(this.finished, 'an end of the connection');
  }

  /** How the peer has ended, if it has. */
  get ended(): Outcome | undefined {
    return this.#ended;
  }

  /**
   * The same connection from here on under TLS, as its server. This one hears no more of it.
   * @param early what came already and is TLS
   */
  secure(secureContext: SecureContext, early: Buffer): WatchedSocket {
    const { socket, onChunk } = this;
    socket.removeAllListeners('data').removeAllListeners('end').pause();
    if (early.length > 0) socket.unshift(early);
    const tls = new TLSSocket(socket, { isServer: true, secureContext });
    const secured = new WatchedSocket(tls, socket);
    secured.onChunk = onChunk;
    return secured;
  }

  /** Sends bytes; text as Latin-1. */
  send(bytes: string | Uint8Array): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** Sends FIN after what was sent. */
  end(): void {
    this.socket.end();
  }

  /** Sends RST. */
  reset(): void {
    this.#below.resetAndDestroy();
  }

  /** Resolves when `condition` holds; it is asked after everything that comes. @throws Error after 10 s */
  async until(condition: () => boolean, what: string): Promise<void> {
    if (condition()) return;
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const look = (): void => {
      if (condition()) resolve(undefined);
    };
    const timer = setTimeout(() => reject(new Error(`10 s without ${what}`)), 10_000);
    this.#wakeups.add(look);
    await promise.finally(() => {
      clearTimeout(timer);
      this.#wakeups.delete(look);
    });
  }

  #wake(): void {
    for (const look of this.#wakeups) look();
  }
}

/** The promise, or an error that names what did not happen within 10 s. */
export async function soon<T>(promise: Promise<T>, what: string, timeoutMs = 10_000): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`${timeoutMs} ms without ${what}`)), timeoutMs);
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
