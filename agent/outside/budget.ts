import type { Timers } from '../../shared/gateway/sides.ts';

/** Counts what may happen a limited number of times within a window. */
export class Budget {
  readonly #limit: number;
  readonly #window: number;
  readonly #now: Timers['now'];
  #began: number;
  #spent = 0;

  /** @param window milliseconds */
  constructor(limit: number, window: number, now: Timers['now']) {
    this.#limit = limit;
    this.#window = window;
    this.#now = now;
    this.#began = now();
  }

  /** Spends so many; false, and nothing is spent, if they are not left. */
  spend(count: number): boolean {
    const now = this.#now();
    if (now - this.#began >= this.#window) {
      this.#began = now;
      this.#spent = 0;
    }
    if (this.#spent + count > this.#limit) return false;
    this.#spent += count;
    return true;
  }
}
