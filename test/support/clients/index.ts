import { basicFtp } from './basic-ftp.ts';
import type { Endpoint, FtpClientUnderTest } from './client.ts';
import { curl } from './curl.ts';
import { lftp } from './lftp.ts';
import { ncftp } from './ncftp.ts';
import { pythonFtplib } from './python-ftplib.ts';
import { tnftp } from './tnftp.ts';
import { wget } from './wget.ts';

export type { Endpoint, FtpClientUnderTest, Operation, RemotePath } from './client.ts';
export { basicFtp, curl, lftp, ncftp, pythonFtplib, tnftp, wget };

/** Every client of the interop table, in its order. */
export const FTP_CLIENTS: readonly ((endpoint: Endpoint) => FtpClientUnderTest)[] = [
  curl,
  lftp,
  ncftp,
  tnftp,
  wget,
  pythonFtplib,
  basicFtp,
];
