import { checkServerIdentity, type PeerCertificate, type TLSSocket } from 'node:tls';
import { ServerTlsFault } from './fault.ts';
import type { Trust } from './plan.ts';

/** What people want to know of a certificate they did not expect. Its texts are bounded and printable. */
export interface SeenCertificate {
  readonly subject: string;
  readonly issuer: string;
  /** Names and addresses it is for. */
  readonly names: string;
  readonly validFrom: string;
  readonly validTo: string;
  /** SHA-256, hexadecimal, in small letters. */
  readonly fingerprint: string;
}

/** Characters of a text of a certificate in a log or a reply: a name, not a novel. */
const SHOWN = { name: 64, names: 200 } as const;

/**
 * Why the certificate of a server that has finished its handshake is not believed; undefined if it is.
 */
export function certificateFault(socket: TLSSocket, trust: Trust): ServerTlsFault | undefined {
  // Only the server of a session that was believed can resume it; its certificate is not shown again.
  if (trust.by === 'insecure' || socket.isSessionReused()) return undefined;
  const certificate = socket.getPeerCertificate();
  // Node gives an empty object in place of none.
  if (Object.keys(certificate).length === 0) {
    return new ServerTlsFault('server-certificate-refused', 'the FTP server showed no certificate');
  }
  const seen = seenOf(certificate);
  const why =
    trust.by === 'fingerprint'
      ? notPinned(seen, trust.sha256)
      : (notIssued(socket, seen) ?? notNamed(trust.name, certificate, seen));
  if (why === undefined) return undefined;
  const [message, remedy] = why;
  return new ServerTlsFault('server-certificate-refused', message, { remedy, seen });
}

/** What is wrong, and what to do about it. */
type Why = readonly [message: string, remedy: string];

function notPinned(seen: SeenCertificate, sha256: string): Why | undefined {
  if (seen.fingerprint === sha256) return undefined;
  return [
    `the FTP server's certificate (${seen.subject}) is not the one of --server-fingerprint`,
    `if it was renewed, give the new one's: ${seen.fingerprint}`,
  ];
}

function notIssued(socket: TLSSocket, seen: SeenCertificate): Why | undefined {
  if (socket.authorized) return undefined;
  const code = String(socket.authorizationError);
  const whose = `the FTP server's certificate (${seen.subject})`;
  if (code === 'CERT_HAS_EXPIRED') {
    return [
      `${whose} or its issuer's expired on ${seen.validTo}`,
      'renew it, or pin it with --server-fingerprint',
    ];
  }
  if (code === 'CERT_NOT_YET_VALID') {
    return [`${whose} is not valid before ${seen.validFrom}`, "check this machine's clock"];
  }
  if (code === 'DEPTH_ZERO_SELF_SIGNED_CERT') {
    return [`${whose} is self-signed`, `pin it: --server-fingerprint ${seen.fingerprint}`];
  }
  if (UNKNOWN_ISSUER.has(code)) {
    const remedy = 'give --server-ca FILE, or pin it with --server-fingerprint';
    return [`${whose} was issued by ${seen.issuer}, whom nobody here trusts`, remedy];
  }
  return [`${whose} is not believed: ${code}`, 'pin it with --server-fingerprint'];
}

const UNKNOWN_ISSUER: ReadonlySet<string> = new Set([
  // Two authorities of one name.
  'CERT_SIGNATURE_FAILURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
]);

function notNamed(
  name: string,
  certificate: PeerCertificate,
  seen: SeenCertificate,
): Why | undefined {
  if (checkServerIdentity(name, certificate) === undefined) return undefined;
  return [
    `the FTP server's certificate is for ${seen.names}, not for ${name}`,
    'say which name to expect with --server-name, or pin it with --server-fingerprint',
  ];
}

function seenOf(certificate: PeerCertificate): SeenCertificate {
  const { subject, issuer, subjectaltname, valid_from, valid_to, fingerprint256 } = certificate;
  const names = (subjectaltname ?? '').replaceAll(/\b(?:DNS|IP Address):/g, '');
  return {
    subject: shown(subject.CN ?? subject.O, SHOWN.name),
    issuer: shown(issuer.CN ?? issuer.O, SHOWN.name),
    names: shown(names === '' ? subject.CN : names, SHOWN.names),
    validFrom: day(valid_from),
    validTo: day(valid_to),
    fingerprint: fingerprint256.replaceAll(':', '').toLowerCase(),
  };
}

/** Somebody else chose these texts, and a field that stands twice is a list. */
function shown(text: string | string[] | undefined, most: number): string {
  const printable = [text ?? 'nobody']
    .flat()
    .join(', ')
    .replaceAll(/[^\x20-\x7e\xa0-\uffff]/g, '?');
  return printable.length > most ? `${printable.slice(0, most)}…` : printable;
}

/** OpenSSL's `Nov 24 12:00:00 2026 GMT` as a day. */
function day(text: string): string {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? shown(text, SHOWN.name) : at.toISOString().slice(0, 10);
}
