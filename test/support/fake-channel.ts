/** Connections and time in memory, moved by the test and by nothing else. */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import type { Channel, ChannelBroken, ChannelConsumer } from '../../shared/channel.ts';
import type { Timers } from '../../shared/gateway/sides.ts';
import type { Lease } from '../../shared/lease.ts';

/** Puts a call off to the end of the test's step. */
type Defer = (run: () => void) => void;

/** Time that stands still until a test moves it. */
export class HandTimers implements Timers {
  #now = 0;
  readonly #due = new Set<{ at: number; expired: () => void }>();

  now(): number {
    return this.#now;
  }

  after(ms: number, expired: () => void): () => void {
    const timer = { at: this.#now + ms, expired };
    this.#due.add(timer);
    return () => this.#due.delete(timer);
  }

  /** Timers that wait. */
  get waiting(): number {
    return this.#due.size;
  }

  /** Moves time on, timer by timer. */
  advance(ms: number, afterEach: () => void): void {
    const until = this.#now + ms;
    for (;;) {
      const next = [...this.#due].sort((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > until) break;
      this.#due.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.expired();
      afterEach();
    }
    this.#now = until;
  }
}

/** One connection of the gateway; the other end of it is the test. */
export class FakeChannel implements Channel {
  readonly #defer: Defer;
  #consumer: ChannelConsumer | undefined;
  #paused = false;
  #incoming: ({ chunk: Uint8Array; lease?: Lease } | 'end')[] = [];
  #sent: Uint8Array[] = [];
  #heardEnd = false;
  #flushed = false;
  #over = false;
  /** The gateway ended its direction. */
  ended = false;
  /** The gateway reset the connection, and why. */
  resetWith: string | undefined;
  /** What `write` answers. */
  room = true;
  /** While true, what was written stays in this program: `flushed` is not told. */
  holding = false;
  /** Bytes the gateway took from this channel so far, held back or not. */
  delivered = 0;
  /** Notes on the order of what happens across channels. */
  onNote: ((note: 'end' | 'reset') => void) | undefined;

  constructor(defer: Defer) {
    this.#defer = defer;
  }

  get started(): boolean {
    return this.#consumer !== undefined;
  }

  get paused(): boolean {
    return this.#paused;
  }

  get open(): boolean {
    return !this.#over && this.resetWith === undefined;
  }

  // The gateway's half.

  start(consumer: ChannelConsumer): void {
    assert.equal(this.#consumer, undefined, 'start is called once');
    this.#consumer = consumer;
    this.#defer(() => this.#pump());
  }

  write(chunk: Uint8Array): boolean {
    if (this.ended || this.resetWith !== undefined) return true;
    this.#sent.push(chunk);
    return this.room;
  }

  end(): void {
    if (this.ended || this.resetWith !== undefined) return;
    this.ended = true;
    this.onNote?.('end');
    if (!this.holding) this.#defer(() => this.#flush());
  }

  reset(reason: string): void {
    if (this.resetWith !== undefined || this.#over) return;
    this.resetWith = reason;
    this.onNote?.('reset');
    this.#defer(() => this.#close({ by: 'self', code: 'cancelled', reason }));
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#defer(() => this.#pump());
  }

  // The test's half.

  /** What the gateway sent since the last call, as Latin-1. */
  take(): string {
    return Buffer.concat(this.#sent.splice(0)).toString('latin1');
  }

  /** The other end sends bytes. */
  say(bytes: string | Uint8Array): void {
    const chunk = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
    this.#incoming.push({ chunk });
    this.#defer(() => this.#pump());
  }

  /** Bytes on loan come; the caller's hold on them is given back when they were delivered. */
  lend(chunk: Uint8Array, lease: Lease): void {
    this.#incoming.push({ chunk, lease });
    this.#defer(() => this.#pump());
  }

  /** Bytes of the other end go past this program; how many so far. */
  goPast(bytes: number): void {
    this.#defer(() => this.#consumer?.wentPast?.(bytes));
  }

  /** The other end sends FIN. */
  finish(): void {
    this.#incoming.push('end');
    this.#defer(() => this.#pump());
  }

  /** The connection breaks; by default the other end resets it. */
  break(
    broken: ChannelBroken = { by: 'peer', code: 'ECONNRESET', reason: 'read ECONNRESET' },
  ): void {
    this.#defer(() => this.#close(broken));
  }

  /** There is room for more. */
  drain(): void {
    this.room = true;
    this.#defer(() => this.#consumer?.drain());
  }

  /** What was written leaves this program now. */
  release(): void {
    this.holding = false;
    if (this.ended) this.#defer(() => this.#flush());
  }

  #pump(): void {
    while (this.#consumer !== undefined && !this.#paused && !this.#over) {
      const next = this.#incoming.shift();
      if (next === undefined) return;
      if (next === 'end') {
        this.#heardEnd = true;
        this.#consumer.end();
        this.#closeIfDone();
      } else {
        this.delivered += next.chunk.length;
        this.#consumer.data(next.chunk, next.lease);
        next.lease?.release();
      }
    }
  }

  #flush(): void {
    if (this.#over || this.#flushed) return;
    this.#flushed = true;
    this.#consumer?.flushed();
    this.#closeIfDone();
  }

  #closeIfDone(): void {
    if (this.#heardEnd && this.#flushed) this.#close();
  }

  #close(broken?: ChannelBroken): void {
    if (this.#over) return;
    this.#over = true;
    for (const next of this.#incoming.splice(0)) if (next !== 'end') next.lease?.release();
    this.#consumer?.closed(broken);
  }
}
