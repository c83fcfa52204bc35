import type { Database } from './schema.ts';
import type { SettingStore } from './store.ts';

/** Settings in SQL. */
export class SqlSettings implements SettingStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async get(key: string): Promise<string | undefined> {
    const found = this.#db.selectFrom('settings').select('value').where('key', '=', key);
    return (await found.executeTakeFirst())?.value;
  }

  async set(key: string, value: string): Promise<void> {
    await this.#db
      .insertInto('settings')
      .values({ key, value })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
      .execute();
  }
}
