import { API_LIMITS } from '../limits.ts';
import type { Page } from '../views/common.ts';
import type { HistoryFilter } from './history.ts';
import {
  addressed,
  behind,
  beginsWith,
  conditionsOf,
  isRare,
  type Condition,
  type HistoryTable,
  type Is,
  type WideCondition,
} from './history-query.ts';
import { readInSteps, type ReadRows } from './history-steps.ts';
import type { Database } from './schema.ts';
import { readTimeCursor, timePage, type TimeCursor } from './time-cursor.ts';

/** What names no rows: where a list begins, how long it is. */
const PLACES: ReadonlySet<string> = new Set(['cursor', 'limit', 'since', 'until']);

/**
 * A page of a list of history. Where an index has the rows in order of time, or few rows are meant, it is one
 * question; else it is asked in steps.
 * @param read asks for rows by what else they are to be narrowed to.
 * @throws GangwayError `cursor-invalid`, `network-unsuited`.
 */
export async function historyPage<R extends TimeCursor>(
  db: Database,
  table: HistoryTable,
  filter: HistoryFilter & { readonly user?: string },
  read: ReadRows<R>,
): Promise<Page<R>> {
  const { limit = API_LIMITS.pageDefault, since } = filter;
  const most = limit + 1;
  const after = beginning(filter);
  const wide = wideConditions(filter);
  const rare = await firstRare(db, table, wide);
  const meant = (is: Is): Condition =>
    is.and([
      ...conditionsOf(is, filter),
      ...wide.map((each) => (each === rare ? each.byIndex(is) : each.byTime(is))),
    ]);
  if (rare !== undefined || (names(filter) <= 1 && wide.every(({ inOrder }) => inOrder))) {
    const rows = await read(
      (is) => is.and([meant(is), ...(after === undefined ? [] : [behind(is, after)])]),
      most,
    );
    return timePage(rows, limit);
  }
  const rows = await readInSteps(db, table, { after, most, since }, (within, left) =>
    read((is) => is.and([meant(is), within(is)]), left),
  );
  return timePage(rows, limit);
}

/** What the first row comes behind. */
function beginning({ cursor, until }: HistoryFilter): TimeCursor | undefined {
  if (cursor !== undefined) return readTimeCursor(cursor);
  return until === undefined ? undefined : { at: until + 1, id: '' };
}

/** How many things rows are narrowed to. */
function names(filter: HistoryFilter): number {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined);
  return given.filter(([name]) => !PLACES.has(name)).length;
}

function wideConditions({
  address,
  user,
}: HistoryFilter & { readonly user?: string }): WideCondition[] {
  return [
    ...(address === undefined ? [] : [addressed(address)]),
    ...(user === undefined ? [] : [beginsWith('user', user)]),
  ];
}

async function firstRare(
  db: Database,
  table: HistoryTable,
  wide: readonly WideCondition[],
): Promise<WideCondition | undefined> {
  for (const each of wide) if (await isRare(db, table, each)) return each;
  return undefined;
}
