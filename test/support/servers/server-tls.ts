import { chown, copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Issued } from '../certificates.ts';
import type { ServerPlace } from './real-server.ts';

/** TLS as a real server is to speak it. */
export interface ServerTls {
  /** Its certificate and key. */
  readonly issued: Issued;
  /**
   * - `optional`: AUTH TLS is offered, login and data also go in clear;
   * - `required`: neither login nor data go in clear;
   * - `implicit`: TLS from the first byte. vsftpd and ProFTPD only.
   */
  readonly mode: 'optional' | 'required' | 'implicit';
  /**
   * Whether a data connection must resume the TLS session of its control connection; `any` by default.
   * `required` is for vsftpd and ProFTPD only: the others never look.
   */
  readonly reuse?: 'required' | 'any';
  /** The only version it speaks; 1.2 and 1.3 by default. */
  readonly version?: TlsVersion;
}

export type TlsVersion = '1.2' | '1.3';

/**
 * Environment that holds a server's OpenSSL to one version, because not every server has a setting for
 * that. Empty when nothing is asked.
 */
export async function versionLimit(place: ServerPlace): Promise<Record<string, string>> {
  const version = place.tls?.version;
  if (version === undefined) return {};
  const file = join(place.folder, 'openssl.cnf');
  const text = `openssl_conf = all
[all]
ssl_conf = protocols
[protocols]
system_default = versions
[versions]
MinProtocol = TLSv${version}
MaxProtocol = TLSv${version}
`;
  await writeFile(file, text);
  return { OPENSSL_CONF: file };
}

/** Certificate and key in one file that the server's own account can read. */
export async function ownedCertificate(place: ServerPlace, tls: ServerTls): Promise<string> {
  const file = join(place.folder, 'certificate.pem');
  await copyFile(tls.issued.bothFile, file);
  await chown(file, place.owner.uid, place.owner.gid);
  return file;
}

/** @throws Error when that is asked of a server which cannot do it. */
export function onlyExplicit(server: string, tls: ServerTls): void {
  if (tls.mode === 'implicit') throw new Error(`${server} speaks no implicit TLS`);
  if (tls.reuse === 'required') throw new Error(`${server} never looks at the TLS session`);
}
