import { startProftpd } from './proftpd.ts';
import { startPureFtpd } from './pure-ftpd.ts';
import { startPyftpdlib } from './pyftpdlib.ts';
import type { RealServer, ServerName, ServerOptions } from './real-server.ts';
import type { ServerTls, TlsVersion } from './server-tls.ts';
import { startVsftpd } from './vsftpd.ts';

export type { RealServer, ServerName, ServerOptions, ServerTls, TlsVersion };
export { startProftpd, startPureFtpd, startPyftpdlib, startVsftpd };

/** All real servers, by name. Call `ensureDebianPackages()` before starting one. */
export const REAL_SERVERS: Readonly<
  Record<ServerName, (options?: ServerOptions) => Promise<RealServer>>
> = {
  vsftpd: startVsftpd,
  proftpd: startProftpd,
  'pure-ftpd': startPureFtpd,
  pyftpdlib: startPyftpdlib,
};
