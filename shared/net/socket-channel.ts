import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import type { Channel, ChannelBroken, ChannelConsumer } from '../channel.ts';
import type { Lease } from '../lease.ts';
import { LeasedWrites } from './leased-writes.ts';
import type { SlabReads } from './slab-reads.ts';

type SocketError = NodeJS.ErrnoException & { reason?: string };
type Listener = (told: unknown) => void;

export interface SocketChannelOptions {
  /** How the socket is read, if it was opened to be read into slabs. */
  reads?: SlabReads | undefined;
  /** The TCP socket below, where the socket is one of TLS: only that one can be reset. */
  below?: Socket | undefined;
  /** Somebody else makes sure that an end of it is one. */
  watched?: boolean;
}

/**
 * A TCP socket, or TLS on one, as a {@link Channel}. It must have been made with `allowHalfOpen`.
 *
 * `reset` is `resetAndDestroy`, the only call of Node that sends RST: `end`, `destroy` and
 * `destroy(error)` all send FIN, which an FTP server takes for the end of a complete upload.
 */
export class SocketChannel implements Channel {
  readonly #socket: Socket;
  readonly #below: Socket;
  readonly #watched: boolean;
  readonly #writes: LeasedWrites;
  #consumer: ChannelConsumer | undefined;
  #broken: ChannelBroken | undefined;
  #paused = false;
  #ended = false;
  #flushed = false;
  /** A `write` answered false, and `drain` was not told since. */
  #full = false;
  #isReset = false;
  readonly #listeners: [event: string, listener: Listener][] = [];

  constructor(
    socket: Socket,
    { reads, below = socket, watched = below === socket }: SocketChannelOptions = {},
  ) {
    this.#socket = socket;
    this.#below = below;
    this.#watched = watched;
    this.#writes = new LeasedWrites(socket);
    reads?.start((chunk, lease) => this.#deliver(chunk, lease));
    // An error before start() must not be an uncaught one; it is told by closed().
    this.#listen('error', (error) => {
      const { code = 'socket-error', message, reason } = error as SocketError;
      // OpenSSL's errors carry their words in `reason`; the message is for its developers.
      this.#broken ??= {
        by: 'peer',
        code,
        reason: reason === undefined ? message : `TLS: ${reason}`,
      };
      // Node leaves a TLS socket open whose peer broke the protocol.
      if (!socket.destroyed) this.#sendReset();
    });
  }

  start(consumer: ChannelConsumer): void {
    this.#consumer = consumer;
    const socket = this.#socket;
    if (socket.destroyed) {
      process.nextTick(() => this.#onClose());
      return;
    }
    this.#listen('data', (chunk) => consumer.data(chunk as Buffer));
    this.#listen('end', () => this.#onEnd());
    this.#listen('drain', () => {
      if (!this.#full) return;
      this.#full = false;
      consumer.drain();
    });
    this.#listen('finish', () => {
      if (this.#isReset) return;
      this.#flushed = true;
      consumer.flushed();
    });
    this.#listen('close', () => this.#onClose());
    // A socket accepted with pauseOnConnect needs the resume; one that is to start stopped, the pause.
    if (this.#paused) socket.pause();
    else socket.resume();
  }

  write(chunk: Uint8Array, lease?: Lease): boolean {
    const socket = this.#socket;
    if (socket.writableEnded || socket.destroyed) return true;
    this.#writes.write(chunk, lease);
    // A large chunk alone makes Node's own answer false, also where the kernel took it at once.
    this.#full = socket.writableLength > 0 && socket.writableNeedDrain;
    return !this.#full;
  }

  end(): void {
    this.#socket.end();
  }

  reset(reason: string): void {
    const socket = this.#socket;
    if (socket.destroyed || this.#isReset) return;
    this.#broken ??= { by: 'self', code: 'cancelled', reason };
    this.#sendReset();
  }

  pause(): void {
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#consumer !== undefined && !this.#isReset) this.#socket.resume();
  }

  /**
   * Gives the socket up, paused, to somebody else. The channel is over for its consumer, who is told
   * nothing any more.
   */
  detach(): Socket {
    this.#consumer = undefined;
    this.#socket.pause();
    for (const [event, listener] of this.#listeners) this.#socket.off(event, listener);
    return this.#socket;
  }

  /**
   * OpenSSL writes by itself, tickets for one, and where such a write meets a reset nobody is told: what is
   * read next is an end. So the socket below a TLS connection is asked, with a write of no bytes.
   */
  #onEnd(): void {
    if (this.#watched || this.#socket.writableEnded) this.#tellEnd();
    else this.#below.write('', (error) => (error ? this.#onUnseenReset() : this.#tellEnd()));
  }

  #onUnseenReset(): void {
    this.#broken ??= { by: 'peer', code: 'ECONNRESET', reason: 'the connection was reset' };
    this.reset('the connection was reset');
  }

  #tellEnd(): void {
    this.#ended = true;
    this.#consumer?.end();
  }

  #listen(event: string, listener: Listener): void {
    this.#listeners.push([event, listener]);
    this.#socket.on(event, listener);
  }

  #sendReset(): void {
    const socket = this.#socket;
    this.#isReset = true;
    if (isShuttingDown(socket)) {
      socket.pause();
      socket.once('finish', () => this.#below.resetAndDestroy());
    } else {
      this.#below.resetAndDestroy();
    }
  }

  #deliver(chunk: Uint8Array, lease: Lease): void {
    const consumer = this.#consumer;
    if (consumer === undefined) {
      // Before `start` the owner has to pause it; losing bytes in silence must not be the price.
      if (!this.#socket.destroyed) this.reset('bytes came before anybody took them');
    } else if (consumer.borrows === true) consumer.data(chunk, lease);
    else consumer.data(Buffer.from(chunk));
  }

  #onClose(): void {
    const consumer = this.#consumer;
    if (consumer === undefined) return;
    this.#consumer = undefined;
    if (this.#broken === undefined && !(this.#ended && this.#flushed)) {
      this.#broken = { by: 'peer', code: 'ECONNRESET', reason: 'the connection was cut' };
    }
    consumer.closed(this.#broken);
  }
}

/**
 * Whether the system is being told of our end at this moment. libuv then refuses to reset (EINVAL), and
 * Node, which does not expect that, would never close the socket. It takes a turn, no more: before it
 * begins everything written was taken by the kernel.
 */
function isShuttingDown(socket: Socket): boolean {
  return socket.writableEnded && !socket.writableFinished && socket.writableLength === 0;
}
