import type { Timers } from './sides.ts';
import { TokenBucket, type Rate } from './token-bucket.ts';

/** A connection that waits for its turn at a {@link BandwidthLimit}. */
export interface Waiter {
  /** Its turn has come: so many bytes are paid for. Called once for each time it was let wait. */
  granted(bytes: number): void;
}

/**
 * A bandwidth limit that any number of connections share. Within it bytes pass at once; beyond it the
 * connections queue, and each passes a slice in its turn, so that all get the same. One timer serves
 * the queue; as it waits for a slice at most, a changed rate holds for those who wait, too.
 */
export class BandwidthLimit {
  readonly #bucket: TokenBucket;
  readonly #timers: Timers;
  /** Who waits, first come first, with the bytes it would take at most. */
  readonly #queue = new Map<Waiter, number>();
  #cancel: (() => void) | undefined;

  constructor(rate: Rate, timers: Timers) {
    this.#bucket = new TokenBucket(rate);
    this.#timers = timers;
  }

  /** Whether so many bytes may pass now without anybody's turn being taken. */
  has(bytes: number): boolean {
    if (this.#bucket.unlimited) return true;
    return this.#queue.size === 0 && this.#bucket.available(this.#timers.now()) >= bytes;
  }

  /** Pays for bytes the limit {@link has}. */
  take(bytes: number): void {
    this.#bucket.take(bytes);
  }

  /** Bytes that were paid for do not pass after all. */
  giveBack(bytes: number): void {
    this.#bucket.giveBack(bytes);
  }

  /**
   * Asks for a turn.
   * @returns the bytes paid for, from 1 to `most`; 0 where the waiter has to wait to be `granted` them.
   */
  request(waiter: Waiter, most: number): number {
    const bytes = Math.min(most, this.#bucket.slice);
    if (this.has(bytes)) {
      this.take(bytes);
      return bytes;
    }
    this.#queue.set(waiter, most);
    this.#arm();
    return 0;
  }

  /** Waits no longer. Nothing happens to one that does not wait. */
  leave(waiter: Waiter): void {
    this.#queue.delete(waiter);
    if (this.#queue.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #arm(): void {
    const [most] = this.#queue.values();
    if (most === undefined || this.#cancel !== undefined) return;
    const bytes = Math.min(most, this.#bucket.slice);
    const wait = this.#bucket.wait(bytes, this.#timers.now());
    this.#cancel = this.#timers.after(wait, () => this.#serve());
  }

  #serve(): void {
    this.#cancel = undefined;
    const now = this.#timers.now();
    const served: [Waiter, number][] = [];
    for (const [waiter, most] of this.#queue) {
      const bytes = Math.min(most, this.#bucket.slice);
      if (this.#bucket.available(now) < bytes) break;
      this.#bucket.take(bytes);
      this.#queue.delete(waiter);
      served.push([waiter, bytes]);
    }
    for (const [waiter, bytes] of served) waiter.granted(bytes);
    this.#arm();
  }
}
