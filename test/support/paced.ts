/** Connections under bandwidth limits, in memory: what came through, and when. */
import { Buffer } from 'node:buffer';
import type { ChannelBroken, ChannelConsumer } from '../../shared/channel.ts';
import { BandwidthLimit } from '../../shared/gateway/bandwidth-limit.ts';
import { ThrottledChannel } from '../../shared/gateway/throttled-channel.ts';
import type { Lease } from '../../shared/lease.ts';
import { FakeChannel, HandTimers } from './fake-channel.ts';

/** What came through a connection at one moment. */
export interface Passed {
  readonly at: number;
  readonly bytes: number;
}

/** The consumer of a throttled channel. */
export class PacedConsumer implements ChannelConsumer {
  readonly borrows?: true;
  readonly passed: Passed[] = [];
  readonly #chunks: Buffer[] = [];
  readonly #now: () => number;
  ended = false;
  /** Once over: why it broke, or null. */
  over: ChannelBroken | null | undefined;
  /** Called with each chunk, after it was noted. */
  onData: ((chunk: Uint8Array, lease?: Lease) => void) | undefined;

  constructor(now: () => number, borrows: boolean) {
    this.#now = now;
    if (borrows) this.borrows = true;
  }

  /** All that came. */
  get bytes(): number {
    return this.passed.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  data(chunk: Uint8Array, lease?: Lease): void {
    this.passed.push({ at: this.#now(), bytes: chunk.length });
    this.#chunks.push(Buffer.from(chunk));
    this.onData?.(chunk, lease);
  }

  end(): void {
    this.ended = true;
  }

  drain(): void {}

  flushed(): void {}

  closed(broken?: ChannelBroken): void {
    this.over = broken ?? null;
  }
}

/** One connection under limits: the test is its source. */
export interface Paced {
  readonly source: FakeChannel;
  readonly channel: ThrottledChannel;
  readonly consumer: PacedConsumer;
}

/** Limits, connections under them, and the time they share. */
export class PacedBench {
  readonly timers = new HandTimers();
  readonly #deferred: (() => void)[] = [];
  /** Sources that never run dry, with the size of their chunks. */
  readonly #endless: { source: FakeChannel; chunk: number }[] = [];

  limit(rate: () => number | null): BandwidthLimit {
    return new BandwidthLimit(rate, this.timers);
  }

  open(limits: readonly BandwidthLimit[], { borrows = true } = {}): Paced {
    const source = new FakeChannel((run) => this.#deferred.push(run));
    const channel = new ThrottledChannel(source, limits);
    const consumer = new PacedConsumer(() => this.timers.now(), borrows);
    channel.start(consumer);
    return { source, channel, consumer };
  }

  /** A connection whose source always has more. */
  openEndless(limits: readonly BandwidthLimit[], chunk: number): Paced {
    const paced = this.open(limits);
    this.#endless.push({ source: paced.source, chunk });
    return paced;
  }

  /** Moves time on; endless sources send whenever they may. */
  advance(ms: number): void {
    this.settle();
    this.timers.advance(ms, () => this.settle());
    this.settle();
  }

  settle(): void {
    do {
      for (let run = this.#deferred.shift(); run !== undefined; run = this.#deferred.shift()) run();
      for (const { source, chunk } of this.#endless) {
        if (source.open && !source.paused) source.say(Buffer.alloc(chunk));
      }
    } while (this.#deferred.length > 0);
  }
}
