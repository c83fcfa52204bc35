/** Why TLS with a client did not come about. */
export interface TlsFailure {
  /** Node's or OpenSSL's word for it, for programs. */
  readonly code: string;
  /** For people. */
  readonly reason: string;
}

/** By the code of Node's error; each says what is wrong at the client's end, as far as that can be seen. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'what the client sent is not TLS'],
  ['ERR_SSL_HTTP_REQUEST', 'what the client sent is not TLS but HTTP'],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'what the client sent is not TLS'],
  ['ERR_SSL_RECORD_TOO_SMALL', 'what the client sent is not TLS'],
  ['ERR_SSL_BAD_RECORD_TYPE', 'what the client sent is not TLS'],
  ['ERR_SSL_UNEXPECTED_MESSAGE', 'what the client sent is not the beginning of TLS'],
  ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'the client speaks no TLS newer than 1.1; 1.2 is needed'],
  ['ERR_SSL_VERSION_TOO_LOW', 'the client speaks no TLS newer than 1.1; 1.2 is needed'],
  ['ERR_SSL_NO_SHARED_CIPHER', 'the client knows none of the ciphers that are allowed'],
  ['ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM', 'the client cannot check this kind of certificate'],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'the client refuses every version of TLS offered'],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', "the client does not trust the certificate's issuer"],
  ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN', 'the client refuses the certificate'],
  ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'the client refuses the certificate'],
  ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', 'the client says that the certificate has expired'],
  ['ERR_SSL_SSL/TLS_ALERT_UNKNOWN_CA', "the client does not trust the certificate's issuer"],
  ['ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_UNKNOWN', 'the client refuses the certificate'],
  ['ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE', 'the client refuses the certificate'],
  ['ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED', 'the client says that the certificate has expired'],
  ['ERR_TLS_HANDSHAKE_TIMEOUT', 'the client did not begin TLS in time'],
  ['ECONNRESET', 'the client closed the connection before TLS was agreed on'],
  ['EPIPE', 'the client closed the connection before TLS was agreed on'],
  ['ERR_TLS_TRUNCATED', 'the client closed the connection before TLS was agreed on'],
]);

/** Words for an error of Node's TLS, or of the socket below. */
export function tlsFailure(error: NodeJS.ErrnoException): TlsFailure {
  const code = error.code ?? 'tls-error';
  // OpenSSL's own text begins with thread, library and function.
  const text = error.message.split(':')[5] ?? error.message;
  return { code, reason: REASONS.get(code) ?? `TLS failed: ${text.trim()}` };
}
