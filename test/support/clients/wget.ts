import { defineClient, ftpUrl, runClient } from './client.ts';
import type { Endpoint, FtpClientUnderTest } from './client.ts';
import type { ProgramResult } from '../program.ts';

/** wget as it comes, without retries. It only fetches; its listing is a page made of LIST. */
export function wget(endpoint: Endpoint): FtpClientUnderTest {
  const account = [`--ftp-user=${endpoint.user}`, `--ftp-password=${endpoint.password}`];
  const run = (args: readonly string[]): Promise<ProgramResult> =>
    runClient('/usr/bin/wget', ['--no-config', '-nv', '-t', '1', '-T', '20', ...account, ...args]);
  return defineClient('wget', {
    list: (dir) => {
      const url = ftpUrl(endpoint, dir);
      return run(['-O', '-', url.endsWith('/') ? url : `${url}/`]);
    },
    get: (remote, local) => run(['-O', local, ftpUrl(endpoint, remote)]),
    resumeGet: (remote, local) => run(['-c', '-O', local, ftpUrl(endpoint, remote)]),
  });
}
