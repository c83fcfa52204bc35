import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import type { ConfigOf, ConfigProblem } from '../../shared/config.ts';
import { keyOf } from '../../shared/config.ts';
import { readPem } from '../pem-file.ts';
import type { SERVER_TLS_SETTINGS } from './settings.ts';

type Settings = ConfigOf<typeof SERVER_TLS_SETTINGS>;

/** Why a certificate of the FTP server is believed. */
export type Trust =
  /** An authority that is trusted issued it, for this name or address. */
  | { readonly by: 'ca'; readonly name: string }
  /** It is this very one: its SHA-256, hexadecimal in small letters. */
  | { readonly by: 'fingerprint'; readonly sha256: string }
  /** Its owner said that any will do. */
  | { readonly by: 'insecure' };

/** How TLS is spoken with the FTP server. */
export interface ServerTlsPlan {
  readonly how: 'explicit' | 'implicit';
  readonly trust: Trust;
  /** What the server is asked for (SNI); undefined for a server that has an address only. */
  readonly name: string | undefined;
  /** Whether data connections speak TLS, too: PROT P, else PROT C. */
  readonly protectsData: boolean;
  /** Authorities, and our own certificate if the server wants one. */
  readonly context: SecureContext;
}

/** Settings that mean nothing without TLS. */
const NEED_TLS = [
  'serverCa',
  'serverFingerprint',
  'serverTlsInsecure',
  'serverName',
  'serverClientCert',
  'serverClientKey',
] as const satisfies readonly (keyof Settings)[];

/**
 * What the settings come to; undefined for no TLS.
 * @param host of the FTP server
 * @param problems is added to: what contradicts itself or cannot be read
 */
export function serverTlsPlan(
  settings: Settings,
  host: string,
  problems: ConfigProblem[],
): ServerTlsPlan | undefined {
  const { serverTls: how, serverName, serverDataTls } = settings;
  if (how === 'none') {
    problems.push(...meaningless(settings));
    return undefined;
  }
  const found = problems.length;
  problems.push(...contradictions(settings));
  const name = serverName ?? host;
  const context = contextOf(settings, problems);
  if (problems.length > found || context === undefined) return undefined;
  return {
    how,
    trust: trustOf(settings, name),
    name: isIP(name) === 0 ? name : undefined,
    protectsData: serverDataTls === 'required',
    context,
  };
}

function trustOf({ serverFingerprint, serverTlsInsecure }: Settings, name: string): Trust {
  if (serverFingerprint !== undefined) return { by: 'fingerprint', sha256: serverFingerprint };
  return serverTlsInsecure ? { by: 'insecure' } : { by: 'ca', name };
}

function meaningless(settings: Settings): ConfigProblem[] {
  const given = NEED_TLS.filter((key) => settings[key] !== undefined && settings[key] !== false);
  return given.map((key) => ({
    source: flag(key),
    value: undefined,
    problem: 'means nothing without TLS to the FTP server',
    remedy: 'Add --server-tls explicit or --server-tls implicit, or leave it out.',
  }));
}

function contradictions(settings: Settings): ConfigProblem[] {
  const { serverFingerprint, serverTlsInsecure, serverCa } = settings;
  const { serverClientCert, serverClientKey } = settings;
  const problems: ConfigProblem[] = [];
  const add = (key: keyof Settings, problem: string, remedy: string): void => {
    problems.push({ source: flag(key), value: undefined, problem, remedy });
  };
  if (serverTlsInsecure && (serverFingerprint ?? serverCa) !== undefined) {
    const other = flag(serverFingerprint === undefined ? 'serverCa' : 'serverFingerprint');
    add('serverTlsInsecure', `contradicts ${other}`, 'Leave one of the two out.');
  }
  if (serverFingerprint !== undefined && serverCa !== undefined) {
    const remedy = 'Leave one of the two out: with a fingerprint no authority counts.';
    add('serverCa', `contradicts ${flag('serverFingerprint')}`, remedy);
  }
  if (serverClientCert !== undefined && serverClientKey === undefined) {
    add('serverClientKey', 'is missing: the key of --server-client-cert', 'Give its PEM file.');
  }
  if (serverClientKey !== undefined && serverClientCert === undefined) {
    const problem = 'is missing: the certificate of --server-client-key';
    add('serverClientCert', problem, 'Give its PEM file.');
  }
  return problems;
}

function contextOf(settings: Settings, problems: ConfigProblem[]): SecureContext | undefined {
  const found = problems.length;
  const read = (key: 'serverCa' | 'serverClientCert' | 'serverClientKey'): string | undefined =>
    readPem(flag(key), settings[key], problems);
  const [ca, cert, key] = [read('serverCa'), read('serverClientCert'), read('serverClientKey')];
  if (problems.length > found) return undefined;
  try {
    // Node takes a file without a certificate for an empty list.
    if (ca !== undefined) void new X509Certificate(ca);
    return createSecureContext({
      ca: [...authorities(settings), ...(ca === undefined ? [] : [ca])],
      ...(cert !== undefined && key !== undefined && { cert, key }),
    });
  } catch (cause) {
    const [source, value] =
      cert === undefined
        ? [flag('serverCa'), settings.serverCa]
        : [flag('serverClientCert'), settings.serverClientCert];
    const why = cause instanceof Error ? cause.message : String(cause);
    const remedy = 'Give PEM files, and the key that belongs to the certificate.';
    problems.push({ source, value, problem: `is of no use (${why})`, remedy });
    return undefined;
  }
}

/** Authorities that count: none if the certificate itself is pinned, or any will do. */
function authorities({ serverFingerprint, serverTlsInsecure }: Settings): string[] {
  if (serverFingerprint !== undefined || serverTlsInsecure) return [];
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system')])];
}

function flag(key: keyof Settings): string {
  return `--${keyOf(key)}`;
}
