import { HISTORY_LIMITS } from '../watch-limits.ts';
import type { Logger } from '../../shared/log.ts';
import type { JournalReader } from '../journal/journal.ts';
import type { HistoryStore, PastVisit } from '../store/history.ts';
import type { LineLoss } from '../views/line.ts';
import type { TransferView } from '../views/sessions.ts';
import { Losses } from './losses.ts';

export interface HistoryWriterOptions {
  readonly store: Pick<HistoryStore, 'write'>;
  readonly logger: Logger;
}

/**
 * Writes what happened to the store, a little later and many at once: whoever tells it something never waits.
 * Where the store does not keep up, the oldest that wait are dropped, and that is counted and said.
 */
export class HistoryWriter implements JournalReader {
  readonly #options: HistoryWriterOptions;
  readonly #losses: Losses;
  #visits: PastVisit[] = [];
  #transfers: TransferView[] = [];
  #lineLosses: LineLoss[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #written = 0;

  constructor(options: HistoryWriterOptions) {
    this.#options = options;
    this.#losses = new Losses(options.logger);
  }

  closed(visit: PastVisit): void {
    this.#visits.push(visit);
    this.#later();
  }

  transferEnded(transfer: TransferView): void {
    this.#transfers.push(transfer);
    this.#later();
  }

  /** The line to an agent was down. */
  lineLost(loss: LineLoss): void {
    this.#lineLosses.push(loss);
    this.#later();
  }

  /** What waits now, and what was dropped since the start. */
  get counts(): { waiting: number; dropped: number } {
    const waiting = this.#visits.length + this.#transfers.length + this.#lineLosses.length;
    return { waiting, dropped: this.#losses.count };
  }

  /** How much was written since the start. */
  get written(): number {
    return this.#written;
  }

  /** Resolves when all that was told is written. */
  async flush(): Promise<void> {
    do {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#writing ??= this.#write();
      await this.#writing;
    } while (this.counts.waiting > 0);
  }

  #later(): void {
    this.#dropExcess();
    if (this.#timer !== undefined || this.#writing !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#writing ??= this.#write();
    }, HISTORY_LIMITS.writeEvery);
  }

  /** One failure loses what it was about and nothing else: history is no reason to stop. */
  async #write(): Promise<void> {
    const visits = this.#visits;
    const transfers = this.#transfers;
    const lineLosses = this.#lineLosses;
    const count = this.counts.waiting;
    this.#visits = [];
    this.#transfers = [];
    this.#lineLosses = [];
    try {
      await this.#options.store.write(visits, transfers, lineLosses);
      this.#written += count;
      if (this.counts.waiting === 0) this.#losses.kept();
    } catch (err) {
      this.#losses.failed(count, err);
    }
    this.#writing = undefined;
    if (this.counts.waiting > 0) this.#later();
  }

  #dropExcess(): void {
    const excess = this.counts.waiting - HISTORY_LIMITS.waiting;
    if (excess <= 0) return;
    const kinds: unknown[][] = [this.#visits, this.#transfers, this.#lineLosses];
    const longest = kinds.reduce((one, other) => (other.length > one.length ? other : one));
    longest.splice(0, excess);
    this.#losses.dropped(excess);
  }
}
