import { defineClient, ftpUrl, isActive, runClient } from './client.ts';
import type { ClientTls, DataCommand, Endpoint, FtpClientUnderTest, RemotePath } from './client.ts';
import type { ProgramResult } from '../program.ts';

/**
 * wget as it comes, without retries: PASV or PORT, over IPv6 EPSV or EPRT. It only fetches; its listing
 * is a page made of LIST.
 */
export function wget(endpoint: Endpoint, mode: DataCommand = 'PASV'): FtpClientUnderTest {
  const passive = isActive(mode) ? ['--no-passive-ftp'] : [];
  const secure = endpoint.tls === undefined ? [] : tlsFlags(endpoint.tls);
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
      ...secure,
      ...args,
    ]);
  return defineClient('wget', {
    list: (dir) => {
      const url = urlOf(endpoint, dir);
      return run(['-O', '-', url.endsWith('/') ? url : `${url}/`]);
    },
    get: (remote, local) => run(['-O', local, urlOf(endpoint, remote)]),
    resumeGet: (remote, local) => run(['-c', '-O', local, urlOf(endpoint, remote)]),
  });
}

/** Its `ftps:` is either kind of TLS. */
function urlOf(endpoint: Endpoint, path: RemotePath): string {
  const url = ftpUrl(endpoint, path);
  return endpoint.tls === undefined ? url : url.replace(/^ftps?:/, 'ftps:');
}

function tlsFlags({ mode, caFile, data, version }: ClientTls): string[] {
  return [
    `--ca-certificate=${caFile}`,
    ...(mode === 'implicit' ? ['--ftps-implicit'] : []),
    ...(data === 'C' ? ['--ftps-clear-data-connection'] : []),
    // Its own option for versions names the lowest; this is what it hands to GnuTLS.
    ...(version === undefined ? [] : [`--ciphers=NORMAL:-VERS-ALL:+VERS-TLS${version}`]),
  ];
}
