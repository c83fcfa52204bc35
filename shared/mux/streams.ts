import type { Stream } from './stream.ts';

/** The streams of a link by id, in the order in which they were opened; counts of who opened them. */
export class Streams {
  readonly #byId = new Map<number, { stream: Stream; by: 'self' | 'peer' }>();
  readonly #counts = { self: 0, peer: 0 };
  #live = 0;

  /** All, also those that are over and not settled. */
  get size(): number {
    return this.#byId.size;
  }

  /** Those that are not over. */
  get live(): number {
    return this.#live;
  }

  /** Receive windows of those that are not over: all together, and the largest, in bytes. */
  get windows(): { all: number; largest: number } {
    const windows = { all: 0, largest: 0 };
    for (const { stream } of this.#byId.values()) {
      if (stream.isOver) continue;
      windows.all += stream.window;
      windows.largest = Math.max(windows.largest, stream.window);
    }
    return windows;
  }

  /** How many this side, or the peer, has opened. */
  openedBy(side: 'self' | 'peer'): number {
    return this.#counts[side];
  }

  get(id: number): Stream | undefined {
    return this.#byId.get(id)?.stream;
  }

  all(): Stream[] {
    return [...this.#byId.values()].map(({ stream }) => stream);
  }

  add(stream: Stream, by: 'self' | 'peer'): void {
    this.#byId.set(stream.id, { stream, by });
    this.#counts[by] += 1;
    this.#live += 1;
  }

  /** A stream is over. */
  over(stream: Stream): void {
    if (this.#byId.has(stream.id)) this.#live -= 1;
  }

  /** A stream is settled. */
  remove(stream: Stream): void {
    const entry = this.#byId.get(stream.id);
    if (entry === undefined) return;
    this.#byId.delete(stream.id);
    this.#counts[entry.by] -= 1;
  }
}
