import type { BanStore, StoredBan } from './history.ts';
import type { Database } from './schema.ts';

/** Bans in SQL. */
export class SqlBans implements BanStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async add({ createdAt, automatic, ...same }: StoredBan): Promise<void> {
    const row = { ...same, created_at: createdAt, automatic: automatic ? 1 : 0 };
    await this.#db.insertInto('bans').values(row).execute();
  }

  async list(): Promise<StoredBan[]> {
    const found = this.#db.selectFrom('bans').selectAll();
    const rows = await found.orderBy('created_at', 'desc').orderBy('id', 'desc').execute();
    return rows.map(({ created_at: createdAt, automatic, ...same }) => ({
      ...same,
      createdAt,
      automatic: automatic === 1,
    }));
  }

  async remove(id: string): Promise<boolean> {
    const found = this.#db.deleteFrom('bans').where('id', '=', id);
    return (await found.executeTakeFirstOrThrow()).numDeletedRows > 0n;
  }

  async removeOver(at: number): Promise<void> {
    await this.#db.deleteFrom('bans').where('until', '<=', at).execute();
  }

  async renameTunnel(from: string, to: string | null): Promise<void> {
    const change = this.#db.updateTable('bans').set({ tunnel: to }).where('tunnel', '=', from);
    const end = this.#db.deleteFrom('bans').where('tunnel', '=', from);
    await (to === null ? end : change).execute();
  }
}
