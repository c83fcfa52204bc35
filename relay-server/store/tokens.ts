import { randomUUID } from 'node:crypto';
import type { Clock, Database } from './schema.ts';
import { hashSecret, isApiToken, newApiToken, secretMatches } from './secrets.ts';
import type { ApiToken, TokenStore } from './store.ts';

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

  async create(name: string): Promise<{ id: string; name: string; token: string }> {
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
      })
      .execute();
    return { id, name, token };
  }

  async list(): Promise<ApiToken[]> {
    const rows = await this.#db
      .selectFrom('api_tokens')
      .selectAll()
      .orderBy('created_at')
      .execute();
    return rows.map(tokenOf);
  }

  async verify(token: string): Promise<ApiToken | undefined> {
    if (!isApiToken(token)) return undefined;
    const found = this.#db.selectFrom('api_tokens').selectAll();
    const row = await found.where('token_hash', '=', hashSecret(token)).executeTakeFirst();
    if (row === undefined || !secretMatches(token, row.token_hash)) return undefined;
    const at = this.#now();
    if (row.last_used_at === null || at - row.last_used_at >= USE_NOTED_EVERY_MS) {
      const use = this.#db.updateTable('api_tokens').set({ last_used_at: at });
      await use.where('id', '=', row.id).execute();
    }
    return tokenOf(row);
  }
}

function tokenOf(row: {
  id: string;
  name: string;
  created_at: number;
  last_used_at: number | null;
}): ApiToken {
  return { id: row.id, name: row.name, createdAt: row.created_at, lastUsedAt: row.last_used_at };
}
