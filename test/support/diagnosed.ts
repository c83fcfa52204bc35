import { diagnose } from '../../shared/diagnosis/diagnose.ts';
import type {
  DiagnosisContext,
  RecordedEvent,
  SessionRecord,
  TimedEvent,
} from '../../shared/diagnosis/record.ts';
import type { SessionBench } from './session-bench.ts';

/** What is known beyond a visit, as long as a test says nothing else: nothing. */
export const CONTEXT: DiagnosisContext = {
  tunnel: {
    name: 'ftp',
    implicit: false,
    clientMode: 'any',
    tls: 'optional',
    tlsData: 'optional',
    requireSessionReuse: false,
    dataSource: 'same',
  },
  passivePorts: [50_000, 50_063],
  others: { arrived: 0, missed: 0 },
  namedBefore: [],
  failedLogins: 0,
  agent: { drops: 0, awaySince: undefined },
  certificate: 'vouched',
};

/** A visit in which these events happened, a tenth of a second apart unless they have times of their own. */
export function recordOf(
  events: readonly (RecordedEvent | TimedEvent)[],
  own: Partial<SessionRecord> = {},
): SessionRecord {
  const timed = events.map((one, index) => ('at' in one ? one : { at: index * 100, event: one }));
  const client = { host: '198.51.100.7', port: 40_000 };
  return { id: 'a1', client, port: 21, events: timed, omitted: 0, ...own };
}

/** Codes of what is found in a visit. */
export function codesOf(record: SessionRecord, context: Partial<DiagnosisContext> = {}): string[] {
  return diagnose(record, { ...CONTEXT, ...context }).map(({ code }) => code);
}

/** Codes of what is found in what a gateway has told. */
export function codesOfBench(
  { events }: SessionBench,
  context: Partial<DiagnosisContext> = {},
  own: Partial<SessionRecord> = {},
): string[] {
  return codesOf(recordOf(events, own), context);
}
