import { setDefaultCACertificates } from 'node:tls';
import { GangwayError, systemCode } from '../../shared/errors.ts';
import { readAuthority, trustedRoots } from '../../shared/net/trusted-roots.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import { auditTrail } from '../audit.ts';
import { COMMAND_LINE } from '../http/principal.ts';
import type { Admin } from './admin.ts';
import { AuditedAdmin } from './audited-admin.ts';
import { HttpAdmin } from './http-admin.ts';
import { readControl } from './local.ts';
import { StoreAdmin } from './store-admin.ts';

export interface AdminTarget {
  readonly dataDir: string;
  /** URL of a relay anywhere; needs `apiToken`. */
  readonly relay?: string | undefined;
  readonly apiToken?: string | undefined;
  /** PEM file of an authority to trust for `relay` besides the system's. */
  readonly ca?: string | undefined;
  readonly version: string;
  /** Make the data directory if it is missing. */
  readonly create: boolean;
}

/** Administration of whatever was meant, until `close`. */
export interface AdminConnection {
  readonly admin: Admin;
  readonly close: () => Promise<void>;
}

/**
 * Reaches a relay elsewhere if one is named, else the one running on the data directory, else the
 * data directory itself.
 */
export async function connectAdmin(target: AdminTarget): Promise<AdminConnection> {
  if (target.relay !== undefined) return remote(target.relay, target);
  const running = await runningRelay(target.dataDir);
  if (running !== undefined) return running;
  const store = await openSqliteStore({ dataDir: target.dataDir, create: target.create });
  const admin = new StoreAdmin({ store, version: target.version });
  const audited = new AuditedAdmin(admin, auditTrail(store.audit), COMMAND_LINE);
  return { admin: audited, close: () => store.close() };
}

/** @throws ConfigError when `ca` cannot be read. */
function remote(url: string, { apiToken: token, ca }: AdminTarget): AdminConnection {
  // `fetch` has no other way to be told whom to trust; this process talks to one relay and ends.
  if (url.startsWith('https:')) setDefaultCACertificates(trustedRoots(readAuthority(ca, '--ca')));
  if (token === undefined) {
    throw new GangwayError('api-token-missing', `the relay at ${url} wants an API token`, {
      remedy:
        'Make one on its machine with `gangway token create NAME` and set GANGWAY_API_TOKEN (or --api-token).',
      exitCode: 2,
    });
  }
  return { admin: new HttpAdmin(url, token), close: () => Promise.resolve() };
}

async function runningRelay(dataDir: string): Promise<AdminConnection | undefined> {
  const control = readControl(dataDir);
  if (control === undefined) return undefined;
  const admin = new HttpAdmin(control.url, control.token);
  try {
    await admin.status();
    return { admin, close: () => Promise.resolve() };
  } catch (error) {
    if (isStale(error)) return undefined;
    throw error;
  }
}

/** Where a killed relay was, nothing listens, or by now another program or another relay. */
function isStale(error: unknown): boolean {
  if (!(error instanceof GangwayError)) return false;
  if (error.code === 'relay-unreachable') return systemCode(error.cause) === 'ECONNREFUSED';
  return error.code === 'not-a-relay' || error.code === 'unauthorized';
}
