import { setImmediate as nextTurn } from 'node:timers/promises';
import { HISTORY_LIMITS } from '../../shared/limits.ts';
import { behind, type HistoryTable } from './history-query.ts';
import type { Database } from './schema.ts';
import type { TimeCursor } from './time-cursor.ts';

/**
 * The time before which rows are too many; 0 if none are. Counts from the newest in steps, as counting a million
 * rows at once would hold up everything else.
 */
export async function excessIn(db: Database, table: HistoryTable, most: number): Promise<number> {
  let last: TimeCursor | undefined;
  for (let left = most; ;) {
    const step = Math.min(left, HISTORY_LIMITS.countAtOnce);
    const row = await rowAfter(db, table, last, step);
    if (row === undefined) return 0;
    // The row behind all that may stay is the first that has to go.
    if (left === 0) return row.at + 1;
    left -= step;
    last = row;
    await nextTurn();
  }
}

/** The row so many places behind another one, the newest first; with 0 the next. */
async function rowAfter(
  db: Database,
  table: HistoryTable,
  last: TimeCursor | undefined,
  step: number,
): Promise<TimeCursor | undefined> {
  let found = db.selectFrom(table).select(['at', 'id']);
  if (last !== undefined) found = found.where((is) => behind(is, last));
  const sorted = found.orderBy('at', 'desc').orderBy('id', 'desc');
  return sorted
    .offset(Math.max(0, step - 1))
    .limit(1)
    .executeTakeFirst();
}

/** Deletes some rows older than a time. @returns false if there are none */
export async function forgetSome(
  db: Database,
  table: HistoryTable,
  before: number,
): Promise<boolean> {
  const some = db
    .selectFrom(table)
    .select('id')
    .where('at', '<', before)
    .orderBy('at')
    .limit(HISTORY_LIMITS.forgetAtOnce);
  const { numDeletedRows } = await db
    .deleteFrom(table)
    .where('id', 'in', some)
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}
