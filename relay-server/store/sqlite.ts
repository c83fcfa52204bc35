import SqliteDatabase from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { GangwayError, systemCode } from '../../shared/errors.ts';
import { SqlAgents } from './agents.ts';
import { SqlAudit } from './audit.ts';
import { SqlBans } from './bans.ts';
import { SqlCodes } from './codes.ts';
import { SqlDoctorRuns } from './doctor-runs.ts';
import { databasePath, prepareDataDir, unusable } from './files.ts';
import { SqlHistory } from './sql-history.ts';
import { SqlLogins } from './logins.ts';
import { migrate } from './migrate.ts';
import { MIGRATIONS } from './migrations/all.ts';
import type { Clock, Schema } from './schema.ts';
import { SqlSettings } from './settings.ts';
import type { Store } from './store.ts';
import { SqlTokens } from './tokens.ts';
import { SqlTunnels } from './tunnels.ts';
import { SqlUsers } from './users.ts';

/** How long a statement waits for another process; it blocks this one meanwhile. */
const BUSY_MS = 2000;

export interface SqliteOptions {
  readonly dataDir: string;
  /** Make the directory and the database where they are missing; true unless told otherwise. */
  readonly create?: boolean;
  /** Milliseconds since 1970. */
  readonly now?: Clock;
}

/**
 * Opens the store of a data directory and brings its schema up to date.
 * @throws GangwayError that names the path: `data-dir-missing`, `data-dir-unusable`, `store-damaged`,
 *   `store-busy`, `schema-newer`.
 */
export async function openSqliteStore(options: SqliteOptions): Promise<Store> {
  const { dataDir, create = true, now = Date.now } = options;
  prepareDataDir(dataDir, create);
  const path = databasePath(dataDir);
  let handle: SqliteDatabase.Database | undefined;
  try {
    handle = connect(path);
    return await storeOn(handle, path, now);
  } catch (cause) {
    handle?.close();
    throw explained(cause, dataDir, path);
  }
}

function connect(path: string): SqliteDatabase.Database {
  const handle = new SqliteDatabase(path, { timeout: BUSY_MS });
  try {
    handle.pragma('journal_mode = WAL');
    handle.pragma('synchronous = NORMAL');
    handle.pragma('foreign_keys = ON');
    return handle;
  } catch (error) {
    handle.close();
    throw error;
  }
}

async function storeOn(handle: SqliteDatabase.Database, path: string, now: Clock): Promise<Store> {
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database: handle }) });
  const step = {
    begin: () => void handle.exec('BEGIN IMMEDIATE'),
    commit: () => void handle.exec('COMMIT'),
    rollback: () => void handle.exec('ROLLBACK'),
  };
  await migrate(db, MIGRATIONS, step, path);
  return {
    tunnels: new SqlTunnels(db, now),
    agents: new SqlAgents(db, now),
    codes: new SqlCodes(db, now),
    tokens: new SqlTokens(db, now),
    users: new SqlUsers(db, now),
    logins: new SqlLogins(db, now),
    audit: new SqlAudit(db, now),
    settings: new SqlSettings(db),
    doctor: new SqlDoctorRuns(db),
    history: new SqlHistory(db),
    bans: new SqlBans(db),
    close: () => db.destroy(),
  };
}

function explained(cause: unknown, dataDir: string, path: string): unknown {
  const code = systemCode(cause) ?? '';
  if (cause instanceof GangwayError || !code.startsWith('SQLITE_')) return cause;
  if (code.startsWith('SQLITE_NOTADB') || code.startsWith('SQLITE_CORRUPT')) {
    return new GangwayError('store-damaged', `${path} is damaged or no database of Gangway`, {
      remedy:
        'Restore it from a backup, or move it away to start afresh (agents must then be enrolled again).',
      cause,
    });
  }
  if (code.startsWith('SQLITE_BUSY')) {
    return new GangwayError('store-busy', `${path} is locked by another program`, {
      remedy: 'Try again; if it stays so, look for the program that holds it.',
      cause,
    });
  }
  return unusable(dataDir, cause);
}
