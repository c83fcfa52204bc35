import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import type { Channel, ChannelBroken, ChannelConsumer } from '../channel.ts';
import type { Lease } from '../lease.ts';
import { LeasedWrites } from './leased-writes.ts';
import type { SlabReads } from './slab-reads.ts';

export interface SocketChannelOptions {
  /** How the socket is read, if it was opened to be read into slabs. */
  reads?: SlabReads | undefined;
  /** The TCP socket below one that speaks TLS; it is what can be reset. */
  below?: Socket | undefined;
}

/**
 * A TCP socket as a {@link Channel}, or one that speaks TLS over it. It must have been made with
 * `allowHalfOpen`.
 *
 * `reset` is `resetAndDestroy`, the only call of Node that sends RST: `end`, `destroy` and
 * `destroy(error)` all send FIN, which an FTP server takes for the end of a complete upload. A TLS socket
 * has no RST of its own, so it is sent by the TCP socket below. An end is close_notify, then FIN.
 */
export class SocketChannel implements Channel {
  readonly #socket: Socket;
  /** What is reset; the socket itself if it speaks no TLS. */
  readonly #below: Socket;
  readonly #writes: LeasedWrites;
  #consumer: ChannelConsumer | undefined;
  #broken: ChannelBroken | undefined;
  #paused = false;
  #ended = false;
  #flushed = false;
  /** A `write` answered false, and `drain` was not told since. */
  #full = false;
  #isReset = false;

  constructor(socket: Socket, options: SocketChannelOptions = {}) {
    const { reads, below = socket } = options;
    this.#socket = socket;
    this.#below = below;
    this.#writes = new LeasedWrites(socket);
    reads?.start((chunk, lease) => this.#deliver(chunk, lease));
    // An error before start() must not be an uncaught one; it is told by closed().
    socket.on('error', (error: NodeJS.ErrnoException & { reason?: string }) => {
      // OpenSSL's errors carry their words in `reason`; the message is for its developers.
      const reason = error.reason === undefined ? error.message : `TLS: ${error.reason}`;
      this.#broken ??= { by: 'peer', code: error.code ?? 'socket-error', reason };
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
    socket.on('data', (chunk: Buffer) => consumer.data(chunk));
    socket.on('end', () => {
      this.#ended = true;
      consumer.end();
    });
    socket.on('drain', () => {
      if (!this.#full) return;
      this.#full = false;
      consumer.drain();
    });
    socket.on('finish', () => {
      if (this.#isReset) return;
      this.#flushed = true;
      consumer.flushed();
    });
    socket.on('close', () => this.#onClose());
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
