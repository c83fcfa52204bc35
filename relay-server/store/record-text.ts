import type { SessionRecord, TimedEvent } from '../../shared/diagnosis/record.ts';
import { HISTORY_LIMITS } from '../watch-limits.ts';

/**
 * A record as JSON of bounded length. Where it is too long, events in the middle are left out and counted: how a
 * visit began and how it ended tells most.
 * @param most characters; never less than an event on either side takes.
 */
export function recordText(record: SessionRecord, most: number = HISTORY_LIMITS.record): string {
  const whole = JSON.stringify(record);
  if (whole.length <= most) return whole;
  const { events, ...rest } = record;
  const frame = JSON.stringify({ ...rest, events: [] }).length + String(events.length).length;
  const [first, last] = kept(events, (most - frame) / 2);
  const left = events.length - first.length - last.length;
  return JSON.stringify({ ...rest, events: [...first, ...last], omitted: record.omitted + left });
}

/** The first and the last events, each of at most so many characters. */
function kept(events: readonly TimedEvent[], most: number): [TimedEvent[], TimedEvent[]] {
  const lengths = events.map((event) => JSON.stringify(event).length + 1);
  let from = 0;
  for (let room = most; from < events.length; from++) {
    room -= lengths[from] ?? 0;
    if (room < 0) break;
  }
  let to = events.length;
  for (let room = most; to > from; to--) {
    room -= lengths[to - 1] ?? 0;
    if (room < 0) break;
  }
  return [events.slice(0, from), events.slice(to)];
}
