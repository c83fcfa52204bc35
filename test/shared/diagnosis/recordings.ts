/**
 * Visits of real clients to real servers through the relay, as its log at level `debug` has them: the
 * events of each visit with their time since its beginning, one visit a line.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordedEvent, SessionRecord } from '../../../shared/diagnosis/record.ts';

export interface Recording {
  /** Client, mode, what it did, and at which server. */
  readonly visit: string;
  /** The finding it has to yield; undefined for a healthy one. */
  readonly finding: string | undefined;
  readonly record: SessionRecord;
}

interface Line {
  visit: string;
  finding?: string;
  events: [ms: number, event: RecordedEvent][];
}

/** All visits of a kind. */
export function recordings(kind: 'healthy' | 'failing'): Recording[] {
  const file = join(import.meta.dirname, 'recordings', `${kind}.jsonl`);
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.map((text) => {
    const { visit, finding, events } = JSON.parse(text) as Line;
    const client = { host: '127.0.0.1', port: 40_000 };
    const timed = events.map(([ms, event]) => ({ at: Date.UTC(2026, 0, 31) + ms, event }));
    return { visit, finding, record: { id: visit, client, port: 21, events: timed, omitted: 0 } };
  });
}
