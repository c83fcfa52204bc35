import { randomUUID } from 'node:crypto';
import { ACCESS_LIMITS } from '../limits.ts';
import type { Login, LoginStore, NewLogin, OpenedLogin, Refreshment, User } from './access.ts';
import type { Clock, Database, LoginRow } from './schema.ts';
import { hashSecret, loginIdOf, newLoginSecret, secretMatches } from './secrets.ts';
import { userOf } from './users.ts';

/**
 * Logins in SQL. The secret that refreshes one is good once: it is replaced with each use, and when one
 * comes again that was replaced, two have it, so the login ends.
 */
export class SqlLogins implements LoginStore {
  readonly #db: Database;
  readonly #now: Clock;

  constructor(db: Database, now: Clock) {
    this.#db = db;
    this.#now = now;
  }

  async open({ userId, from, browser }: NewLogin): Promise<OpenedLogin> {
    await this.#makeRoom(userId);
    const id = randomUUID();
    const secret = newLoginSecret(id);
    const at = this.#now();
    const row: LoginRow = {
      id,
      user_id: userId,
      secret_hash: hashSecret(secret),
      previous_hash: null,
      rotated_at: at,
      created_at: at,
      last_used_at: at,
      source: from,
      browser,
      expires_at: endOf(at, at),
    };
    await this.#db.insertInto('logins').values(row).execute();
    return { login: loginOf(row), secret };
  }

  async find(id: string): Promise<{ login: Login; user: User } | undefined> {
    const row = await this.#row(id);
    if (row === undefined) return undefined;
    const found = this.#db.selectFrom('users').selectAll().where('id', '=', row.user_id);
    const user = await found.executeTakeFirst();
    if (user === undefined || user.disabled === 1) return undefined;
    const at = this.#now();
    if (at - row.last_used_at >= ACCESS_LIMITS.useNoted) {
      const use = this.#db.updateTable('logins').set({ last_used_at: at });
      await use.where('id', '=', id).execute();
    }
    return { login: loginOf(row), user: userOf(user) };
  }

  async list(userId: string): Promise<Login[]> {
    const found = this.#db.selectFrom('logins').selectAll().where('user_id', '=', userId);
    const live = found.where('expires_at', '>', this.#now());
    const rows = await live.orderBy('last_used_at', 'desc').orderBy('id').execute();
    return rows.map(loginOf);
  }

  async refresh(secret: string, from: string): Promise<Refreshment> {
    const id = loginIdOf(secret);
    const row = id === undefined ? undefined : await this.#row(id);
    if (row === undefined) return { ok: false, reason: 'unknown' };
    if (secretMatches(secret, row.secret_hash)) {
      const rotated = await this.#rotate(row, from);
      if (rotated !== undefined) return rotated;
    }
    const current = await this.#row(row.id);
    if (current === undefined) return { ok: false, reason: 'unknown' };
    const isPrevious =
      current.previous_hash !== null && secretMatches(secret, current.previous_hash);
    const age = this.#now() - current.rotated_at;
    if (isPrevious && age < ACCESS_LIMITS.rotationGrace)
      return { ok: true, login: loginOf(current) };
    await this.end(row.id, row.user_id);
    return { ok: false, reason: 'reused' };
  }

  async end(id: string, userId: string): Promise<boolean> {
    const gone = this.#db.deleteFrom('logins').where('id', '=', id);
    const result = await gone.where('user_id', '=', userId).executeTakeFirst();
    return result.numDeletedRows > 0n;
  }

  async endAll(userId: string, except?: string): Promise<number> {
    let gone = this.#db.deleteFrom('logins').where('user_id', '=', userId);
    if (except !== undefined) gone = gone.where('id', '!=', except);
    return Number((await gone.executeTakeFirst()).numDeletedRows);
  }

  /** Undefined if somebody else has just done it. */
  async #rotate(row: LoginRow, from: string): Promise<Refreshment | undefined> {
    const secret = newLoginSecret(row.id);
    const at = this.#now();
    const next = await this.#db
      .updateTable('logins')
      .set({
        secret_hash: hashSecret(secret),
        previous_hash: row.secret_hash,
        rotated_at: at,
        last_used_at: at,
        source: from,
        expires_at: endOf(row.created_at, at),
      })
      .where('id', '=', row.id)
      .where('secret_hash', '=', row.secret_hash)
      .returningAll()
      .executeTakeFirst();
    return next === undefined ? undefined : { ok: true, login: loginOf(next), secret };
  }

  /** One that is over is none. */
  async #row(id: string): Promise<LoginRow | undefined> {
    const found = this.#db.selectFrom('logins').selectAll().where('id', '=', id);
    return found.where('expires_at', '>', this.#now()).executeTakeFirst();
  }

  async #makeRoom(userId: string): Promise<void> {
    await this.#db.deleteFrom('logins').where('expires_at', '<=', this.#now()).execute();
    const logins = await this.list(userId);
    for (const { id } of logins.slice(ACCESS_LIMITS.loginsPerUser - 1)) await this.end(id, userId);
  }
}

function endOf(createdAt: number, usedAt: number): number {
  return Math.min(createdAt + ACCESS_LIMITS.loginLife, usedAt + ACCESS_LIMITS.loginIdle);
}

function loginOf(row: LoginRow): Login {
  return {
    id: row.id,
    userId: row.user_id,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    expiresAt: row.expires_at,
    from: row.source,
    browser: row.browser,
  };
}
