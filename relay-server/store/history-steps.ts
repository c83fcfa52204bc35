import { setImmediate as nextTurn } from 'node:timers/promises';
import { HISTORY_LIMITS } from '../watch-limits.ts';
import { behind, notBehind, type Condition, type HistoryTable, type Is } from './history-query.ts';
import type { Database } from './schema.ts';
import type { TimeCursor } from './time-cursor.ts';

/** Reads at most so many rows that meet a condition, the newest first. */
export type ReadRows<R> = (within: (is: Is) => Condition, most: number) => Promise<R[]>;

/** Where reading begins and ends. */
export interface Stretch {
  /** Rows come behind this one; undefined for the newest of all. */
  readonly after: TimeCursor | undefined;
  readonly most: number;
  /** Nothing older is asked for. Milliseconds since 1970. */
  readonly since?: number | undefined;
}

/**
 * Reads rows by their time in steps between which others have their turn: rows that meet rare conditions may lie
 * far back, and SQLite works in this process.
 */
export async function readInSteps<R>(
  db: Database,
  table: HistoryTable,
  { after, most, since = 0 }: Stretch,
  read: ReadRows<R>,
): Promise<R[]> {
  const rows: R[] = [];
  for (let from = after; ;) {
    const end = await rowAfter(db, table, from, HISTORY_LIMITS.countAtOnce);
    const within = between(from, end);
    rows.push(...(await read(within, most - rows.length)));
    if (rows.length >= most || end === undefined || end.at < since) return rows;
    from = end;
    await nextTurn();
  }
}

/** Behind the first row, up to the second and that included. */
function between(from: TimeCursor | undefined, end: TimeCursor | undefined) {
  return (is: Is): Condition =>
    is.and([
      ...(from === undefined ? [] : [behind(is, from)]),
      ...(end === undefined ? [] : [notBehind(is, end)]),
    ]);
}

/** The row so many places behind another one, the newest first; undefined if there are not so many. */
export async function rowAfter(
  db: Database,
  table: HistoryTable,
  last: TimeCursor | undefined,
  places: number,
): Promise<TimeCursor | undefined> {
  let found = db.selectFrom(table).select(['at', 'id']);
  if (last !== undefined) found = found.where((is) => behind(is, last));
  const sorted = found.orderBy('at', 'desc').orderBy('id', 'desc');
  return sorted
    .offset(places - 1)
    .limit(1)
    .executeTakeFirst();
}
