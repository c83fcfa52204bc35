import { sql, type Kysely } from 'kysely';

/**
 * Where a tunnel can be found: a second port where TLS begins at once, ports that tunnels share, a name
 * of its own. A port is no longer unique by itself, and SQLite takes no constraint away: the table is
 * made anew, and with it those that refer to it, which a foreign key in force would empty.
 */
export const places = {
  async up(db: Kysely<unknown>): Promise<void> {
    await tunnels(db);
    await agents(db);
    await codes(db);
    await db.schema.dropTable('tunnels_before').execute();
  },
};

async function tunnels(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('tunnels').renameTo('tunnels_before').execute();
  await db.schema
    .createTable('tunnels')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('listen_host', 'text', (column) => column.notNull())
    .addColumn('port', 'integer', (column) => column.notNull())
    .addColumn('implicit_port', 'integer')
    .addColumn('shared', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('host', 'text', (column) => column.unique())
    .addColumn('server_address', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addColumn('revision', 'integer', (column) => column.notNull())
    .addColumn('policy', 'text', (column) => column.notNull().defaultTo('{}'))
    .execute();
  const kept = 'id name listen_host port server_address created_at updated_at revision policy';
  await copy(db, 'tunnels', kept);
}

async function agents(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('agents').renameTo('agents_before').execute();
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
  const kept = 'id tunnel_id name version credential_hash created_at last_seen_at last_seen_from';
  await copy(db, 'agents', `${kept} revoked_at`);
  await db.schema.dropTable('agents_before').execute();
  await db.schema.createIndex('agents_by_tunnel').on('agents').column('tunnel_id').execute();
}

async function codes(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('enrolment_codes').renameTo('enrolment_codes_before').execute();
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
  await copy(db, 'enrolment_codes', 'id tunnel_id code_hash created_at expires_at used_at used_by');
  await db.schema.dropTable('enrolment_codes_before').execute();
  await db.schema
    .createIndex('enrolment_codes_by_tunnel')
    .on('enrolment_codes')
    .column('tunnel_id')
    .execute();
}

/** Fills a new table from the one before it; both have these columns. */
async function copy(db: Kysely<unknown>, table: string, columns: string): Promise<void> {
  const names = sql.join(columns.split(' ').map((column) => sql.ref(column)));
  const [to, from] = [sql.table(table), sql.table(`${table}_before`)];
  await sql`insert into ${to} (${names}) select ${names} from ${from}`.execute(db);
}
