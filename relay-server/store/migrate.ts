import { sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import type { Migration } from 'kysely/migration';
import { GangwayError } from '../../shared/errors.ts';
import type { Database } from './schema.ts';

/** One step, all or nothing, that no other process can enter meanwhile. */
export interface ExclusiveStep {
  begin(): void;
  commit(): void;
  rollback(): void;
}

/**
 * Brings the schema up to date in one step.
 * @throws GangwayError `schema-newer` if a newer program has been here.
 */
export async function migrate(
  db: Database,
  migrations: Readonly<Record<string, Migration>>,
  step: ExclusiveStep,
  path: string,
): Promise<void> {
  const isDone = async (): Promise<boolean> => upToDate(await applied(db), migrations, path);
  if (await isDone()) return;
  step.begin();
  try {
    // Another process may have done it while this one waited for its turn.
    if (!(await isDone())) await run(db, migrations);
    step.commit();
  } catch (error) {
    step.rollback();
    throw error;
  }
}

async function run(db: Database, migrations: Readonly<Record<string, Migration>>): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve({ ...migrations }) },
    disableTransactions: true,
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}

function upToDate(
  done: readonly string[],
  migrations: Readonly<Record<string, Migration>>,
  path: string,
): boolean {
  const unknown = done.filter((name) => !Object.hasOwn(migrations, name));
  if (unknown.length > 0) {
    throw new GangwayError(
      'schema-newer',
      `${path} was written by a newer Gangway (it has step ${unknown.join(', ')}, unknown to this one)`,
      { remedy: 'Run that version or a later one, or restore the backup made before the upgrade.' },
    );
  }
  return done.length === Object.keys(migrations).length;
}

async function applied(db: Database): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === 'kysely_migration')) return [];
  const rows = await sql<{ name: string }>`select name from kysely_migration`.execute(db);
  return rows.rows.map((row) => row.name);
}
