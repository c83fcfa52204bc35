import { Buffer } from 'node:buffer';
import type { Channel, ChannelConsumer } from '../channel.ts';
import { worthRetaining, type Lease } from '../lease.ts';
import { BANDWIDTH_LIMITS } from '../limits.ts';
import type { BandwidthLimit, Waiter } from './bandwidth-limit.ts';

/** Puts a channel that is not yet started under the bandwidth limits of its session. */
export type Throttle = (channel: Channel) => ThrottledChannel;

/** A turn that was asked for: which limit lets it wait, and what those before that have granted. */
interface Turn {
  readonly at: number;
  readonly granted: number;
}

/**
 * A channel whose bytes reach the consumer within one or more bandwidth limits; the slowest counts. What
 * it sends is not held up. Every byte is paid for at every limit before it passes. Beyond a limit the
 * channel is paused and one chunk is held, which passes in slices, so the pace is even.
 *
 * While no limit is reached a chunk costs a call and a question to each limit, and no timer.
 */
export class ThrottledChannel implements Channel, Waiter {
  readonly #channel: Channel;
  readonly #limits: readonly BandwidthLimit[];
  #consumer: ChannelConsumer | undefined;
  /** What has not passed of the last chunk, with our hold on it. */
  #held: Uint8Array | undefined;
  #lease: Lease | undefined;
  /** Bytes paid for that have not passed. */
  #paid = 0;
  #turn: Turn | undefined;
  /** The consumer paused. */
  #paused = false;
  #passing = false;

  /** @param limits asked in this order: the one that most share is the last, as what it grants passes at once */
  constructor(channel: Channel, limits: readonly BandwidthLimit[]) {
    this.#channel = channel;
    this.#limits = limits;
  }

  /** Whether bytes are here for which only a limit is in the way: a time in which nothing moves is no stall. */
  get waiting(): boolean {
    return this.#turn !== undefined && !this.#paused;
  }

  start(consumer: ChannelConsumer): void {
    this.#consumer = consumer;
    this.#channel.start({
      borrows: true,
      data: (chunk, lease) => this.#receive(chunk, lease),
      wentPast: (bytes) => consumer.wentPast?.(bytes),
      end: () => consumer.end(),
      drain: () => consumer.drain(),
      flushed: () => consumer.flushed(),
      closed: (broken) => {
        this.#drop();
        consumer.closed(broken);
      },
    });
  }

  write(chunk: Uint8Array, lease?: Lease): boolean {
    return this.#channel.write(chunk, lease);
  }

  end(): void {
    this.#channel.end();
  }

  reset(reason: string): void {
    this.#drop();
    this.#channel.reset(reason);
  }

  pause(): void {
    this.#paused = true;
    this.#channel.pause();
  }

  resume(): void {
    this.#paused = false;
    if (this.#held === undefined) this.#channel.resume();
    else this.#pass();
  }

  granted(bytes: number): void {
    const turn = this.#turn;
    // Given up in the moment in which it came.
    if (turn === undefined) return;
    this.#turn = undefined;
    this.#return(turn.granted - bytes, turn.at);
    this.#ask(turn.at + 1, bytes);
    this.#pass();
  }

  #receive(chunk: Uint8Array, lease: Lease | undefined): void {
    if (this.#held !== undefined) {
      // Cannot happen with a channel that honours pause; losing bytes in silence must not either.
      this.reset('data came while bytes were held back');
    } else if (this.#pay(chunk.length)) {
      this.#hand(chunk, lease);
    } else {
      this.#hold(chunk, lease);
      this.#channel.pause();
      this.#pass();
    }
  }

  /** Pays for bytes that may pass at once. @returns false if they may not; then nothing is paid. */
  #pay(bytes: number): boolean {
    const due = bytes - this.#paid;
    if (due > 0) {
      for (const limit of this.#limits) if (!limit.has(due)) return false;
      for (const limit of this.#limits) limit.take(due);
    }
    this.#paid = Math.max(0, -due);
    return true;
  }

  /** Asks the limits for a turn, one after the other, from the `first` on. */
  #ask(first: number, most: number): void {
    let granted = most;
    for (const [at, limit] of this.#limits.entries()) {
      if (at < first) continue;
      const bytes = limit.request(this, granted);
      if (bytes === 0) {
        this.#turn = { at, granted };
        return;
      }
      this.#return(granted - bytes, at);
      granted = bytes;
    }
    this.#paid += granted;
  }

  /** Gives back what the limits before the one `at` have granted beyond what that one does. */
  #return(bytes: number, at: number): void {
    for (const limit of this.#limits.slice(0, at)) limit.giveBack(bytes);
  }

  #hold(chunk: Uint8Array, lease: Lease | undefined): void {
    if (lease === undefined || worthRetaining(chunk, lease, 0)) {
      lease?.retain();
      this.#held = chunk;
      this.#lease = lease;
    } else {
      this.#held = Buffer.from(chunk);
    }
  }

  /** Hands out what is held as far as it is paid for; when all of it has passed the channel goes on. */
  #pass(): void {
    // The consumer may resume from within what is handed to it.
    if (this.#passing) return;
    this.#passing = true;
    while (this.#held !== undefined && this.#turn === undefined && !this.#paused) {
      const { length } = this.#held;
      if (this.#pay(length)) {
        this.#handHeld(length);
      } else if (this.#paid > 0) {
        const paid = this.#paid;
        this.#paid = 0;
        this.#handHeld(paid);
      } else {
        this.#ask(0, BANDWIDTH_LIMITS.mostSlice);
      }
    }
    this.#passing = false;
    if (this.#held === undefined && !this.#paused) this.#channel.resume();
  }

  #handHeld(bytes: number): void {
    const held = this.#held ?? new Uint8Array();
    const lease = this.#lease;
    // A hold for this call: the consumer may reset, which lets go of ours.
    lease?.retain();
    if (bytes < held.length) this.#held = held.subarray(bytes);
    else this.#letGo();
    this.#hand(held.subarray(0, bytes), lease);
    lease?.release();
  }

  #hand(chunk: Uint8Array, lease: Lease | undefined): void {
    const consumer = this.#consumer;
    if (lease === undefined || consumer?.borrows === true) consumer?.data(chunk, lease);
    else consumer?.data(Buffer.from(chunk));
  }

  #letGo(): void {
    this.#held = undefined;
    this.#lease?.release();
    this.#lease = undefined;
  }

  /** The connection is over: what is held does not pass, and what was paid for it goes back. */
  #drop(): void {
    const turn = this.#turn;
    if (turn !== undefined) {
      this.#turn = undefined;
      this.#limits[turn.at]?.leave(this);
      this.#return(turn.granted, turn.at);
    }
    this.#return(this.#paid, this.#limits.length);
    this.#paid = 0;
    this.#letGo();
  }
}
