/**
 * Why TLS with the client came to nothing:
 * - `certificate`: it does not believe the certificate, and has said so;
 * - `version`, `cipher`: nothing is known to both;
 * - `not-tls`, `http`: what it sent is something else;
 * - `silent`: it sent nothing;
 * - `closed`: it closed the connection without a word.
 */
export type TlsTrouble =
  | 'certificate'
  | 'version'
  | 'cipher'
  | 'http'
  | 'not-tls'
  | 'silent'
  | 'closed'
  | 'other';

/** By the words of the relay's TLS and of OpenSSL's alerts; the first that fits counts. */
const SIGNS: readonly (readonly [TlsTrouble, RegExp])[] = [
  ['cipher', /none of the ciphers|this kind of certificate|no shared cipher|handshake failure/i],
  ['certificate', /certificate|unknown ca\b/i],
  ['version', /no TLS newer|refuses every version|protocol version/i],
  ['http', /not TLS but HTTP/i],
  ['not-tls', /is not TLS|not the beginning of TLS|wrong version number/i],
  ['silent', /did not begin TLS in time/i],
  ['closed', /closed the connection before TLS|connection was (reset|cut)/i],
];

/** @param reason of a channel that broke with `tls-failed` or an OpenSSL code, or of a failed handshake */
export function tlsTrouble(reason: string): TlsTrouble {
  return SIGNS.find(([, sign]) => sign.test(reason))?.[0] ?? 'other';
}

/** Whether a channel was ended by an alert of the client's TLS; in TLS 1.3 it comes behind the handshake. */
export function isAlert(code: string): boolean {
  return /^ERR_SSL_.*ALERT/.test(code);
}
