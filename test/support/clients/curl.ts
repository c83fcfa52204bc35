import { defineClient, ftpUrl, pathBytes, runClient } from './client.ts';
import type { ClientTls, DataCommand, Endpoint, FtpClientUnderTest, RemotePath } from './client.ts';
import type { ProgramResult } from '../program.ts';

const FLAGS: Readonly<Record<DataCommand, readonly string[]>> = {
  EPSV: [],
  PASV: ['--disable-epsv'],
  EPRT: ['--ftp-port', '-'],
  PORT: ['--ftp-port', '-', '--disable-eprt'],
};

/** curl as it comes: EPSV first, PASV when that fails; or EPRT first, PORT when that fails. */
export function curl(endpoint: Endpoint, mode: DataCommand = 'EPSV'): FtpClientUnderTest {
  const flags = [...FLAGS[mode], ...(endpoint.tls === undefined ? [] : tlsFlags(endpoint.tls))];
  const account = ['--user', `${endpoint.user}:${endpoint.password}`];
  const run = (args: readonly string[], stdin = Buffer.alloc(0)): Promise<ProgramResult> =>
    runClient('/usr/bin/curl', ['-q', '-sS', ...account, ...flags, ...args], { stdin });
  const folder = (dir: RemotePath): string => {
    const url = ftpUrl(endpoint, dir);
    return url.endsWith('/') ? url : `${url}/`;
  };
  /** Commands of its own come by configuration, because arguments cannot hold every byte. */
  const quote = (
    ...commands: readonly (readonly [string, RemotePath])[]
  ): Promise<ProgramResult> => {
    const lines = commands.map(([verb, path]) =>
      Buffer.concat([Buffer.from(`quote = "${verb} `), pathBytes(path), Buffer.from('"\n')]),
    );
    return run(['--head', '--config', '-', folder('')], Buffer.concat(lines));
  };
  return defineClient('curl', {
    list: (dir) => run([folder(dir)]),
    nlst: (dir) => run(['--list-only', folder(dir)]),
    mlsd: (dir) => run(['--request', 'MLSD', folder(dir)]),
    get: (remote, local) => run(['--output', local, ftpUrl(endpoint, remote)]),
    put: (local, remote) => run(['--upload-file', local, ftpUrl(endpoint, remote)]),
    append: (local, remote) => run(['--append', '--upload-file', local, ftpUrl(endpoint, remote)]),
    resumeGet: (remote, local) =>
      run(['--continue-at', '-', '--output', local, ftpUrl(endpoint, remote)]),
    resumePut: (local, remote) =>
      run(['--continue-at', '-', '--upload-file', local, ftpUrl(endpoint, remote)]),
    delete: (remote) => quote(['DELE', remote]),
    rename: (from, to) => quote(['RNFR', from], ['RNTO', to]),
    mkdir: (dir) => quote(['MKD', dir]),
  });
}

function tlsFlags({ caFile, data, version }: ClientTls): string[] {
  return [
    data === 'P' ? '--ssl-reqd' : '--ftp-ssl-control',
    '--cacert',
    caFile,
    ...(version === undefined ? [] : [`--tlsv${version}`, '--tls-max', version]),
  ];
}
