import { readFileSync } from 'node:fs';
import { createSecureContext, getCACertificates } from 'node:tls';
import { ConfigError } from '../config.ts';
import { systemCode } from '../errors.ts';

/**
 * PEM certificates that are trusted to vouch for a server: those Node brings, those of the system, and
 * the one given in addition.
 */
export function trustedRoots(ca: string | undefined): string[] {
  const known = [...getCACertificates('default'), ...getCACertificates('system')];
  return [...new Set([...known, ...(ca === undefined ? [] : [ca])])];
}

/**
 * Reads a file of certificates to trust; undefined if no file is named.
 * @param source where the file was named, like `--ca`
 * @throws ConfigError when it cannot be read or holds no certificate.
 */
export function readAuthority(path: string | undefined, source: string): string | undefined {
  if (path === undefined) return undefined;
  const remedy = 'Give the path of a PEM file with the certificate of the authority.';
  let pem: string;
  try {
    pem = readFileSync(path, 'utf8');
  } catch (cause) {
    const problem = `cannot be read (${systemCode(cause) ?? String(cause)})`;
    throw new ConfigError([{ source, value: path, problem, remedy }]);
  }
  if (isCertificate(pem)) return pem;
  throw new ConfigError([{ source, value: path, problem: 'holds no PEM certificate', remedy }]);
}

/** OpenSSL passes over what it does not know, so that the beginning has to be looked for. */
function isCertificate(pem: string): boolean {
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) return false;
  try {
    createSecureContext({ ca: pem });
    return true;
  } catch {
    return false;
  }
}
