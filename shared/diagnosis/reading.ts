import type { RecordedEvent, SessionRecord, TimedEvent } from './record.ts';

type EventOf<T extends RecordedEvent['type']> = Extract<RecordedEvent, { type: T }>;

/** An event of one kind with its time, and its place among the others. */
export interface Found<T extends RecordedEvent['type']> {
  readonly at: number;
  readonly event: EventOf<T>;
  readonly index: number;
}

/** A record as diagnosis reads it: by kinds of events. Pure. */
export class Reading {
  readonly record: SessionRecord;
  readonly #byType = new Map<RecordedEvent['type'], number[]>();

  constructor(record: SessionRecord) {
    this.record = record;
    record.events.forEach(({ event }, index) => {
      const known = this.#byType.get(event.type);
      if (known === undefined) this.#byType.set(event.type, [index]);
      else known.push(index);
    });
  }

  /** Every event of a kind, in order. */
  all<T extends RecordedEvent['type']>(type: T): Found<T>[] {
    return (this.#byType.get(type) ?? []).flatMap((index) => {
      const entry = this.record.events[index];
      return entry === undefined ? [] : [{ at: entry.at, event: entry.event as EventOf<T>, index }];
    });
  }

  /** The first event of a kind that fulfils a condition. */
  first<T extends RecordedEvent['type']>(
    type: T,
    fulfils: (event: EventOf<T>) => boolean = () => true,
  ): Found<T> | undefined {
    return this.all(type).find(({ event }) => fulfils(event));
  }

  /** The last one. */
  last<T extends RecordedEvent['type']>(
    type: T,
    fulfils: (event: EventOf<T>) => boolean = () => true,
  ): Found<T> | undefined {
    return this.all(type).findLast(({ event }) => fulfils(event));
  }

  has(type: RecordedEvent['type']): boolean {
    return this.#byType.has(type);
  }

  /** The last event of a kind before a place. */
  before<T extends RecordedEvent['type']>(
    type: T,
    index: number,
    fulfils: (event: EventOf<T>) => boolean = () => true,
  ): Found<T> | undefined {
    return this.all(type).findLast((found) => found.index < index && fulfils(found.event));
  }

  /** Whether TLS was spoken on the control connection when an event happened. */
  isSecuredAt(index: number): boolean {
    const isControl = (event: EventOf<'secured'>): boolean => event.connection === 'control';
    return this.before('secured', index, isControl) !== undefined;
  }

  get firstEvent(): TimedEvent | undefined {
    return this.record.events[0];
  }
}
