import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { systemCode } from '../../shared/errors.ts';
import { unusable } from '../store/files.ts';

/**
 * Locks a data directory for this process. The system releases the lock when the process ends,
 * however it ends: an open SQLite transaction is the portable way to hold such a lock.
 * @returns the way to release it, idempotent; undefined if another process has it.
 * @throws GangwayError `data-dir-unusable`.
 */
export function lockDataDir(dataDir: string): (() => void) | undefined {
  let file: SqliteDatabase.Database | undefined;
  try {
    const path = join(dataDir, 'relay.lock');
    // For the owner alone: whoever can open it could hold the lock against the relay.
    closeSync(openSync(path, 'a', 0o600));
    file = new SqliteDatabase(path, { timeout: 0 });
    file.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    file?.close();
    if (systemCode(cause)?.startsWith('SQLITE_BUSY') === true) return undefined;
    throw unusable(dataDir, cause);
  }
  const held = file;
  return () => void held.close();
}
