import { GangwayError } from '../../shared/errors.ts';
import type { ResetCode } from '../../shared/proto/reset-codes.ts';
import type { SeenCertificate } from './certificate.ts';

/** Why there is no TLS with the FTP server. Both are codes with which a stream is reset. */
type ServerTlsCode = Extract<ResetCode, 'server-tls-refused' | 'server-certificate-refused'>;

/** TLS with the FTP server did not come about. */
export class ServerTlsFault extends GangwayError {
  override readonly name = 'ServerTlsFault';
  declare readonly code: ServerTlsCode;
  /** The certificate the server showed, if it came so far. */
  readonly seen: SeenCertificate | undefined;

  constructor(
    code: ServerTlsCode,
    message: string,
    more: { remedy?: string; cause?: unknown; seen?: SeenCertificate } = {},
  ) {
    super(code, message, more);
    this.seen = more.seen;
  }

  /** For a log line elsewhere, and for people: what was wrong and what to do, in one line. */
  get reason(): string {
    return this.remedy === undefined ? this.message : `${this.message}; ${this.remedy}`;
  }
}

/** Why a connection broke: OpenSSL's errors carry their words in `reason`; the message is for its developers. */
export function wordsOf(error: Error & { reason?: string }): string {
  return error.reason ?? error.message;
}
