import { GangwayError } from '../../shared/errors.ts';

/** Lets jobs run a few at a time; a bounded number waits, in order. */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  readonly #longest: number;
  #free: number;

  /**
   * @param atOnce jobs that run at a time.
   * @param waiting jobs that may wait.
   */
  constructor(atOnce: number, waiting: number) {
    this.#free = atOnce;
    this.#longest = waiting;
  }

  /** The job's answer. @throws GangwayError `login-busy` if too many wait already; what the job throws. */
  async take<T>(job: () => Promise<T>): Promise<T> {
    await this.#turn();
    try {
      return await job();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }

  #turn(): Promise<void> {
    if (this.#free > 0) {
      this.#free--;
      return Promise.resolve();
    }
    if (this.#waiting.length >= this.#longest) {
      const busy = 'too many people log in at this moment';
      throw new GangwayError('login-busy', busy, { remedy: 'Try again in a few seconds.' });
    }
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }
}
