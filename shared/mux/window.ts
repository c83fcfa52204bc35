/** How far a peer may be ahead of a consumer: receive windows that follow the path. Pure. */

/** Bytes that windows may have together, in the budget that it is part of as well. */
export class WindowBudget {
  readonly #most: number;
  readonly #whole: WindowBudget | undefined;
  #used = 0;

  /**
   * @param most bytes
   * @param whole a budget of which this is a part
   */
  constructor(most: number, whole?: WindowBudget) {
    this.#most = most;
    this.#whole = whole;
  }

  get used(): number {
    return this.#used;
  }

  /** Takes as much as there is of what is wanted, both in bytes. */
  take(wanted: number): number {
    const own = Math.max(0, Math.min(wanted, this.#most - this.#used));
    const taken = this.#whole === undefined ? own : this.#whole.take(own);
    this.#used += taken;
    return taken;
  }

  give(bytes: number): void {
    this.#used -= bytes;
    this.#whole?.give(bytes);
  }
}

/** Sizes in bytes, times in milliseconds. */
export interface WindowLimits {
  /** What a window has without being charged to a budget: the credit a stream begins with. */
  readonly least: number;
  /** What it begins with, as far as the budget allows. */
  readonly first: number;
  readonly most: number;
}

/**
 * The receive window of one stream. Over each round trip it is measured how much was consumed; the window
 * becomes twice that, if it is not already. So it doubles with each round trip as long as it is the window
 * that limits the flow, and rests at twice the path's capacity when it is the path. A short path needs, and
 * gets, little.
 */
export class Window {
  readonly #limits: WindowLimits;
  readonly #budget: WindowBudget;
  #size: number;
  /** The measurement: since when, and what had been consumed then. */
  #since: number | undefined;
  #from = 0;

  constructor(limits: WindowLimits, budget: WindowBudget) {
    this.#limits = limits;
    this.#budget = budget;
    this.#size = limits.least + budget.take(limits.first - limits.least);
  }

  get size(): number {
    return this.#size;
  }

  /** Whether it is larger than it began. */
  get hasGrown(): boolean {
    return this.#size > this.#limits.first;
  }

  /**
   * Asked when credit is due. The round trip is the shortest that was seen: a longer one is a queue, which a
   * larger window would only make longer.
   * @param consumed bytes so far
   * @returns the size from now on
   */
  follow(consumed: number, now: number, roundTrip: number | undefined): number {
    if (roundTrip === undefined || this.#since === undefined) {
      this.#begin(consumed, now);
      return this.#size;
    }
    const elapsed = now - this.#since;
    // Less than a round trip shows the credit that was there before, not the path.
    if (elapsed < roundTrip || elapsed === 0) return this.#size;
    const target = Math.min(
      this.#limits.most,
      Math.ceil((2 * (consumed - this.#from) * roundTrip) / elapsed),
    );
    this.#begin(consumed, now);
    if (target > this.#size) this.#size += this.#budget.take(target - this.#size);
    return this.#size;
  }

  /** Nothing has come for a while: what it grew by is given back. */
  rest(): number {
    this.#since = undefined;
    this.#shrinkTo(Math.min(this.#size, this.#limits.first));
    return this.#size;
  }

  /** The stream is over, or receives no more. Idempotent. */
  close(): void {
    this.#shrinkTo(Math.min(this.#size, this.#limits.least));
  }

  #shrinkTo(size: number): void {
    this.#budget.give(this.#size - size);
    this.#size = size;
  }

  #begin(consumed: number, now: number): void {
    this.#since = now;
    this.#from = consumed;
  }
}
