import { HISTORY_LIMITS } from '../../shared/limits.ts';
import type { Logger } from '../../shared/log.ts';
import type { HistoryStore } from '../store/history.ts';

const DAY = 86_400_000;

export interface RetentionOptions {
  readonly store: Pick<HistoryStore, 'forget'>;
  /** How long history is kept, in days; asked each time. */
  readonly days: () => number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly logger: Logger;
}

/** Forgets what is older than it is to be kept, in small steps. */
export class Retention {
  readonly #options: RetentionOptions;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;
  #stopped = false;

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  /** Looks now, and then every hour. */
  start(): void {
    this.#timer = setInterval(() => void this.look(), HISTORY_LIMITS.forgetEvery);
    this.#timer.unref();
    void this.look();
  }

  /** Resolves when nothing is left that is too old. Never rejects. */
  look(): Promise<void> {
    this.#working ??= this.#forget().finally(() => {
      this.#working = undefined;
    });
    return this.#working;
  }

  /** Resolves when it does nothing any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#working;
  }

  async #forget(): Promise<void> {
    const { store, days, now, logger } = this.#options;
    try {
      while (!this.#stopped && (await store.forget(now() - days() * DAY)));
    } catch (err) {
      logger.error({ event: 'history-failed', err }, 'old history could not be deleted');
    }
  }
}
