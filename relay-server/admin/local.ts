import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { formatHostPort } from '../../shared/config/values.ts';
import { GangwayError, systemCode } from '../../shared/errors.ts';
import { prepareDataDir, unusable } from '../store/files.ts';
import { lockDataDir } from './lock.ts';

/** How the command line on the relay's machine reaches the running relay. */
export interface Control {
  /** On this machine, without a slash at the end. */
  readonly url: string;
  /** Good until the relay stops. */
  readonly token: string;
  readonly pid: number;
}

/** A data directory that belongs to this relay alone. */
export interface DataDirClaim {
  /** The token for `control.json`; new with each start. */
  readonly localToken: string;
  /** Tells the command line where the relay is; call it when the API answers. */
  publish(url: string): void;
  /** Takes both back. Idempotent. */
  release(): void;
}

/**
 * Claims a data directory for a relay, making it where it is missing.
 * @throws GangwayError `data-dir-in-use` that names the other relay's process; `data-dir-unusable`.
 */
export function claimDataDir(dataDir: string): DataDirClaim {
  prepareDataDir(dataDir, true);
  const unlock = lockDataDir(dataDir);
  if (unlock === undefined) throw inUse(dataDir);
  const localToken = randomBytes(32).toString('hex');
  const path = controlPath(dataDir);
  removeControl(path);
  return {
    localToken,
    publish: (url) => writeControl(dataDir, { url, token: localToken, pid: process.pid }),
    release: () => {
      if (readControl(dataDir)?.token === localToken) removeControl(path);
      unlock();
    },
  };
}

/**
 * Where the relay on this data directory is; undefined if none has left word.
 * A relay that was killed leaves a stale one behind.
 * @throws GangwayError `control-unreadable` if it belongs to another user.
 */
export function readControl(dataDir: string): Control | undefined {
  const path = controlPath(dataDir);
  try {
    return controlOf(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    const code = systemCode(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new GangwayError('control-unreadable', `cannot read ${path}: ${code ?? String(cause)}`, {
      remedy:
        'Run as the user the relay runs as (sudo -u USER gangway …), or use --relay and --api-token.',
      cause,
    });
  }
}

/** The URL under which a listening HTTP server is reached from its own machine. */
export function localUrl(address: Pick<AddressInfo, 'address' | 'port'>): string {
  const anywhere: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
  const host = anywhere[address.address] ?? address.address;
  return `http://${formatHostPort({ host, port: address.port })}`;
}

function controlPath(dataDir: string): string {
  return join(dataDir, 'control.json');
}

function controlOf(parsed: unknown): Control | undefined {
  const { url, token, pid } = (parsed ?? {}) as Record<string, unknown>;
  if (typeof url !== 'string' || typeof token !== 'string' || typeof pid !== 'number')
    return undefined;
  return URL.canParse(url) ? { url, token, pid } : undefined;
}

/** Renamed into place, so that nobody reads half of it. */
function writeControl(dataDir: string, control: Control): void {
  const path = controlPath(dataDir);
  const fresh = `${path}.${process.pid}`;
  try {
    rmSync(fresh, { force: true });
    writeFileSync(fresh, `${JSON.stringify(control)}\n`, { mode: 0o600, flag: 'wx' });
    renameSync(fresh, path);
  } catch (cause) {
    throw unusable(dataDir, cause);
  }
}

function removeControl(path: string): void {
  rmSync(path, { force: true });
}

function inUse(dataDir: string): GangwayError {
  const pid = readControl(dataDir)?.pid;
  const who = pid === undefined ? 'another relay' : `another relay (process ${pid})`;
  return new GangwayError('data-dir-in-use', `${who} runs on the data directory ${dataDir}`, {
    remedy: 'Stop it first, or start this one with another --data-dir.',
  });
}
