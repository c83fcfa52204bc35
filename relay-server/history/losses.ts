import type { Logger } from '../../shared/log.ts';

/**
 * What of history was lost. The log is told when losses begin and when they have ended, not of each: the
 * disk on which nothing can be written may be the log's, too.
 */
export class Losses {
  readonly #logger: Pick<Logger, 'warn' | 'error' | 'info'>;
  #count = 0;
  /** Losses before the present ones began; undefined while nothing is lost. */
  #before: number | undefined;

  constructor(logger: Pick<Logger, 'warn' | 'error' | 'info'>) {
    this.#logger = logger;
  }

  /** Visits and transfers that were lost since the start. */
  get count(): number {
    return this.#count;
  }

  /** The store failed with so many. */
  failed(entries: number, err: unknown): void {
    if (this.#begin(entries)) {
      this.#logger.error({ event: 'history-failed', entries, err }, 'history was not kept');
    }
  }

  /** The store is too slow for so many. */
  dropped(entries: number): void {
    if (this.#begin(entries)) {
      this.#logger.warn(
        { event: 'history-dropped', entries },
        'the store does not keep up: the oldest visits and transfers that wait are dropped',
      );
    }
  }

  /** The store has kept all that there was. */
  kept(): void {
    if (this.#before === undefined) return;
    const lost = this.#count - this.#before;
    this.#before = undefined;
    this.#logger.info({ event: 'history-kept-again', lost }, 'history is kept again');
  }

  /** @returns whether losses begin with these */
  #begin(entries: number): boolean {
    const isFirst = this.#before === undefined;
    this.#before ??= this.#count;
    this.#count += entries;
    return isFirst;
  }
}
