/**
 * Bytes of a stream that came before others that belong in front of them: another carrier has those. Pure.
 * Bounded by its owner in bytes (the window); each run of bytes without a gap is one {@link ChunkQueue}.
 */
import type { Lease } from '../lease.ts';
import { ChunkQueue } from './chunk-queue.ts';

/** Bytes without a gap. */
interface Run {
  readonly start: number;
  end: number;
  readonly chunks: ChunkQueue;
}

export class Reorder {
  readonly #small: number;
  /** By offset; they do not overlap. */
  #runs: Run[] = [];

  /** @param small see {@link ChunkQueue} */
  constructor(small: number) {
    this.#small = small;
  }

  get isEmpty(): boolean {
    return this.#runs.length === 0;
  }

  /** Runs held. */
  get count(): number {
    return this.#runs.length;
  }

  get bytes(): number {
    return this.#runs.reduce((sum, { start, end }) => sum + end - start, 0);
  }

  /** Puts bytes in their place; those that are here already are left out. */
  insert(offset: number, bytes: Uint8Array, lease?: Lease): void {
    const end = offset + bytes.length;
    let at = offset;
    while (at < end) {
      const index = this.#firstEndingAfter(at);
      const next = this.#runs[index];
      if (next !== undefined && next.start <= at) {
        at = next.end;
        continue;
      }
      const stop = Math.min(end, next?.start ?? end);
      const run = this.#runUpTo(at, index);
      run.chunks.push(bytes.subarray(at - offset, stop - offset), lease);
      run.end = stop;
      at = stop;
    }
  }

  /**
   * Hands over what follows on the bytes before `offset`, in order.
   * @returns the offset after it
   */
  release(offset: number, take: (chunk: Uint8Array, lease: Lease | undefined) => void): number {
    let at = offset;
    for (let run = this.#runs[0]; run !== undefined && run.start <= at; run = this.#runs[0]) {
      this.#runs.shift();
      // What was received twice comes first in the run.
      for (let repeated = at - run.start; repeated > 0;) {
        const skipped = run.chunks.shift(repeated);
        if (skipped === undefined) break;
        run.chunks.takeLease()?.release();
        repeated -= skipped.length;
      }
      for (let chunk = run.chunks.shift(Infinity); chunk !== undefined;) {
        const lease = run.chunks.takeLease();
        at += chunk.length;
        take(chunk, lease);
        lease?.release();
        chunk = run.chunks.shift(Infinity);
      }
    }
    return at;
  }

  /** Forgets everything. */
  clear(): void {
    for (const { chunks } of this.#runs) chunks.clear();
    this.#runs = [];
  }

  /** Looked for from the end, as most bytes follow on the last. */
  #firstEndingAfter(offset: number): number {
    let index = this.#runs.length;
    while (index > 0 && (this.#runs[index - 1]?.end ?? 0) > offset) index -= 1;
    return index;
  }

  /** The run that ends at `offset`, or a new one there. @param index of the run that follows */
  #runUpTo(offset: number, index: number): Run {
    const previous = this.#runs[index - 1];
    if (previous?.end === offset) return previous;
    const run = { start: offset, end: offset, chunks: new ChunkQueue(this.#small) };
    this.#runs.splice(index, 0, run);
    return run;
  }
}
