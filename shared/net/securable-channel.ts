import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { TlsFacts } from '../gateway/events.ts';
import type { Channel, ChannelBroken, ChannelConsumer } from '../channel.ts';
import type { Lease } from '../lease.ts';
import { readIntoSlabs, type ReadableSocket } from './slab-reads.ts';
import { SocketChannel } from './socket-channel.ts';
import type { SlabPool } from './slab-pool.ts';
import type { CloseWatch, CloseWatchOptions } from './tls-close-watch.ts';
import type { TlsFailure } from './tls-failures.ts';
import type { TlsTerminator } from './tls-terminator.ts';

/** How TLS is to be begun on a channel. */
export interface Securing {
  readonly terminator: TlsTerminator;
  /** For a connection whose end says that everything was sent. */
  readonly watched?: CloseWatchOptions;
  /** Where to gather what is read, for connections with bytes in bulk. */
  readonly gather?: SlabPool;
  /** A session that was not resumed is refused (RFC 4217 §10.2). */
  readonly resumedOnly?: boolean;
}

/** A chunk that waits for the handshake, with our hold on it. */
interface Waiting {
  readonly chunk: Uint8Array;
  readonly lease: Lease | undefined;
}

/**
 * - `clear`: bytes go as they are.
 * - `securing`: the handshake is under way. What is to be sent waits; nothing is delivered.
 * - `secured`: TLS is spoken.
 * - `failed`: there was no TLS, and the consumer is told so as soon as there is one.
 */
type State =
  | { is: 'clear'; channel: SocketChannel }
  | { is: 'securing'; waiting: Waiting[]; ended: boolean }
  | { is: 'secured'; channel: SocketChannel; watch: CloseWatch | undefined }
  | { is: 'failed'; broken: ChannelBroken };

/**
 * A client's connection on which TLS may begin at any moment: before anything was sent, as on data
 * connections, or after an AUTH command (RFC 4217 §4). Its consumer stays the same.
 */
export class SecurableChannel implements Channel {
  #below: Socket;
  readonly #securing: Securing;
  #state: State;
  #consumer: ChannelConsumer | undefined;
  #paused = false;

  constructor(below: Socket, securing: Securing) {
    this.#below = below;
    this.#securing = securing;
    this.#state = { is: 'clear', channel: new SocketChannel(below) };
  }

  /**
   * Begins TLS. What was written before goes out in clear. What the client has sent in clear by now and
   * nobody has read yet is taken for the beginning of TLS, and so is never a command.
   * @param secured called once when the handshake is over; one that fails breaks the channel
   * @throws TypeError if it was begun before
   */
  secure(secured: (facts: TlsFacts) => void): void {
    const { terminator, watched, resumedOnly = false } = this.#securing;
    if (this.#state.is !== 'clear') throw new TypeError('TLS was begun before');
    const { socket: below, reads } = this.#taken(this.#state.channel.detach());
    this.#below = below;
    this.#state = { is: 'securing', waiting: [], ended: false };
    const begin = (): void =>
      terminator.secure(
        below,
        {
          secured: (socket, watch) => {
            if (resumedOnly && !socket.isSessionReused()) this.#fail(NOT_RESUMED);
            else this.#agreed(socket, watch, secured);
          },
          failed: (failure) => this.#fail(failure),
        },
        watched && { ...watched, reads },
      );
    below.on('error', () => {});
    if (below.writableLength === 0) begin();
    else below.write('', begin);
  }

  /** A connection whose end is watched is read here, and so into slabs. */
  #taken(socket: Socket): ReadableSocket {
    const { watched, gather } = this.#securing;
    if (watched === undefined || gather === undefined) return { socket };
    return readIntoSlabs(socket, NOTHING, gather);
  }

