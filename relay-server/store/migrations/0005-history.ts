import type { Kysely } from 'kysely';

/**
 * What FTP clients did, for as long as it is kept, and who may not come. Tunnels are kept by their names: history
 * outlives them.
 */
export const history = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sessions(db);
    await transfers(db);
    await findings(db);
    await bans(db);
  },
};

async function sessions(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('past_sessions')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('opened_at', 'bigint', (column) => column.notNull())
    .addColumn('tunnel', 'text', (column) => column.notNull())
    .addColumn('client', 'text', (column) => column.notNull())
    .addColumn('user', 'text')
    .addColumn('program', 'text', (column) => column.notNull())
    .addColumn('program_name', 'text')
    .addColumn('tls', 'text')
    .addColumn('outcome', 'text', (column) => column.notNull())
    .addColumn('ok', 'integer', (column) => column.notNull())
    .addColumn('closed_by', 'text', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('transfers', 'integer', (column) => column.notNull())
    .addColumn('bytes_down', 'bigint', (column) => column.notNull())
    .addColumn('bytes_up', 'bigint', (column) => column.notNull())
    .addColumn('findings', 'text', (column) => column.notNull())
    .addColumn('record', 'text', (column) => column.notNull())
    .execute();
  await indexes(db, 'past_sessions', ['tunnel', 'client', 'user', 'outcome', 'ok']);
}

async function transfers(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('past_transfers')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('session', 'text', (column) => column.notNull())
    .addColumn('tunnel', 'text', (column) => column.notNull())
    .addColumn('client', 'text', (column) => column.notNull())
    .addColumn('user', 'text')
    .addColumn('verb', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('direction', 'text', (column) => column.notNull())
    .addColumn('bytes', 'bigint', (column) => column.notNull())
    .addColumn('size', 'bigint')
    .addColumn('ms', 'bigint', (column) => column.notNull())
    .addColumn('code', 'integer', (column) => column.notNull())
    .addColumn('ok', 'integer', (column) => column.notNull())
    .addColumn('broken', 'text')
    .execute();
  await indexes(db, 'past_transfers', ['tunnel', 'client', 'user', 'direction', 'ok']);
}

async function findings(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('past_findings')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('session', 'text', (column) => column.notNull())
    .addColumn('tunnel', 'text', (column) => column.notNull())
    .addColumn('client', 'text', (column) => column.notNull())
    .addColumn('user', 'text')
    .addColumn('program', 'text', (column) => column.notNull())
    .addColumn('code', 'text', (column) => column.notNull())
    .addColumn('facts', 'text', (column) => column.notNull())
    .execute();
  await indexes(db, 'past_findings', ['tunnel', 'client', 'code', 'session']);
}

async function bans(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('bans')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('network', 'text', (column) => column.notNull())
    .addColumn('tunnel', 'text')
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('automatic', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('until', 'bigint')
    .execute();
}

/** Lists are read by time, and by time within one value of a filter. */
async function indexes(
  db: Kysely<unknown>,
  table: string,
  filters: readonly string[],
): Promise<void> {
  await db.schema.createIndex(`${table}_by_time`).on(table).columns(['at', 'id']).execute();
  for (const filter of filters) {
    const columns = [filter, 'at', 'id'];
    await db.schema.createIndex(`${table}_by_${filter}`).on(table).columns(columns).execute();
  }
}
