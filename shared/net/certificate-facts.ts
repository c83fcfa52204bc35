import { createHash, type X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { toCrockford } from '../crockford.ts';
import { PIN_LETTERS } from '../proto/enrolment-code.ts';
import { canonicalAddress } from './address.ts';

/** What people and programs want to know of a certificate. */
export interface CertificateFacts {
  /** In one line, as `CN=relay.example.org`. */
  readonly subject: string;
  readonly issuer: string;
  /** Names and addresses it is for, in small letters. */
  readonly names: readonly string[];
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  /** Milliseconds since 1970. */
  readonly notAfter: number;
  /** SHA-256 of the certificate, hexadecimal in small letters. */
  readonly fingerprint: string;
  /** Short form of its public key; it outlives the certificate if that is made anew with the same key. */
  readonly pin: string;
  /** Signed with its own key, so nobody vouches for it. */
  readonly selfSigned: boolean;
}

export function certificateFacts(certificate: X509Certificate): CertificateFacts {
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    names: namesOf(certificate),
    notBefore: certificate.validFromDate.getTime(),
    notAfter: certificate.validToDate.getTime(),
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    pin: pinOf(certificate),
    selfSigned: isSelfSigned(certificate),
  };
}

/** Names told of a certificate; a stranger's may have thousands. */
const NAMES_SHOWN = 10;

/** The same for people, as a part of a sentence; days are UTC. */
export function describeCertificate(facts: CertificateFacts): string {
  const { issuer, selfSigned, fingerprint, pin } = facts;
  const names = facts.names.slice(0, NAMES_SHOWN).join(', ');
  return (
    `subject ${facts.subject}, issuer ${issuer}${selfSigned ? ' (self-signed)' : ''}, ` +
    `for ${names || 'no name'}, valid from ${day(facts.notBefore)} to ${day(facts.notAfter)}, ` +
    `SHA-256 ${fingerprint}, key ${pin}`
  );
}

/** The day of a moment, as 2026-01-31; a certificate may hold a time that is none. */
export function day(at: number): string {
  return Number.isFinite(at) ? new Date(at).toISOString().slice(0, 10) : 'an impossible time';
}

/** The one spelling of a host name or an address; certificates write IPv6 in full. */
export function canonicalName(name: string): string {
  return isIP(name) === 0 ? name.toLowerCase() : canonicalAddress(name);
}

/** Short form of the SHA-256 of its SubjectPublicKeyInfo, which is what RFC 7469 §2.4 pins. */
function pinOf(certificate: X509Certificate): string {
  const key = certificate.publicKey.export({ type: 'spki', format: 'der' });
  return toCrockford(createHash('sha256').update(key).digest(), PIN_LETTERS);
}

function isSelfSigned(certificate: X509Certificate): boolean {
  return certificate.subject === certificate.issuer && certificate.verify(certificate.publicKey);
}

/** Node gives `DNS:a, IP Address:b`; what is quoted there is no name a server goes by. */
function namesOf(certificate: X509Certificate): string[] {
  const entries = certificate.subjectAltName?.split(', ') ?? [];
  return entries.flatMap((entry) => {
    const [, name] = /^(?:DNS|IP Address):([^"]+)$/.exec(entry) ?? [];
    return name === undefined ? [] : [canonicalName(name)];
  });
}

function oneLine(name: string | undefined): string {
  return name === undefined || name === '' ? 'nobody' : name.split('\n').join(', ');
}
