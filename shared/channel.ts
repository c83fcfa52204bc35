import type { Lease } from './lease.ts';

/**
 * A connection as everything above sockets sees it: a TCP connection, a stream of a link, or a pair
 * in memory. It keeps apart what TCP keeps apart: an orderly end (FIN) and an abort (RST).
 *
 * One consumer calls {@link Channel.start} once. Nothing is delivered before that call.
 */
export interface Channel {
  /** Begins delivery to the one consumer. */
  start(consumer: ChannelConsumer): void;
  /**
   * Sends a chunk; the channel owns it from here on, and may alter it. With a lease it is on loan: see
   * {@link Lease}.
   * @returns false when the consumer should stop until {@link ChannelConsumer.drain}. The chunk is taken
   *   all the same. Writing after `end` or `reset` is ignored and answers true.
   */
  write(chunk: Uint8Array, lease?: Lease): boolean;
  /** Sends an orderly end of this direction after everything written. Idempotent. */
  end(): void;
  /** Breaks the connection: the other end sees a reset, never an end. Idempotent. */
  reset(reason: string): void;
  /**
   * Stops {@link ChannelConsumer.data} and `end` from this moment on; at most a bounded window is held
   * back. Before `start` it means: start stopped. `closed` for a broken channel comes all the same.
   */
  pause(): void;
  /** Continues after {@link pause}. */
  resume(): void;
}

export interface ChannelConsumer {
  /** Bytes may come on loan; without this, every chunk is the consumer's to keep. */
  readonly borrows?: true;
  /** A chunk came. Without a lease it is the consumer's to keep; with one, see {@link Lease}. */
  data(chunk: Uint8Array, lease?: Lease): void;
  /** The peer ended its direction in an orderly way, after its last byte. */
  end(): void;
  /**
   * Bytes of this channel's peer went past this program, straight to where they belong.
   * @param bytes how many so far
   */
  wentPast?(bytes: number): void;
  /** After a `write` that answered false: there is room again. */
  drain(): void;
  /** Everything written, and the end, has left this program (socket: handed to the kernel). */
  flushed(): void;
  /**
   * The channel is over in both directions; the last call, made exactly once.
   * @param broken why it broke, or undefined if both directions ended in an orderly way.
   */
  closed(broken?: ChannelBroken): void;
}

/** Why a channel broke. */
export interface ChannelBroken {
  /** Which end broke it: the other end of this connection, this program, or what carries it. */
  by: 'peer' | 'self' | 'carrier';
  /** Stable word for programs, for example `ECONNREFUSED`, `ECONNRESET`, `link-lost`. */
  code: string;
  /** For people. */
  reason: string;
}
