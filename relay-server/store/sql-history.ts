import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Finding } from '../../shared/diagnosis/finding.ts';
import type { SessionRecord } from '../../shared/diagnosis/record.ts';
import { HISTORY_LIMITS } from '../watch-limits.ts';
import type { VisitFinding } from '../journal/visit-finding.ts';
import type { Page } from '../views/common.ts';
import type { LineLoss } from '../views/line.ts';
import type { PastSession, TransferView } from '../views/sessions.ts';
import type {
  FindingHistoryFilter,
  HistoryEnds,
  HistoryFilter,
  HistoryStore,
  PastVisit,
  SessionHistoryFilter,
  TransferHistoryFilter,
} from './history.ts';
import { historyPage } from './history-page.ts';
import { excessIn, forgetSome } from './history-upkeep.ts';
import {
  findingOf,
  findingRows,
  lineLossOf,
  lineLossRow,
  sessionOf,
  sessionRow,
  storedFindingOf,
  transferOf,
  transferRow,
} from './history-rows.ts';
import type { Database } from './schema.ts';

/** History in SQL. Writes are cut into steps, and other work has its turn between them. */
export class SqlHistory implements HistoryStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async write(
    visits: readonly PastVisit[],
    transfers: readonly TransferView[],
    lineLosses: readonly LineLoss[] = [],
  ): Promise<void> {
    for (const some of chunks(visits, HISTORY_LIMITS.visitsAtOnce)) {
      await this.#writeVisits(some);
      await nextTurn();
    }
    for (const some of chunks(transfers, HISTORY_LIMITS.rowsAtOnce)) {
      await this.#db
        .insertInto('past_transfers')
        .values(some.map(transferRow))
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute();
      await nextTurn();
    }
    for (const some of chunks(lineLosses, HISTORY_LIMITS.rowsAtOnce)) {
      await this.#db
        .insertInto('past_line_losses')
        .values(some.map(lineLossRow))
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute();
      await nextTurn();
    }
  }

  /** A visit is there with all its findings or not at all. */
  async #writeVisits(visits: readonly PastVisit[]): Promise<void> {
    const found = visits.flatMap(findingRows);
    await this.#db.transaction().execute(async (step) => {
      await step
        .insertInto('past_sessions')
        .values(visits.map(sessionRow))
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute();
      for (const some of chunks(found, HISTORY_LIMITS.rowsAtOnce)) {
        await step
          .insertInto('past_findings')
          .values(some)
          .onConflict((conflict) => conflict.column('id').doNothing())
          .execute();
      }
    });
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
    const { outcome } = filter;
    let found = this.#db.selectFrom('past_sessions').selectAll();
    if (outcome === 'failed') found = found.where('ok', '=', 0);
    else if (outcome !== undefined) found = found.where('outcome', '=', outcome);
    const page = await historyPage(this.#db, 'past_sessions', filter, (within, most) =>
      found.where(within).orderBy('at', 'desc').orderBy('id', 'desc').limit(most).execute(),
    );
    return { ...page, items: page.items.map(sessionOf) };
  }

  async transfers(filter: TransferHistoryFilter): Promise<Page<TransferView>> {
    const { direction, ok } = filter;
    let found = this.#db.selectFrom('past_transfers').selectAll();
    if (direction !== undefined) found = found.where('direction', '=', direction);
    if (ok !== undefined) found = found.where('ok', '=', ok ? 1 : 0);
    const page = await historyPage(this.#db, 'past_transfers', filter, (within, most) =>
      found.where(within).orderBy('at', 'desc').orderBy('id', 'desc').limit(most).execute(),
    );
    return { ...page, items: page.items.map(transferOf) };
  }

  async findings(filter: FindingHistoryFilter): Promise<Page<VisitFinding>> {
    const { code, session } = filter;
    let found = this.#db.selectFrom('past_findings').selectAll();
    if (code !== undefined) found = found.where('code', '=', code);
    if (session !== undefined) found = found.where('session', '=', session);
    const page = await historyPage(this.#db, 'past_findings', filter, (within, most) =>
      found.where(within).orderBy('at', 'desc').orderBy('id', 'desc').limit(most).execute(),
    );
    return { ...page, items: page.items.map(storedFindingOf) };
  }

  async lineLosses(filter: Omit<HistoryFilter, 'address'>): Promise<Page<LineLoss>> {
    const found = this.#db.selectFrom('past_line_losses').selectAll();
    const page = await historyPage(this.#db, 'past_line_losses', filter, (within, most) =>
      found.where(within).orderBy('at', 'desc').orderBy('id', 'desc').limit(most).execute(),
    );
    return { ...page, items: page.items.map(lineLossOf) };
  }

  async excess(rows: number): Promise<HistoryEnds> {
    return {
      sessions: await excessIn(this.#db, 'past_sessions', rows),
      transfers: await excessIn(this.#db, 'past_transfers', rows),
      findings: await excessIn(this.#db, 'past_findings', rows),
      lineLosses: await excessIn(this.#db, 'past_line_losses', rows),
    };
  }

  async forget(ends: HistoryEnds): Promise<boolean> {
    let isMore = false;
    const tables = [
      ['past_sessions', ends.sessions],
      ['past_transfers', ends.transfers],
      ['past_findings', ends.findings],
      ['past_line_losses', ends.lineLosses],
    ] as const;
    for (const [table, end] of tables) {
      if (await forgetSome(this.#db, table, end)) isMore = true;
      await nextTurn();
    }
    return isMore;
  }
}

function* chunks<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
