import { defineClient, ftpUrl, isActive, runClient } from './client.ts';
import type { DataCommand, Endpoint, FtpClientUnderTest } from './client.ts';
import type { ProgramResult } from '../program.ts';

/**
 * wget as it comes, without retries: PASV or PORT, over IPv6 EPSV or EPRT. It only fetches; its listing
 * is a page made of LIST.
 */
export function wget(endpoint: Endpoint, mode: DataCommand = 'PASV'): FtpClientUnderTest {
  const passive = isActive(mode) ? ['--no-passive-ftp'] : [];
  const account = [`--ftp-user=${endpoint.user}`, `--ftp-password=${endpoint.password}`];
  const run = (args: readonly string[]): Promise<ProgramResult> =>
    runClient('/usr/bin/wget', [
      '--no-config',
      '-nv',
      '-t',
      '1',
      '-T',
      '20',
      ...passive,
      ...account,
      ...args,
    ]);
  return defineClient('wget', {
    list: (dir) => {
      const url = ftpUrl(endpoint, dir);
      return run(['-O', '-', url.endsWith('/') ? url : `${url}/`]);
    },
    get: (remote, local) => run(['-O', local, ftpUrl(endpoint, remote)]),
    resumeGet: (remote, local) => run(['-c', '-O', local, ftpUrl(endpoint, remote)]),
  });
}
