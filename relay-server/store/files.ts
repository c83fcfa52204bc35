import {
  chmodSync,
  closeSync,
  fchownSync,
  fstatSync,
  mkdirSync,
  openSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { GangwayError, systemCode } from '../../shared/errors.ts';

const OTHERS = 0o077;

/** Path of the database in a data directory. */
export function databasePath(dataDir: string): string {
  return join(dataDir, 'gangway.db');
}

/**
 * Makes the data directory (0700) and an empty database (0600) where they are missing, and closes a
 * database that others may read.
 * @throws GangwayError `data-dir-missing` (only if `create` is false), `data-dir-unusable`.
 */
export function prepareDataDir(dataDir: string, create: boolean): void {
  const database = databasePath(dataDir);
  try {
    if (create) mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    else statSync(database);
    // Made here and not by SQLite, which would let the umask decide who reads it; its -wal and -shm follow this mode.
    const file = openSync(database, 'a+', 0o600);
    try {
      keepOwner(file, dataDir);
    } finally {
      closeSync(file);
    }
    if ((statSync(database).mode & OTHERS) !== 0) chmodSync(database, 0o600);
  } catch (cause) {
    throw systemCode(cause) === 'ENOENT' && !create ? missing(dataDir) : unusable(dataDir, cause);
  }
}

/** What root makes in a directory of the relay's user must stay that user's, or the relay could not open it. */
function keepOwner(file: number, dataDir: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(dataDir);
  if (uid !== 0 && fstatSync(file).uid === 0) fchownSync(file, uid, gid);
}

function missing(dataDir: string): GangwayError {
  return new GangwayError('data-dir-missing', `there is no relay's data in ${dataDir}`, {
    remedy:
      'Name the data directory of the relay with --data-dir, or start a relay with `gangway relay`.',
  });
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'it belongs to another user',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is a file, not a directory',
  EEXIST: 'it is a file, not a directory',
  EISDIR: 'the database is a directory',
  ENOSPC: 'the disk is full',
};

/** The data directory cannot be used; `cause` is what the system said. */
export function unusable(dataDir: string, cause: unknown): GangwayError {
  const code = systemCode(cause) ?? '';
  const reason = REASONS[code] ?? (cause instanceof Error ? cause.message : String(cause));
  return new GangwayError(
    'data-dir-unusable',
    `cannot use the data directory ${dataDir}: ${reason}`,
    {
      remedy:
        'Run as the user who owns it, give it to this user (chown), or name another one with --data-dir.',
      cause,
    },
  );
}
