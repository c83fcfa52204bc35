import type { Kysely } from 'kysely';

/** What of a tunnel's policy is not as by default, as a JSON object; tunnels made before have none of it. */
export const policies = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .alterTable('tunnels')
      .addColumn('policy', 'text', (column) => column.notNull().defaultTo('{}'))
      .execute();
  },
};
