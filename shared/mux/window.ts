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

/** A measurement that a little of a round trip is missing from would otherwise take another. */
const NEARLY = 0.75;
/** What a window is to what a round trip carries: twice, so that credit that is under way stops nobody. */
const GAIN = 2;
/** While the path's capacity is looked for: what was measured is what the window before allowed. */
const SEARCH_GAIN = 4;
/** The search is over after so many measurements that were not faster by a quarter. */
const FLAT_MEASUREMENTS = 3;
const FASTER = 1.25;

/**
 * The receive window of one stream. Over each round trip it is measured how much was consumed; the window
 * becomes twice that, if it is not already. At first the capacity of the path is looked for: the window
 * doubles with each round trip until the flow gets no faster, and goes back to twice what it got to. A short
 * path needs, and gets, little.
 */
export class Window {
  readonly #limits: WindowLimits;
  readonly #budget: WindowBudget;
  #size: number;
  /** The measurement: since when, and what had been consumed then. */
  #since: number | undefined;
  #from = 0;
  /** The search, while it lasts: the fastest flow so far, and measurements that were not faster. */
  #search: { fastest: number; flat: number } | undefined = { fastest: 0, flat: 0 };

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
    // Less than about a round trip shows the credit that was there before, not the path.
    if (elapsed < roundTrip * NEARLY || elapsed === 0) return this.#size;
    const carried = ((consumed - this.#from) * roundTrip) / elapsed;
    this.#begin(consumed, now);
    if (this.#isFound(carried)) this.#shrinkTo(Math.min(this.#size, this.#target(carried, GAIN)));
    const target = this.#target(carried, this.#search === undefined ? GAIN : SEARCH_GAIN);
    if (target > this.#size) this.#size += this.#budget.take(target - this.#size);
    return this.#size;
  }

  /** Nothing has come for a while: what it grew by is given back. */
  rest(): number {
    this.#since = undefined;
    this.#search = { fastest: 0, flat: 0 };
    this.#shrinkTo(Math.min(this.#size, this.#limits.first));
    return this.#size;
  }

  /** The stream is over, or receives no more. Idempotent. */
  close(): void {
    this.#shrinkTo(Math.min(this.#size, this.#limits.least));
  }

  /** Whether this measurement ends the search. */
  #isFound(carried: number): boolean {
    const search = this.#search;
    if (search === undefined) return false;
    search.flat = carried > search.fastest * FASTER ? 0 : search.flat + 1;
    search.fastest = Math.max(search.fastest, carried);
    if (search.flat < FLAT_MEASUREMENTS) return false;
    this.#search = undefined;
    return true;
  }

  /** Credit comes in steps and bytes in bursts, so one measurement may show too much: twice at most. */
  #target(carried: number, gain: number): number {
    const { first, most } = this.#limits;
    return Math.min(most, Math.max(first, Math.ceil(gain * carried)), 2 * this.#size);
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
