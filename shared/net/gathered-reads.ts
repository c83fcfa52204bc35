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
      this.#slab ??= this.#pool.take();
      const { bytes, size } = this.#slab;
      const part = chunk.subarray(taken, taken + size - this.#to);
      bytes.set(part, this.#to);
      this.#to += part.length;
      taken += part.length;
      if (this.#to === size) this.flush();
    }
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
    if (this.#slab !== slab) return;
    this.#from = this.#to = 0;
    if (slab.sole) return;
    this.#slab = undefined;
    slab.release();
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
