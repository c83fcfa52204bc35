/** Numbers that look random and follow from a seed, so that a run can be repeated. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to, not including, 1: mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Between two positive numbers, every order of magnitude as likely as every other. */
  magnitude(least: number, most: number): number {
    return least * (most / least) ** this.next();
  }

  between(least: number, most: number): number {
    return least + this.next() * (most - least);
  }

  /** One of several, each as likely as the others. */
  of<T>(several: readonly T[]): T {
    const one = several[Math.floor(this.next() * several.length)];
    if (one === undefined) throw new Error('there is nothing to choose from');
    return one;
  }

  /** Another sequence that follows from this one. */
  fork(): Chance {
    return new Chance(Math.floor(this.next() * 2 ** 32));
  }
}
