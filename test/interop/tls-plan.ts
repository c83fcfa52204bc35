import { FTP_CLIENTS, type ClientInMode, type DataCommand } from '../support/clients/index.ts';
import type { ClientTls } from '../support/clients/index.ts';
import { TLS_CLIENTS, type TlsClientInMode } from '../support/clients/tls-clients.ts';
import type { ServerName, ServerTls, TlsVersion } from '../support/servers/index.ts';
import { whyNotOffered } from './not-offered.ts';
import type { Scope } from './plan.ts';

/** TLS of the server, as administrators set it up. */
export const SERVER_TLS = ['none', 'optional', 'required', 'reuse required', 'implicit'] as const;
export type ServerTlsKind = (typeof SERVER_TLS)[number];

/** A server with its TLS; one process. */
export interface Setup {
  readonly server: ServerName;
  readonly kind: ServerTlsKind;
  /** The only version it speaks; both by default. */
  readonly version?: TlsVersion;
}

/** TLS as a client meets it: none, explicit with PROT C or P, implicit, and P where reuse is required. */
export const PUBLIC_TLS = [
  'off',
  'C',
  'P',
  'implicit',
  'P resumed, 1.2',
  'P resumed, 1.3',
] as const;
export type PublicTls = (typeof PUBLIC_TLS)[number];

/** One client in one mode with one kind of TLS, on one way to one server. */
export interface TlsPairing {
  readonly setup: Setup;
  readonly tls: PublicTls;
  readonly client: ClientInMode;
  readonly way: 'direct' | 'gangway';
  /** Why it must fail; undefined when it must succeed. */
  readonly mustFail: string | undefined;
}

const ALL_SETUPS: readonly Setup[] = (
  ['vsftpd', 'proftpd', 'pure-ftpd', 'pyftpdlib'] as const
).flatMap((server) =>
  SERVER_TLS.filter((kind) => offers(server, kind)).flatMap((kind) => versionsOf(server, kind)),
);
/** Every kind of TLS once, the reuse of sessions with both programs that can demand it. */
const SHORT_SETUPS: readonly Setup[] = [
  { server: 'vsftpd', kind: 'none' },
  { server: 'pure-ftpd', kind: 'optional' },
  { server: 'pure-ftpd', kind: 'required' },
  { server: 'vsftpd', kind: 'reuse required', version: '1.2' },
  { server: 'proftpd', kind: 'reuse required', version: '1.3' },
  { server: 'vsftpd', kind: 'implicit' },
];
/** What a server's TLS leaves a client without Gangway. */
const DIRECT: Readonly<Record<ServerTlsKind, readonly PublicTls[]>> = {
  none: ['off'],
  optional: ['off', 'C', 'P'],
  required: ['P'],
  'reuse required': ['P'],
  implicit: ['implicit'],
};

/** The servers of a scope. */
export function setupsOf(scope: Scope): readonly Setup[] {
  return scope === 'short' ? SHORT_SETUPS : ALL_SETUPS;
}

function offers(server: ServerName, kind: ServerTlsKind): boolean {
  return (
    server === 'vsftpd' ||
    server === 'proftpd' ||
    (kind !== 'implicit' && kind !== 'reuse required')
  );
}

function versionsOf(server: ServerName, kind: ServerTlsKind): Setup[] {
  if (kind !== 'reuse required') return [{ server, kind }];
  return (['1.2', '1.3'] as const).map((version) => ({ server, kind, version }));
}

/** A server's name with its version of TLS, if it has only one. */
export function setupName({ server, kind, version }: Setup): string {
  const only = version === undefined ? '' : `, TLS ${version} only`;
  return `${server}, TLS ${kind}${only}`;
}

/** How a server of that kind is started. */
export function serverTlsOf({ kind, version }: Setup): Omit<ServerTls, 'issued'> | undefined {
  if (kind === 'none') return undefined;
  const only = version === undefined ? {} : { version };
  if (kind === 'reuse required') return { mode: 'required', reuse: 'required', ...only };
  return { mode: kind, ...only };
}

