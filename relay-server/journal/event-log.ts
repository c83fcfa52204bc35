import type { RecordedEvent, TimedEvent } from '../../shared/diagnosis/record.ts';
import { JOURNAL_LIMITS } from '../watch-limits.ts';

/**
 * What happened in one visit, bounded: the first events, which tell how it began, and the last ones. A session
 * that transfers files for days is remembered in the room of a short one.
 */
export class EventLog {
  readonly #first: TimedEvent[] = [];
  #last: TimedEvent[] = [];
  #omitted = 0;

  add(event: RecordedEvent, at: number): void {
    const entry = { at, event: bounded(event) };
    if (this.#first.length < JOURNAL_LIMITS.firstEvents) {
      this.#first.push(entry);
      return;
    }
    this.#last.push(entry);
    // Cut once in a while, not at each event.
    const excess = this.#last.length - JOURNAL_LIMITS.lastEvents;
    if (excess < JOURNAL_LIMITS.lastEvents) return;
    this.#last = this.#last.slice(excess);
    this.#omitted += excess;
  }

  get events(): TimedEvent[] {
    return [...this.#first, ...this.#last];
  }

  /** Events between the first and the last ones that are not kept. */
  get omitted(): number {
    return this.#omitted;
  }
}

/** The event with its texts shortened: a path may have 4 KiB. */
function bounded(event: RecordedEvent): RecordedEvent {
  let isLong = false;
  for (const value of Object.values(event)) {
    if (typeof value === 'string' && value.length > JOURNAL_LIMITS.text) isLong = true;
  }
  if (!isLong) return event;
  const cut = Object.entries(event).map(([key, value]) => [
    key,
    typeof value === 'string' ? value.slice(0, JOURNAL_LIMITS.text) : (value as unknown),
  ]);
  return Object.fromEntries(cut) as RecordedEvent;
}
