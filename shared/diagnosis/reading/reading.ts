import { recogniseProgram } from '../client-program.ts';
import type { ClientProgram } from '../programs.ts';
import type { DiagnosisContext, RecordedEvent, SessionRecord, TimedEvent } from '../record.ts';
import { readExchanges, type Exchange } from './exchanges.ts';
import { readPromises, type PassivePromise } from './promises.ts';
import { readTransfers, type TransferRead } from './transfers.ts';

type EventOf<T extends RecordedEvent['type']> = Extract<RecordedEvent, { type: T }>;

/** An event of one kind with its time. */
export type Sign<T extends RecordedEvent['type']> = EventOf<T> & { readonly at: number };

/** A visit, put in order for whoever looks for causes in it. */
export class Reading {
  readonly record: SessionRecord;
  readonly context: DiagnosisContext;
  /** Commands with their answers. */
  readonly exchanges: readonly Exchange[];
  /** Transfers that are over. */
  readonly transfers: readonly TransferRead[];
  readonly promises: readonly PassivePromise[];
  /** What the client is taken for. */
  readonly program: ClientProgram;

  constructor(record: SessionRecord, context: DiagnosisContext) {
    this.record = record;
    this.context = context;
    this.exchanges = readExchanges(record);
    this.transfers = readTransfers(record, this.exchanges);
    this.promises = readPromises(record);
    this.program = recogniseProgram(record).program;
  }

  get events(): readonly TimedEvent[] {
    return this.record.events;
  }

  /** All events of one kind, in order. */
  all<T extends RecordedEvent['type']>(type: T): Sign<T>[] {
    return this.events
      .filter(({ event }) => event.type === type)
      .map(({ at, event }) => ({ ...(event as EventOf<T>), at }));
  }

  /** The first event of one kind. */
  first<T extends RecordedEvent['type']>(type: T): Sign<T> | undefined {
    return this.all(type)[0];
  }

  /** How the session ended, if it has. */
  get closed(): Sign<'closed'> | undefined {
    return this.all('closed').at(-1);
  }

  /** How the session ended, if a channel or rule of that word ended it. */
  closedBy(...codes: readonly string[]): Sign<'closed'> | undefined {
    const { closed } = this;
    return closed !== undefined && codes.includes(closed.code) ? closed : undefined;
  }

  /** Nothing more comes. */
  get over(): boolean {
    return this.closed !== undefined || this.events.some(({ event }) => isThreshold(event));
  }

  /** How long neither client nor server had done anything at that time, milliseconds. */
  silenceBefore(at: number): number {
    const before = this.events.findLast(({ event, at: when }) => when <= at && isTheirs(event));
    return at - (before?.at ?? at);
  }

  /** How long the line to the agent was down between two times, milliseconds: what waited for it was not slow. */
  lineDown(from: number, to: number): number {
    return this.all('line-back')
      .map(({ at, ms }) => Math.min(at, to) - Math.max(at - ms, from))
      .reduce((sum, shared) => sum + Math.max(0, shared), 0);
  }

  /** Whether TLS was spoken on the control connection at that time. */
  securedAt(at: number): boolean {
    return this.all('secured').some((sign) => sign.connection === 'control' && sign.at <= at);
  }

  /** Whether the client was let in, from that time on if one is given. */
  loggedIn(from = -Infinity): boolean {
    return this.all('logged-in').some((sign) => sign.at >= from);
  }

  /** Whether a file or listing arrived after that time: what hindered before does so no more. */
  transferredAfter(at: number): boolean {
    return this.transfers.some((one) => one.at > at && one.code < 400);
  }

  /** Why the client was turned away, or its login at a shared port came to nothing, by that word. */
  turnedAway(...words: readonly string[]): { at: number; why: string; text: string } | undefined {
    for (const { at, event } of this.events) {
      const isIt = event.type === 'turned-away' || event.type === 'reception-failed';
      if (!isIt || !words.includes(event.why)) continue;
      return { at, why: event.why, text: 'text' in event ? event.text : event.why };
    }
    return undefined;
  }
}

function isThreshold(event: RecordedEvent): boolean {
  const types: readonly string[] = ['turned-away', 'reception-failed', 'handshake-failed'];
  return types.includes(event.type);
}

/** Something that client or server have done, not their end and not the line between them. */
function isTheirs({ type }: RecordedEvent): boolean {
  return type !== 'closed' && type !== 'line-lost' && type !== 'line-back';
}
