import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../program.ts';
import type { ProgramResult } from '../program.ts';
import type { TlsVersion } from '../servers/server-tls.ts';

/** Where a client is to log in: a real server, or Gangway in front of it. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Without it the client speaks no TLS, whatever the server offers. */
  readonly tls?: ClientTls;
}

/** TLS as a client is to speak it (RFC 4217). It verifies the server's certificate in any case. */
export interface ClientTls {
  /** AUTH TLS, or TLS from the first byte. */
  readonly mode: 'explicit' | 'implicit';
  /** The data connections: private or clear. */
  readonly data: Protection;
  /** PEM file of the only authority it trusts. */
  readonly caFile: string;
  /** The only version it speaks; 1.2 and 1.3 by default. */
  readonly version?: TlsVersion;
}

/** The argument of PROT: private or clear. */
export type Protection = 'P' | 'C';

/** How a client asks for its data connections (RFC 959, RFC 2428): two passive forms, two active ones. */
export const DATA_COMMANDS = ['EPSV', 'PASV', 'EPRT', 'PORT'] as const;
export type DataCommand = (typeof DATA_COMMANDS)[number];
export type ActiveCommand = Extract<DataCommand, 'EPRT' | 'PORT'>;

/** Whether the client itself listens. */
export function isActive(mode: DataCommand): mode is ActiveCommand {
  return mode === 'EPRT' || mode === 'PORT';
}

/** A path relative to the folder of the login; a Buffer where its bytes are not UTF-8. */
export type RemotePath = string | Buffer;

/**
 * What a client program does. Every operation is one run of the program with one login; a status other
 * than 0 says that the program itself noticed a failure.
 */
export interface FtpOperations {
  /** LIST; standard output holds the names. */
  list(dir: RemotePath): Promise<ProgramResult>;
  nlst(dir: RemotePath): Promise<ProgramResult>;
  /** MLSD; fails where the client falls back to LIST. */
  mlsd(dir: RemotePath): Promise<ProgramResult>;
  get(remote: RemotePath, local: string): Promise<ProgramResult>;
  put(local: string, remote: RemotePath): Promise<ProgramResult>;
  /** APPE of the whole local file. */
  append(local: string, remote: RemotePath): Promise<ProgramResult>;
  /** Completes a local file whose beginning is there. */
  resumeGet(remote: RemotePath, local: string): Promise<ProgramResult>;
  /** Completes a remote file whose beginning is there. */
  resumePut(local: string, remote: RemotePath): Promise<ProgramResult>;
  delete(remote: RemotePath): Promise<ProgramResult>;
  rename(from: RemotePath, to: RemotePath): Promise<ProgramResult>;
  mkdir(dir: RemotePath): Promise<ProgramResult>;
}

export type Operation = keyof FtpOperations;

/** A client program, or library, with the operations it has; the others reject. */
export interface FtpClientUnderTest extends FtpOperations {
  readonly name: string;
  readonly can: ReadonlySet<Operation>;
}

/** Makes a client of the operations it has. */
export function defineClient(name: string, has: Partial<FtpOperations>): FtpClientUnderTest {
  const cannot = (): Promise<never> => Promise.reject(new Error(`${name} has no such operation`));
  return {
    list: cannot,
    nlst: cannot,
    mlsd: cannot,
    get: cannot,
    put: cannot,
    append: cannot,
    resumeGet: cannot,
    resumePut: cannot,
    delete: cannot,
    rename: cannot,
    mkdir: cannot,
    ...has,
    name,
    can: new Set(Object.keys(has) as Operation[]),
  };
}

/** How a client program is run here: no settings of anybody's, a hard limit. */
export interface ClientRun {
  readonly stdin?: string | Uint8Array;
  readonly timeoutMs?: number;
  readonly env?: Readonly<Record<string, string>>;
}

const DEFAULT_TIMEOUT_MS = 60_000;

/** Runs a client with an empty HOME of its own. @throws Error as `runProgram`. */
export async function runClient(
  command: string,
  args: readonly string[],
  run: ClientRun = {},
): Promise<ProgramResult> {
  const home = await mkdtemp(join(tmpdir(), 'gangway-home-'));
  try {
    return await runProgram(command, args, {
      cwd: home,
      env: { HOME: home, LC_ALL: 'C.UTF-8', TERM: 'dumb', ...run.env },
      timeoutMs: run.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      ...(run.stdin === undefined ? {} : { stdin: run.stdin }),
    });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** The bytes of a path. */
export function pathBytes(path: RemotePath): Buffer {
  return typeof path === 'string' ? Buffer.from(path, 'utf8') : path;
}

/** `ftp://host:port/path`, or `ftps:` for implicit TLS, with every byte escaped that a URL cannot hold; slashes stay. */
export function ftpUrl(endpoint: Endpoint, path: RemotePath): string {
  const escaped = Array.from(pathBytes(path), (byte) => {
    const char = String.fromCharCode(byte);
    return /[A-Za-z0-9._~/-]/.test(char)
      ? char
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  });
  return `${urlScheme(endpoint)}://${urlHost(endpoint.host)}:${endpoint.port}/${escaped.join('')}`;
}

/** The scheme of URLs by which curl and lftp know implicit TLS. */
export function urlScheme(endpoint: Endpoint): 'ftp' | 'ftps' {
  return endpoint.tls?.mode === 'implicit' ? 'ftps' : 'ftp';
}

/** A host as URLs write it: an IPv6 address in brackets. */
export function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** A path as text, and the charset in which that text is those bytes. */
export function pathText(path: RemotePath): { text: string; charset: 'utf-8' | 'latin1' } {
  if (typeof path === 'string') return { text: path, charset: 'utf-8' };
  return { text: path.toString('latin1'), charset: 'latin1' };
}
