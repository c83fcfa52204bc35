import { setImmediate as nextTurn } from 'node:timers/promises';
import { HISTORY_LIMITS } from '../watch-limits.ts';
import type { HistoryTable } from './history-query.ts';
import { rowAfter } from './history-steps.ts';
import type { Database } from './schema.ts';
import type { TimeCursor } from './time-cursor.ts';

/**
 * The time before which rows are too many; 0 if none are. Counts from the newest in steps, as counting a million
 * rows at once would hold up everything else.
 */
export async function excessIn(db: Database, table: HistoryTable, most: number): Promise<number> {
  let last: TimeCursor | undefined;
  for (let left = most; left > 0;) {
    const step = Math.min(left, HISTORY_LIMITS.countAtOnce);
    last = await rowAfter(db, table, last, step);
    if (last === undefined) return 0;
    left -= step;
    await nextTurn();
  }
  const first = await rowAfter(db, table, last, 1);
  return first === undefined ? 0 : first.at + 1;
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
