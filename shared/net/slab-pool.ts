import { Buffer } from 'node:buffer';
import type { Lease } from '../lease.ts';

/** Bounds of a pool: bytes of a slab, and how many slabs wait unused at most. */
export interface SlabLimits {
  readonly slab: number;
  readonly spare: number;
}

/**
 * Buffers that are used again and again. A fresh buffer for each read is what makes a busy Node program
 * slow: its memory is cold, and the collector runs for every 64 MiB of them.
 */
export class SlabPool {
  readonly #limits: SlabLimits;
  readonly #spare: Slab[] = [];
  readonly #poison: boolean;
  #inUse = 0;

  /** @param options.poison overwrites slabs that come back, so that tests see who reads them after that */
  constructor(limits: SlabLimits, options: { poison?: boolean } = {}) {
    this.#limits = limits;
    this.#poison = options.poison ?? false;
  }

  /** Bytes of one slab. */
  get slabBytes(): number {
    return this.#limits.slab;
  }

  /** Slabs taken and not given back. */
  get inUse(): number {
    return this.#inUse;
  }

  /** Slabs that wait to be used again. */
  get spare(): number {
    return this.#spare.length;
  }

  /** A slab with one hold, the caller's. Its bytes are those of whoever had it before. */
  take(): Slab {
    this.#inUse += 1;
    const slab = this.#spare.pop() ?? new Slab(this.#limits.slab, (back) => this.#takeBack(back));
    slab.retain();
    return slab;
  }

  #takeBack(slab: Slab): void {
    this.#inUse -= 1;
    if (this.#poison) slab.bytes.fill(0xdb);
    if (this.#spare.length < this.#limits.spare) this.#spare.push(slab);
  }
}

/** One buffer of a {@link SlabPool}. It goes back to the pool when its last hold is released. */
export class Slab implements Lease {
  readonly bytes: Buffer;
  readonly size: number;
  readonly #released: (slab: Slab) => void;
  #holds = 0;

  constructor(size: number, released: (slab: Slab) => void) {
    // Never a part of Node's own pool: the slab is handed to the kernel as a whole.
    this.bytes = Buffer.allocUnsafeSlow(size);
    this.size = size;
    this.#released = released;
  }

  /** Whether there is one hold only. */
  get sole(): boolean {
    return this.#holds === 1;
  }

  retain(): void {
    this.#holds += 1;
  }

  release(): void {
    if (this.#holds === 0) throw new Error('a lease was released more often than held');
    this.#holds -= 1;
    if (this.#holds === 0) this.#released(this);
  }
}
