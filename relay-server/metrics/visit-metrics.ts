import type { Finding } from '../../shared/diagnosis/finding.ts';
import type { RecordedEvent } from '../../shared/diagnosis/record.ts';
import type { JournalReader } from '../journal/journal.ts';
import type { PastVisit } from '../store/history.ts';
import type { Visit } from '../journal/visit.ts';
import { SetUpTimes, type DataMode } from './set-up-times.ts';
import { Tallies, WordCounts } from './tally.ts';

/**
 * Counts what happens in visits. It costs a switch and, for the events that count, a look-up by the tunnel's
 * name: nothing is formatted until somebody asks.
 */
export class VisitMetrics implements JournalReader {
  readonly tallies = new Tallies();
  /** Codes of the catalogue. */
  readonly findings = new WordCounts();
  readonly #setUpTimes: SetUpTimes<Visit>;

  /** @param stands told of each data connection that came about, and how many milliseconds it took */
  constructor(stands: (mode: DataMode, ms: number) => void) {
    this.#setUpTimes = new SetUpTimes(stands);
  }

  event(visit: Visit, event: RecordedEvent, at: number): void {
    this.#setUpTimes.take(visit, event, at);
    switch (event.type) {
      case 'opened':
        this.tallies.of(visit.facts.tunnel).opened += 1;
        break;
      case 'turned-away':
        this.tallies.of(visit.facts.tunnel).turnedAway.add(event.why);
        break;
      case 'login-failed':
      case 'reception-failed':
        this.tallies.of(visit.facts.tunnel).loginsFailed += 1;
        break;
      case 'handshake-failed':
        this.tallies.of(visit.facts.tunnel).handshakesFailed += 1;
        break;
      case 'transfer-ended':
        this.#transferEnded(visit.facts.tunnel, event);
        break;
      default:
    }
  }

  found(_visit: Visit, { code }: Finding): void {
    this.findings.add(code);
  }

  closed({ past }: PastVisit): void {
    this.tallies.of(past.tunnel).outcomes[past.outcome] += 1;
  }

  #transferEnded(tunnel: string, event: Extract<RecordedEvent, { type: 'transfer-ended' }>): void {
    const counts = this.tallies.of(tunnel).transfers[event.direction];
    counts[event.code < 400 ? 'ok' : 'failed'] += 1;
    counts.bytes += event.bytes;
  }
}
