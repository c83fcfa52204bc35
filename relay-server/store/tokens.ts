import { randomUUID } from 'node:crypto';
import { GangwayError } from '../../shared/errors.ts';
import { ACCESS_LIMITS } from '../limits.ts';
import type { ApiToken, NewToken, TokenStore } from './access.ts';
import type { Clock, Database, TokenRow } from './schema.ts';
import { hashSecret, isApiToken, newApiToken, secretMatches } from './secrets.ts';

/** A use is noted once a minute, not with every request. */
const USE_NOTED_EVERY_MS = 60_000;

/** API tokens in SQL. */
export class SqlTokens implements TokenStore {
  readonly #db: Database;
  readonly #now: Clock;

  constructor(db: Database, now: Clock) {
    this.#db = db;
    this.#now = now;
  }

  async create(wanted: NewToken): Promise<{ id: string; name: string; token: string }> {
    const { name, role = 'admin', expiresAt = null } = wanted;
    if ((await this.list()).length >= ACCESS_LIMITS.tokens) throw tooMany();
    const id = randomUUID();
    const token = newApiToken();
    await this.#db
      .insertInto('api_tokens')
      .values({
        id,
        name,
        token_hash: hashSecret(token),
        created_at: this.#now(),
        last_used_at: null,
        role,
        expires_at: expiresAt,
      })
      .execute();
    return { id, name, token };
  }

  async list(): Promise<ApiToken[]> {
    const found = this.#db.selectFrom('api_tokens').selectAll();
    const rows = await found.orderBy('created_at').orderBy('id').execute();
    return rows.map(tokenOf);
  }

  async get(id: string): Promise<ApiToken | undefined> {
    const found = this.#db.selectFrom('api_tokens').selectAll().where('id', '=', id);
    const row = await found.executeTakeFirst();
    return row === undefined || this.#isOver(row) ? undefined : tokenOf(row);
  }

  async revoke(id: string): Promise<boolean> {
    const result = await this.#db.deleteFrom('api_tokens').where('id', '=', id).executeTakeFirst();
    return result.numDeletedRows > 0n;
  }

  async verify(token: string): Promise<ApiToken | undefined> {
    if (!isApiToken(token)) return undefined;
    const found = this.#db.selectFrom('api_tokens').selectAll();
    const row = await found.where('token_hash', '=', hashSecret(token)).executeTakeFirst();
    if (row === undefined || !secretMatches(token, row.token_hash)) return undefined;
    if (this.#isOver(row)) return undefined;
    const at = this.#now();
    if (row.last_used_at === null || at - row.last_used_at >= USE_NOTED_EVERY_MS) {
      const use = this.#db.updateTable('api_tokens').set({ last_used_at: at });
      await use.where('id', '=', row.id).execute();
    }
    return tokenOf(row);
  }

  #isOver({ expires_at: end }: TokenRow): boolean {
    return end !== null && end <= this.#now();
  }
}

function tokenOf(row: TokenRow): ApiToken {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    expiresAt: row.expires_at,
  };
}

function tooMany(): GangwayError {
  return new GangwayError('too-many-tokens', `there are ${ACCESS_LIMITS.tokens} API tokens`, {
    remedy: 'Revoke those that nobody uses: `gangway token list` says when each was used last.',
  });
}
