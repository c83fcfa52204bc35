import type { Lease } from '../lease.ts';
import type { Slab, SlabPool } from './slab-pool.ts';

/**
 * Gathers small reads into slabs. TLS hands out 16 KiB at a time, each in a buffer of its own: sent on one by
 * one they cost a frame and a system call each, and a heap full of buffers. So what comes within a turn of
 * the event loop goes on together, and lies in memory that is used again.
 */
export class GatheredReads {
  readonly #pool: SlabPool;
  readonly #deliver: (chunk: Uint8Array, lease: Lease) => void;
  readonly #due: () => void;
  #slab: Slab | undefined;
  #from = 0;
  #to = 0;
  #turn: NodeJS.Immediate | undefined;

  /** @param due called in the next turn after something came; whoever takes it then calls {@link flush} */
  constructor(pool: SlabPool, deliver: (chunk: Uint8Array, lease: Lease) => void, due: () => void) {
    this.#pool = pool;
    this.#deliver = deliver;
    this.#due = due;
  }

  /** Bytes wait to be delivered. */
  get waiting(): boolean {
    return this.#to > this.#from;
  }

  /** Takes bytes, which are copied. A slab that is full is delivered at once. */
  push(chunk: Uint8Array): void {
    for (let taken = 0; taken < chunk.length;) {
      const space = this.space(1);
      const part = chunk.subarray(taken, taken + space.length);
      space.set(part);
      taken += part.length;
      this.filled(part.length);
    }
  }

  /**
   * Where the next bytes may be put, at least so many; it stays there until they are {@link filled}. What waits
   * is delivered if there is no such room.
   */
  space(least: number): Uint8Array {
    if (this.#slab?.sole === true && !this.waiting) this.#from = this.#to = 0;
    if (this.#slab !== undefined && this.#slab.size - this.#to < least) this.#change();
    this.#slab ??= this.#pool.take();
    return this.#slab.bytes.subarray(this.#to);
  }

  /** So many bytes were put there. */
  filled(bytes: number): void {
    this.#to += bytes;
    if (this.#to === this.#slab?.size) this.flush();
    if (!this.waiting) return;
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined;
      this.#due();
    });
  }

  /** Delivers what has come. */
  flush(): void {
    const slab = this.#slab;
    if (slab === undefined || !this.waiting) return;
    const chunk = slab.bytes.subarray(this.#from, this.#to);
    this.#from = this.#to;
    // A hold for the call: whoever gets it may end everything.
    slab.retain();
    this.#deliver(chunk, slab);
    slab.release();
  }

  /** Another slab is to come. */
  #change(): void {
    this.flush();
    this.#slab?.release();
    this.#slab = undefined;
    this.#from = this.#to = 0;
  }

  /** Gives the slab back; what waits in it is lost. */
  close(): void {
    clearImmediate(this.#turn);
    this.#turn = undefined;
    this.#from = this.#to = 0;
    this.#slab?.release();
    this.#slab = undefined;
  }
}