  start(consumer: ChannelConsumer): void {
    this.#consumer = consumer;
    const state = this.#state;
    if (state.is === 'clear' || state.is === 'secured') this.#startOn(state.channel);
    else if (state.is === 'failed') process.nextTick(() => this.#close(state.broken));
  }

  write(chunk: Uint8Array, lease?: Lease): boolean {
    const state = this.#state;
    if (state.is === 'clear' || state.is === 'secured') return state.channel.write(chunk, lease);
    if (state.is === 'failed' || state.ended) return true;
    lease?.retain();
    state.waiting.push({ chunk, lease });
    return false;
  }

  end(): void {
    const state = this.#state;
    if (state.is === 'securing') state.ended = true;
    else if (state.is !== 'failed') state.channel.end();
  }

  reset(reason: string): void {
    const state = this.#state;
    if (state.is === 'clear' || state.is === 'secured') state.channel.reset(reason);
    else if (state.is === 'securing') this.#break({ by: 'self', code: 'cancelled', reason });
  }

  pause(): void {
    this.#paused = true;
    const state = this.#state;
    if (state.is === 'clear' || state.is === 'secured') state.channel.pause();
  }

  resume(): void {
    this.#paused = false;
    const state = this.#state;
    if (state.is === 'clear' || state.is === 'secured') state.channel.resume();
  }

  /**
   * OpenSSL sends its tickets of TLS 1.3 after it has told that the handshake is over. What is written and
   * ended in that same turn goes before them, and Node then sends the end of the TCP connection without the
   * close_notify, which is a file cut short to careful clients. So nothing is done until the next turn.
   */
  #agreed(socket: TLSSocket, watch: CloseWatch | undefined, told: (facts: TlsFacts) => void): void {
    const facts = factsOf(socket);
    socket.on('error', () => {});
    setImmediate(() => this.#secured(socket, watch, () => told(facts)));
  }

  #secured(socket: TLSSocket, watch: CloseWatch | undefined, told: () => void): void {
    const state = this.#state;
    // It was reset meanwhile.
    if (state.is !== 'securing') return;
    const channel = new SocketChannel(socket, {
      below: this.#below,
      gather: this.#securing.gather,
      watched: watch !== undefined,
    });
    this.#state = { is: 'secured', channel, watch };
    if (this.#paused) channel.pause();
    told();
    if (this.#consumer !== undefined) this.#startOn(channel);
    let full = false;
    for (const { chunk, lease } of state.waiting) {
      full = !channel.write(chunk, lease) || full;
      lease?.release();
    }
    if (state.ended) channel.end();
    else if (state.waiting.length > 0 && !full) this.#consumer?.drain();
  }

  #fail({ code, reason }: TlsFailure): void {
    if (this.#state.is !== 'securing') return;
    const isResumption = code === NOT_RESUMED.code;
    this.#break({ by: 'peer', code: isResumption ? code : 'tls-failed', reason });
  }

  /** The one way out of a handshake that comes to nothing. */
  #break(broken: ChannelBroken): void {
    const state = this.#state;
    if (state.is !== 'securing') return;
    for (const { lease } of state.waiting) lease?.release();
    this.#state = { is: 'failed', broken };
    if (!this.#below.destroyed) this.#below.resetAndDestroy();
    if (this.#consumer !== undefined) process.nextTick(() => this.#close(broken));
  }

  #startOn(channel: SocketChannel): void {
    channel.start({
      borrows: true,
      data: (chunk, lease) => {
        this.#deliver(chunk, lease);
        const state = this.#state;
        if (state.is === 'secured') state.watch?.check();
      },
      end: () => this.#consumer?.end(),
      drain: () => this.#consumer?.drain(),
      flushed: () => this.#consumer?.flushed(),
      closed: (broken) => this.#close(broken),
    });
  }

  #deliver(chunk: Uint8Array, lease: Lease | undefined): void {
    const consumer = this.#consumer;
    if (lease === undefined || consumer?.borrows === true) consumer?.data(chunk, lease);
    else consumer?.data(Buffer.from(chunk));
  }

  #close(broken: ChannelBroken | undefined): void {
    const consumer = this.#consumer;
    this.#consumer = undefined;
    consumer?.closed(broken);
  }
}

const NOTHING = new Uint8Array(0);

const NOT_RESUMED: TlsFailure = {
  code: 'tls-not-resumed',
  reason: 'the client has not resumed the TLS session of its control connection',
};

function factsOf(socket: TLSSocket): TlsFacts {
  const { servername } = socket as { servername?: string | false };
  return {
    version: socket.getProtocol() ?? 'unknown',
    cipher: socket.getCipher().standardName,
    resumed: socket.isSessionReused(),
    serverName: typeof servername === 'string' ? servername : undefined,
  };
}
