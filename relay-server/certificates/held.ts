import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import { createSecureContext } from 'node:tls';
import { certificateFacts, type CertificateFacts } from '../../shared/net/certificate-facts.ts';
import type { TlsIdentity } from '../../shared/net/tls-identity.ts';

/** Where a certificate comes from. */
export type CertificateSource = 'file' | 'acme' | 'self-signed';

/** An identity that can be used, with what there is to know of it. */
export interface Held {
  readonly identity: TlsIdentity;
  readonly facts: CertificateFacts;
  readonly source: CertificateSource;
  /** What the one who runs the relay does when it ends. */
  readonly renewal: string;
}

/** Why a certificate and a key cannot be used together, as the parts of a configuration's problem. */
export interface Unfit {
  readonly half: 'cert' | 'key';
  readonly problem: string;
  readonly remedy: string;
}

/**
 * Checks a certificate and a key together.
 * @param now milliseconds since 1970
 */
export function checkIdentity(
  identity: TlsIdentity,
  now: number,
):
  | { readonly ok: true; readonly facts: CertificateFacts }
  | { readonly ok: false; readonly unfit: Unfit } {
  const refuse = (half: 'cert' | 'key', problem: string, remedy: string) =>
    ({ ok: false, unfit: { half, problem, remedy } }) as const;
  const certificate = firstCertificate(identity.cert);
  if (certificate === undefined) {
    return refuse(
      'cert',
      'holds no PEM certificate',
      'Give the file with the whole chain (fullchain.pem).',
    );
  }
  const key = privateKey(identity.key);
  if (typeof key === 'string') {
    return refuse(
      'key',
      key,
      'Give the private key as PEM without a passphrase; `openssl pkey -in FILE` writes one.',
    );
  }
  if (!certificate.checkPrivateKey(key)) {
    return refuse(
      'key',
      'is not the key of the certificate',
      'Give the files of the same issue, in the same order.',
    );
  }
  const facts = certificateFacts(certificate);
  if (!(facts.notAfter > now)) {
    return refuse(
      'cert',
      `has expired on ${certificate.validTo}`,
      "Renew it, or leave it out for one of the relay's own.",
    );
  }
  try {
    createSecureContext(identity);
  } catch (cause) {
    return refuse(
      'cert',
      `cannot be used for TLS (${(cause as Error).message})`,
      'Have it issued with a modern key.',
    );
  }
  return { ok: true, facts };
}

/**
 * How well a certificate suits a name: 2 names it, 1 by a wildcard for its first label (RFC 6125
 * §6.4.3), 0 not at all.
 * @param name canonical
 */
export function suits({ facts }: Held, name: string): 0 | 1 | 2 {
  if (facts.names.includes(name)) return 2;
  const dot = name.indexOf('.');
  return dot > 0 && isIP(name) === 0 && facts.names.includes(`*${name.slice(dot)}`) ? 1 : 0;
}

function firstCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

/** The key, or what is wrong with it. */
function privateKey(pem: string): KeyObject | string {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    const locked =
      (cause as NodeJS.ErrnoException).code === 'ERR_MISSING_PASSPHRASE' ||
      pem.includes('ENCRYPTED');
    return locked ? 'is protected by a passphrase' : 'holds no PEM private key';
  }
}
