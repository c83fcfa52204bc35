import type { Kysely } from 'kysely';

/** Runs of the doctor, and credentials that agents were sent and may not have kept yet. */
export const doctor = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('doctor_runs')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('tunnel', 'text', (column) => column.notNull())
      .addColumn('started_at', 'bigint', (column) => column.notNull())
      .addColumn('finished_at', 'bigint', (column) => column.notNull())
      .addColumn('result', 'text', (column) => column.notNull())
      .addColumn('checks', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex('doctor_runs_by_time')
      .on('doctor_runs')
      .columns(['tunnel', 'started_at'])
      .execute();
    await db.schema
      .createTable('pending_credentials')
      .addColumn('agent_id', 'text', (column) =>
        column.notNull().references('agents.id').onDelete('cascade'),
      )
      .addColumn('number', 'integer', (column) => column.notNull())
      .addColumn('credential_hash', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('pending_credentials_key', ['agent_id', 'number'])
      .execute();
  },
};