/** How a client is told; undefined for no TLS. */
export function clientTlsOf(tls: PublicTls, caFile: string): ClientTls | undefined {
  if (tls === 'off') return undefined;
  if (tls === 'implicit') return { mode: 'implicit', data: 'P', caFile };
  const version = reuseVersion(tls);
  const data = tls === 'C' ? 'C' : 'P';
  return { mode: 'explicit', data, caFile, ...(version !== undefined && { version }) };
}

/** The version in which a tunnel must have demanded that sessions be resumed; undefined if it must not. */
export function reuseVersion(tls: PublicTls): TlsVersion | undefined {
  if (tls === 'P resumed, 1.2') return '1.2';
  return tls === 'P resumed, 1.3' ? '1.3' : undefined;
}

/**
 * The pairings of a scope with one server:
 * - `short`: through Gangway, clients as they come; where TLS is hardest all of them, elsewhere two;
 * - `direct`: every client in every mode without Gangway, with what the server leaves them;
 * - `all`: every client in every mode with every kind of TLS, directly and through Gangway.
 */
export function tlsPairingsOf(scope: Scope, setup: Setup): TlsPairing[] {
  const through =
    scope === 'direct' ? [] : PUBLIC_TLS.flatMap((tls) => throughGangway(scope, setup, tls));
  const direct = scope === 'short' ? [] : DIRECT[setup.kind].flatMap((tls) => directly(setup, tls));
  return [...direct, ...through];
}

function throughGangway(scope: Scope, setup: Setup, tls: PublicTls): TlsPairing[] {
  // The public side knows nothing of the server's TLS: one server is enough for its demands.
  const reuse = reuseVersion(tls);
  if (reuse !== undefined && !(setup.server === 'vsftpd' && isHard(setup))) return [];
  return clientsFor(tls, reuse)
    .filter((client) => scope === 'all' || isInShort(setup, client))
    .filter(({ mode, name }) => isOffered(setup.server, name, mode))
    .map((client) => pairing(setup, tls, client, 'gangway', reuse));
}

function directly(setup: Setup, tls: PublicTls): TlsPairing[] {
  return clientsFor(tls, setup.version)
    .filter(({ family, name }) => family !== 6 && !(tls === 'P' && isUnreliable(setup, name)))
    .map((client) => pairing(setup, tls, client, 'direct', setup.version));
}

/** @param reuse the version of TLS in which sessions must be resumed, if they must. */
function pairing(
  setup: Setup,
  tls: PublicTls,
  client: ClientInMode,
  way: TlsPairing['way'],
  reuse: TlsVersion | undefined,
): TlsPairing {
  const never = (client as Partial<TlsClientInMode>).resumes?.length === 0;
  const mustFail = never && reuse !== undefined ? `${client.name} resumes no session` : undefined;
  return { setup, tls, client, way, mustFail };
}

/**
 * pyftpdlib closes a data connection on which anything comes before the command. So a client that begins TLS as
 * soon as it is connected now and then gets nothing of it without Gangway.
 */
function isUnreliable({ server, kind }: Setup, client: string): boolean {
  return server === 'pyftpdlib' && kind !== 'none' && ['curl', 'basic-ftp'].includes(client);
}

/** @param reuse as above; who resumes only now and then proves nothing where he must. */
function clientsFor(tls: PublicTls, reuse: TlsVersion | undefined): readonly ClientInMode[] {
  if (tls === 'off') return FTP_CLIENTS.flat();
  const wanted = tls === 'C' ? 'C' : 'P';
  return TLS_CLIENTS.flat()
    .filter(({ protections }) => protections.includes(wanted))
    .filter(({ resumes }) => {
      return reuse === undefined || resumes.length === 0 || resumes.includes(reuse);
    });
}

/** No TLS, and sessions that must be resumed. */
function isHard({ kind }: Setup): boolean {
  return kind === 'none' || kind === 'reuse required';
}

function isInShort(setup: Setup, { name, mode }: ClientInMode): boolean {
  if (name === 'curl' && mode === 'PORT') return true;
  if (TLS_CLIENTS.every((modes) => modes[0]?.name !== name || modes[0].mode !== mode)) return false;
  return isHard(setup) || name === 'ftplib';
}

function isOffered(server: ServerName, client: string, mode: DataCommand): boolean {
  return whyNotOffered({ server, client, mode, cell: '' }) === undefined;
}
