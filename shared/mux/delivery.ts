/** A stream's consumer: what he is handed, what he is still to be told, in the order the contract asks for. */
import { Buffer } from 'node:buffer';
import type { ChannelBroken, ChannelConsumer } from '../channel.ts';
import type { Lease } from '../lease.ts';
import type { ChunkQueue } from './chunk-queue.ts';

export interface DeliveryHooks {
  /** The consumer is about to take bytes. */
  readonly consumed: (bytes: number) => void;
  /** He has taken them, and may have called anything meanwhile. */
  readonly handed: () => void;
  /** Whether he is to be told of the peer's end when nothing waits any more; taken as told if so. */
  readonly takeEnd: () => boolean;
}

/** What a stream has come to, as far as its consumer is concerned. */
export interface Standing {
  readonly canWrite: boolean;
  /** Set when it is over. */
  readonly over: { readonly broken: ChannelBroken | undefined } | undefined;
}

export class Delivery {
  /** Received in order, not yet delivered. */
  readonly #held: ChunkQueue;
  readonly #hooks: DeliveryHooks;
  #consumer: ChannelConsumer | undefined;
  #paused = false;
  #drainDue = false;
  #flushedDue = false;
  #closedTold = false;

  constructor(held: ChunkQueue, hooks: DeliveryHooks) {
    this.#held = held;
    this.#hooks = hooks;
  }

  get hasConsumer(): boolean {
    return this.#consumer !== undefined;
  }

  start(consumer: ChannelConsumer): void {
    this.#consumer = consumer;
  }

  pause(): void {
    this.#paused = true;
  }

  /** @returns whether it was paused */
  resume(): boolean {
    const was = this.#paused;
    this.#paused = false;
    return was;
  }

  /** There is room again for what he writes. */
  oweDrain(): void {
    this.#drainDue = true;
  }

  /** Everything he wrote, and his end, has left. */
  oweFlushed(): void {
    this.#flushedDue = true;
  }

  /** Bytes in their order: to the consumer if he takes them now. */
  take(chunk: Uint8Array, lease: Lease | undefined): void {
    const consumer = this.#consumer;
    if (this.#held.bytes === 0 && consumer !== undefined && !this.#paused) {
      this.#hand(consumer, chunk, lease);
    } else {
      this.#held.push(chunk, lease);
    }
  }

  /** Hands over what waits, and the end after it. */
  deliver(): void {
    const consumer = this.#consumer;
    if (consumer === undefined) return;
    while (!this.#paused) {
      const chunk = this.#held.shift(Infinity);
      if (chunk === undefined) break;
      const lease = this.#held.takeLease();
      this.#hand(consumer, chunk, lease);
      lease?.release();
    }
    if (!this.#paused && this.#hooks.takeEnd()) consumer.end();
  }

  /** Makes the calls that are due, `closed` last. @param standing asked when all else was told */
  tell(standing: () => Standing): void {
    const consumer = this.#consumer;
    if (consumer === undefined || this.#closedTold) return;
    this.deliver();
    if (this.#drainDue) {
      this.#drainDue = false;
      if (standing().canWrite) consumer.drain();
    }
    if (this.#flushedDue) {
      this.#flushedDue = false;
      consumer.flushed();
    }
    const { over } = standing();
    if (over === undefined) return;
    this.#closedTold = true;
    consumer.closed(over.broken);
  }

  #hand(consumer: ChannelConsumer, chunk: Uint8Array, lease: Lease | undefined): void {
    this.#hooks.consumed(chunk.length);
    if (lease === undefined || consumer.borrows === true) consumer.data(chunk, lease);
    else consumer.data(Buffer.from(chunk));
    this.#hooks.handed();
  }
}
