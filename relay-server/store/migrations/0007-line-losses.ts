import type { Kysely } from 'kysely';

/** When the lines between relay and agents were down, for as long as history is kept. */
export const lineLosses = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('past_line_losses')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .addColumn('tunnel', 'text', (column) => column.notNull())
      .addColumn('agent', 'text', (column) => column.notNull())
      .addColumn('ms', 'bigint', (column) => column.notNull())
      .addColumn('resumed', 'integer', (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex('past_line_losses_by_time')
      .on('past_line_losses')
      .columns(['at', 'id'])
      .execute();
    await db.schema
      .createIndex('past_line_losses_by_tunnel')
      .on('past_line_losses')
      .columns(['tunnel', 'at', 'id'])
      .execute();
  },
};
