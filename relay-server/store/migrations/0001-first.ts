import type { Kysely } from 'kysely';

/** Tunnels, agents, enrolment codes, API tokens, settings. Never edited: later changes are further files. */
export const first = {
  async up(db: Kysely<unknown>): Promise<void> {
    await tunnels(db);
    await agents(db);
    await codes(db);
    await db.schema
      .createTable('api_tokens')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('token_hash', 'text', (column) => column.notNull().unique())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('last_used_at', 'bigint')
      .execute();
    await db.schema
      .createTable('settings')
      .addColumn('key', 'text', (column) => column.primaryKey().notNull())
      .addColumn('value', 'text', (column) => column.notNull())
      .execute();
  },
};

async function tunnels(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('tunnels')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('listen_host', 'text', (column) => column.notNull())
    .addColumn('port', 'integer', (column) => column.notNull().unique())
    .addColumn('server_address', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addColumn('revision', 'integer', (column) => column.notNull())
    .execute();
}

async function agents(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('agents')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('tunnel_id', 'text', (column) =>
      column.notNull().references('tunnels.id').onDelete('cascade'),
    )
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('version', 'text', (column) => column.notNull())
    .addColumn('credential_hash', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('last_seen_at', 'bigint')
    .addColumn('last_seen_from', 'text')
    .addColumn('revoked_at', 'bigint')
    .execute();
  await db.schema.createIndex('agents_by_tunnel').on('agents').column('tunnel_id').execute();
}

async function codes(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('enrolment_codes')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('tunnel_id', 'text', (column) =>
      column.references('tunnels.id').onDelete('set null'),
    )
    .addColumn('code_hash', 'text', (column) => column.notNull().unique())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('used_at', 'bigint')
    .addColumn('used_by', 'text')
    .execute();
  await db.schema
    .createIndex('enrolment_codes_by_tunnel')
    .on('enrolment_codes')
    .column('tunnel_id')
    .execute();
}
