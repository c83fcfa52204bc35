import { setTimeout as pause } from 'node:timers/promises';
import { HISTORY_LIMITS } from '../watch-limits.ts';
import type { Logger } from '../../shared/log.ts';
import type { Bans } from '../bans.ts';
import type { HistoryStore } from '../store/history.ts';

const DAY = 86_400_000;

export interface RetentionOptions {
  readonly store: Pick<HistoryStore, 'excess' | 'forget'>;
  readonly bans: Pick<Bans, 'sweep'>;
  /** How long history is kept, in days; asked each time. */
  readonly days: () => number;
  /** Rows of each kind that are kept at most. */
  readonly rows?: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly logger: Logger;
}

/** Forgets what is older than it is to be kept, what is too much, and bans that are over, in small steps. */
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

  /** Resolves when nothing is left that has to go. Never rejects. */
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
    const { store, bans, days, rows = HISTORY_LIMITS.rows, now, logger } = this.#options;
    try {
      await bans.sweep();
      const oldest = now() - days() * DAY;
      const excess = await store.excess(rows);
      const ends = {
        sessions: Math.max(oldest, excess.sessions),
        transfers: Math.max(oldest, excess.transfers),
        findings: Math.max(oldest, excess.findings),
        lineLosses: Math.max(oldest, excess.lineLosses),
      };
      while (!this.#stopped && (await store.forget(ends))) await pause(HISTORY_LIMITS.forgetPause);
    } catch (err) {
      logger.error({ event: 'history-failed', err }, 'old history could not be deleted');
    }
  }
}
