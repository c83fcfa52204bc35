/**
 * Bytes that wait, as the chunks they came in. Bounded by its owner in bytes, and by itself in count:
 * small chunks that have to wait are merged into blocks, so a flood of tiny ones costs its bytes and
 * does not keep the large buffers alive that they are views of. For the same reason chunks on loan are
 * copied unless they fill much of their slab.
 */
import { Buffer } from 'node:buffer';
import { worthRetaining, type Lease } from '../lease.ts';

export class ChunkQueue {
  readonly #small: number;
  #chunks: Uint8Array[] = [];
  /** The hold on each chunk that is on loan. */
  #leases: (Lease | undefined)[] = [];
  #bytes = 0;
  #held = 0;
  #taken: Lease | undefined;
  /** Block that the last chunk is the filled beginning (or a later part) of. */
  #block: Uint8Array | undefined;
  #blockStart = 0;
  #blockEnd = 0;

  /** @param small chunks below this many bytes are merged when they queue behind others */
  constructor(small: number) {
    this.#small = small;
  }

  /** Bytes held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes of the first chunk. */
  get first(): number {
    return this.#chunks[0]?.length ?? 0;
  }

  /** Chunks held: at most 2 + 4 × bytes / small. */
  get count(): number {
    return this.#chunks.length;
  }

  /** Adds a chunk. Without a lease it is copied only if it is small and not the first. */
  push(chunk: Uint8Array, lease?: Lease): void {
    if (chunk.length === 0) return;
    this.#bytes += chunk.length;
    if (this.#chunks.length === 0 || chunk.length >= this.#small) this.#append(chunk, lease);
    else this.#merge(chunk);
  }

  /** Removes the first chunk, or its first `most` bytes. {@link takeLease} must follow if there are loans. */
  shift(most: number): Uint8Array | undefined {
    const first = this.#chunks[0];
    if (first === undefined || most <= 0) return undefined;
    const taken = first.length <= most ? first : first.subarray(0, most);
    this.#bytes -= taken.length;
    if (taken === first) {
      this.#chunks.shift();
      this.#taken = this.#leases.shift();
      if (this.#taken !== undefined) this.#held -= 1;
    } else {
      this.#chunks[0] = first.subarray(most);
      this.#taken = this.#leases[0];
      // The rest of the chunk keeps the queue's own hold.
      this.#taken?.retain();
      if (this.#chunks.length === 1) this.#blockStart += most;
    }
    if (this.#chunks.length === 0) this.#block = undefined;
    return taken;
  }

  /** The hold on what {@link shift} returned last, now the caller's to release; undefined if it is no loan. */
  takeLease(): Lease | undefined {
    const lease = this.#taken;
    this.#taken = undefined;
    return lease;
  }

  /** Forgets everything. */
  clear(): void {
    for (const lease of this.#leases) lease?.release();
    this.#chunks = [];
    this.#leases = [];
    this.#held = 0;
    this.#bytes = 0;
    this.#block = undefined;
  }

  #append(chunk: Uint8Array, lease: Lease | undefined): void {
    this.#block = undefined;
    const retained = lease !== undefined && worthRetaining(chunk, lease, this.#held);
    if (retained) {
      lease.retain();
      this.#held += 1;
    }
    this.#chunks.push(lease === undefined || retained ? chunk : Buffer.from(chunk));
    this.#leases.push(retained ? lease : undefined);
  }

  #merge(chunk: Uint8Array): void {
    let block = this.#block;
    const extend = block !== undefined && block.length - this.#blockEnd >= chunk.length;
    if (block === undefined || !extend) {
      block = new Uint8Array(this.#small);
      this.#block = block;
      this.#blockStart = 0;
      this.#blockEnd = 0;
    }
    block.set(chunk, this.#blockEnd);
    this.#blockEnd += chunk.length;
    const filled = block.subarray(this.#blockStart, this.#blockEnd);
    if (extend) {
      this.#chunks[this.#chunks.length - 1] = filled;
    } else {
      this.#chunks.push(filled);
      this.#leases.push(undefined);
    }
  }
}
