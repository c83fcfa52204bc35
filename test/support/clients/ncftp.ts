import { defineClient, pathBytes, runClient } from './client.ts';
import type { DataCommand, Endpoint, FtpClientUnderTest, RemotePath } from './client.ts';
import type { ProgramResult } from '../program.ts';

/** ncftpget, ncftpput, ncftpls and, for the rest, the ncftp shell. No second try, no IPv6. */
export function ncftp(
  endpoint: Endpoint,
  mode: Extract<DataCommand, 'PASV' | 'PORT'> = 'PASV',
): FtpClientUnderTest {
  const option = mode === 'PASV' ? '-F' : '-E';
  const account = ['-u', endpoint.user, '-p', endpoint.password, '-P', String(endpoint.port)];
  const run = (program: string, args: readonly string[]): Promise<ProgramResult> =>
    runClient(`/usr/bin/${program}`, [option, '-r', '0', '-t', '20', ...account, ...args]);
  const listing = (option: string, dir: RemotePath): Promise<ProgramResult> =>
    run('ncftpls', [option, `ftp://${endpoint.host}/${pathBytes(dir).toString('utf8')}`]);
  // Arguments are text, so a name that is not UTF-8 goes through the shell's standard input.
  const get = (option: string, remote: RemotePath, local: string): Promise<ProgramResult> =>
    typeof remote === 'string'
      ? run('ncftpget', ['-V', option, '-C', endpoint.host, remote, local])
      : shell('get -z', remote, local);
  // -s, because with sendfile() a resumed upload sends the file from its beginning.
  const put = (option: string, local: string, remote: RemotePath): Promise<ProgramResult> =>
    typeof remote === 'string'
      ? run('ncftpput', ['-V', '-s', option, '-C', endpoint.host, local, remote])
      : shell('put -z', local, remote);
  const shell = async (verb: string, ...paths: readonly RemotePath[]): Promise<ProgramResult> => {
    const words = paths.map((path) =>
      Buffer.concat([Buffer.from(' "'), pathBytes(path), Buffer.from('"')]),
    );
    const passive = `set passive ${mode === 'PASV' ? 'on' : 'off'}\n`;
    const stdin = Buffer.concat([Buffer.from(passive + verb), ...words, Buffer.from('\nquit\n')]);
    const open = [...account, endpoint.host];
    return runClient('/usr/bin/ncftp', open, { stdin });
  };
  return defineClient('ncftp', {
    list: (dir) => listing('-l', dir),
    nlst: (dir) => listing('-1', dir),
    mlsd: async (dir) => {
      const result = await listing('-m', dir);
      return result.stdout.includes('type=file;') ? result : { ...result, status: 1 };
    },
    get: (remote, local) => get('-Z', remote, local),
    put: (local, remote) => put('-Z', local, remote),
    append: (local, remote) => put('-A', local, remote),
    resumeGet: (remote, local) => get('-z', remote, local),
    resumePut: (local, remote) => put('-z', local, remote),
    delete: (remote) => shell('rm', remote),
    rename: (from, to) => shell('rename', from, to),
    mkdir: (dir) => shell('mkdir', dir),
  });
}
