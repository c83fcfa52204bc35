import type { Remedy } from '../cause.ts';
import {
  CHECK_PASSWORD,
  FEWER_CONNECTIONS,
  KEEP_ALIVE,
  NAME_THE_SERVER,
  TRANSFER_AGAIN,
} from './connections.ts';
import { NAME_NO_ADDRESS, USE_ACTIVE, USE_EXTENDED, USE_PASSIVE } from './modes.ts';
import { FTP_NOT_HTTP, FTP_NOT_SFTP, USE_UTF8 } from './protocols.ts';
import {
  CLEAR_DATA,
  NEWER_TLS,
  PROTECT_DATA,
  RESUME_TLS,
  TRUST_CERTIFICATE,
  USE_CLEAR,
  USE_EXPLICIT_TLS,
} from './tls.ts';

/** Remedies with steps of their own for each program, by what they do. */
export const STEPS: readonly { readonly title: string; readonly remedy: Remedy }[] = [
  { title: 'Switch to passive mode', remedy: USE_PASSIVE },
  { title: 'Name no address of your own', remedy: NAME_NO_ADDRESS },
  { title: 'Use the commands for IPv6', remedy: USE_EXTENDED },
  { title: 'Switch to active mode', remedy: USE_ACTIVE },
  { title: 'Use explicit FTP over TLS', remedy: USE_EXPLICIT_TLS },
  { title: 'Encrypt files and listings, too', remedy: PROTECT_DATA },
  { title: 'Use plain FTP', remedy: USE_CLEAR },
  { title: 'Leave files and listings unencrypted', remedy: CLEAR_DATA },
  { title: 'Resume the TLS session', remedy: RESUME_TLS },
  { title: 'Get a program with TLS 1.2', remedy: NEWER_TLS },
  { title: 'Trust the certificate', remedy: TRUST_CERTIFICATE },
  { title: 'Choose FTP in place of SFTP', remedy: FTP_NOT_SFTP },
  { title: 'Use an FTP program', remedy: FTP_NOT_HTTP },
  { title: 'Send file names in UTF-8', remedy: USE_UTF8 },
  { title: 'Enter user name and password anew', remedy: CHECK_PASSWORD },
  { title: 'Say which server is meant', remedy: NAME_THE_SERVER },
  { title: 'Use fewer connections', remedy: FEWER_CONNECTIONS },
  { title: 'Keep the connection awake', remedy: KEEP_ALIVE },
  { title: 'Transfer again', remedy: TRANSFER_AGAIN },
];
