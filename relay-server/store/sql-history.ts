import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Finding } from '../../shared/diagnosis/finding.ts';
import type { SessionRecord } from '../../shared/diagnosis/record.ts';
import { API_LIMITS, HISTORY_LIMITS } from '../../shared/limits.ts';
import type { Page } from '../views/common.ts';
import type { PastSession, TransferView } from '../views/sessions.ts';
import type {
  FindingHistoryFilter,
  HistoryStore,
  PastVisit,
  SessionHistoryFilter,
  StoredFinding,
  TransferHistoryFilter,
} from './history.ts';
import { beginsWith, conditionsOf } from './history-query.ts';
import {
  findingOf,
  findingRows,
  sessionOf,
  sessionRow,
  storedFindingOf,
  transferOf,
  transferRow,
} from './history-rows.ts';
import type { Database } from './schema.ts';
import { timePage } from './time-cursor.ts';

const TABLES = ['past_sessions', 'past_transfers', 'past_findings'] as const;

/** History in SQL. Writes are cut into steps, and other work has its turn between them. */
export class SqlHistory implements HistoryStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async write(visits: readonly PastVisit[], transfers: readonly TransferView[]): Promise<void> {
    for (const some of chunks(visits, HISTORY_LIMITS.visitsAtOnce)) {
      const rows = some.map(sessionRow);
      await this.#db
        .insertInto('past_sessions')
        .values(rows)
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute();
      await nextTurn();
    }
    for (const some of chunks(visits.flatMap(findingRows), HISTORY_LIMITS.rowsAtOnce)) {
      await this.#db
        .insertInto('past_findings')
        .values(some)
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute();
      await nextTurn();
    }
    for (const some of chunks(transfers.map(transferRow), HISTORY_LIMITS.rowsAtOnce)) {
      await this.#db
        .insertInto('past_transfers')
        .values(some)
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute();
      await nextTurn();
    }
  }

  async visit(id: string): Promise<PastVisit | undefined> {
    const found = this.#db.selectFrom('past_sessions').selectAll().where('id', '=', id);
    const row = await found.executeTakeFirst();
    if (row === undefined) return undefined;
    const rows = await this.#db
      .selectFrom('past_findings')
      .selectAll()
      .where('session', '=', id)
      .orderBy('at')
      .execute();
    const findings: Finding[] = rows.map(findingOf);
    return { past: sessionOf(row), record: JSON.parse(row.record) as SessionRecord, findings };
  }

  async sessions(filter: SessionHistoryFilter): Promise<Page<PastSession>> {
    const { user, outcome, limit = API_LIMITS.pageDefault } = filter;
    let found = this.#db.selectFrom('past_sessions').selectAll();
    found = found.where((is) => is.and(conditionsOf(is, filter)));
    if (user !== undefined) found = found.where((is) => beginsWith(is, 'user', user));
    if (outcome === 'failed') found = found.where('outcome', '!=', 'ok');
    else if (outcome !== undefined) found = found.where('outcome', '=', outcome);
    const sorted = found.orderBy('at', 'desc').orderBy('id', 'desc');
    const page = timePage(await sorted.limit(limit + 1).execute(), limit);
    return { ...page, items: page.items.map(sessionOf) };
  }

  async transfers(filter: TransferHistoryFilter): Promise<Page<TransferView>> {
    const { user, direction, ok, limit = API_LIMITS.pageDefault } = filter;
    let found = this.#db.selectFrom('past_transfers').selectAll();
    found = found.where((is) => is.and(conditionsOf(is, filter)));
    if (user !== undefined) found = found.where((is) => beginsWith(is, 'user', user));
    if (direction !== undefined) found = found.where('direction', '=', direction);
    if (ok !== undefined) found = found.where('code', ok ? '<' : '>=', 400);
    const sorted = found.orderBy('at', 'desc').orderBy('id', 'desc');
    const page = timePage(await sorted.limit(limit + 1).execute(), limit);
    return { ...page, items: page.items.map(transferOf) };
  }

  async findings(filter: FindingHistoryFilter): Promise<Page<StoredFinding>> {
    const { code, session, limit = API_LIMITS.pageDefault } = filter;
    let found = this.#db.selectFrom('past_findings').selectAll();
    found = found.where((is) => is.and(conditionsOf(is, filter)));
    if (code !== undefined) found = found.where('code', '=', code);
    if (session !== undefined) found = found.where('session', '=', session);
    const sorted = found.orderBy('at', 'desc').orderBy('id', 'desc');
    const page = timePage(await sorted.limit(limit + 1).execute(), limit);
    return { ...page, items: page.items.map(storedFindingOf) };
  }

  async forget(before: number): Promise<boolean> {
    let isMore = false;
    for (const table of TABLES) {
      const limit = Math.max(before, await this.#excessOf(table));
      const some = this.#db
        .selectFrom(table)
        .select('id')
        .where('at', '<', limit)
        .orderBy('at')
        .limit(HISTORY_LIMITS.forgetAtOnce);
      const { numDeletedRows } = await this.#db
        .deleteFrom(table)
        .where('id', 'in', some)
        .executeTakeFirstOrThrow();
      if (numDeletedRows > 0n) isMore = true;
      await nextTurn();
    }
    return isMore;
  }

  /** The time of the newest row that is too many; 0 if none is. */
  async #excessOf(table: (typeof TABLES)[number]): Promise<number> {
    const found = this.#db.selectFrom(table).select('at').orderBy('at', 'desc');
    const row = await found.offset(HISTORY_LIMITS.rows).limit(1).executeTakeFirst();
    return row === undefined ? 0 : row.at + 1;
  }
}

function* chunks<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
