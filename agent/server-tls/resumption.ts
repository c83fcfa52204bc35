/**
 * The TLS session of one control connection, which its data connections resume: vsftpd, ProFTPD and
 * FileZilla Server refuse those that do not (RFC 4217 §10.2 lets them). In TLS 1.3 it is the newest ticket.
 */
export class Resumption {
  session: Buffer | undefined;
}
