import { randomUUID } from 'node:crypto';
import { ACCESS_LIMITS, API_LIMITS } from '../limits.ts';
import type { Page } from '../views/common.ts';
import type { AuditEntry, AuditFilter, AuditStore } from './access.ts';
import type { AuditRow, Clock, Database } from './schema.ts';
import { readTimeCursor, timePage } from './time-cursor.ts';

/** Entries written between two looks at how many there are. */
const TRIM_EVERY = 500;

/** The audit in SQL: appended to, never changed, bounded in length. */
export class SqlAudit implements AuditStore {
  readonly #db: Database;
  readonly #now: Clock;
  #written = 0;
  #last = 0;

  constructor(db: Database, now: Clock) {
    this.#db = db;
    this.#now = now;
  }

  async append(entry: Omit<AuditEntry, 'id' | 'at'>): Promise<void> {
    const { from, before, after, ...same } = entry;
    // Two changes in one millisecond keep their order.
    this.#last = Math.max(this.#now(), this.#last + 1);
    const states = { before: json(before), after: json(after) };
    await this.#db
      .insertInto('audit')
      .values({ id: randomUUID(), at: this.#last, source: from, ...same, ...states })
      .execute();
    if (this.#written++ % TRIM_EVERY === 0) await this.#trim();
  }

  async page(filter: AuditFilter): Promise<Page<AuditEntry>> {
    const { actor, action, target, since, until, cursor } = filter;
    const limit = filter.limit ?? API_LIMITS.pageDefault;
    let found = this.#db.selectFrom('audit').selectAll();
    if (actor !== undefined) found = found.where('actor', '=', actor);
    if (action !== undefined) found = found.where('action', '=', action);
    if (target !== undefined) found = found.where('target', '=', target);
    if (since !== undefined) found = found.where('at', '>=', since);
    if (until !== undefined) found = found.where('at', '<=', until);
    if (cursor !== undefined) {
      const { at, id } = readTimeCursor(cursor);
      found = found.where((row) =>
        row.or([row('at', '<', at), row.and([row('at', '=', at), row('id', '<', id)])]),
      );
    }
    const sorted = found.orderBy('at', 'desc').orderBy('id', 'desc');
    const page = timePage(await sorted.limit(limit + 1).execute(), limit);
    return { ...page, items: page.items.map(entryOf) };
  }

  async #trim(): Promise<void> {
    const oldest = await this.#db
      .selectFrom('audit')
      .select('at')
      .orderBy('at', 'desc')
      .offset(ACCESS_LIMITS.auditEntries)
      .limit(1)
      .executeTakeFirst();
    if (oldest === undefined) return;
    await this.#db.deleteFrom('audit').where('at', '<=', oldest.at).execute();
  }
}

function json(state: unknown): string | null {
  return state === undefined || state === null ? null : JSON.stringify(state);
}

function entryOf(row: AuditRow): AuditEntry {
  const { id, at, actor, source, action, target } = row;
  const [before, after] = [row.before, row.after].map((text): unknown =>
    text === null ? null : JSON.parse(text),
  );
  return { id, at, actor, from: source, action, target, before, after };
}
