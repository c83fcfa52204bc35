import { AGENT_LIMITS } from '../shared/limits.ts';
import type { PairEnd } from './direct-pair.ts';

/** Tells now and then how many bytes a pair of connections has delivered; never once a chunk. */
export class MovedReports {
  readonly #tell: (end: PairEnd, bytes: number) => void;
  readonly #moved = new Map<PairEnd, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(tell: (end: PairEnd, bytes: number) => void) {
    this.#tell = tell;
  }

  /** @param bytes that this end has delivered so far */
  moved(end: PairEnd, bytes: number): void {
    this.#moved.set(end, bytes);
    this.#timer ??= setTimeout(() => this.now(), AGENT_LIMITS.movedReports).unref();
  }

  /** Tells what was not told. */
  now(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [end, bytes] of this.#moved) this.#tell(end, bytes);
    this.#moved.clear();
  }
}
