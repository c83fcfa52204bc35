import { stat } from 'node:fs/promises';
import { defineClient, isActive, pathBytes, runClient } from './client.ts';
import type { DataCommand, Endpoint, FtpClientUnderTest, RemotePath } from './client.ts';
import type { ProgramResult } from '../program.ts';

type Word = string | { readonly path: RemotePath };

/** tnftp (the BSD ftp) as it comes: EPSV, or EPRT; driven by its own commands on standard input. */
export function tnftp(endpoint: Endpoint, mode: DataCommand = 'EPSV'): FtpClientUnderTest {
  const old = mode === 'PASV' || mode === 'PORT';
  const script = async (...lines: readonly (readonly Word[])[]): Promise<ProgramResult> => {
    const all: (readonly Word[])[] = [
      ...(old ? [['epsv4', 'off']] : []),
      ['open', endpoint.host, String(endpoint.port)],
      ['user', endpoint.user, endpoint.password],
      ['binary'],
      ...lines,
      ['quit'],
    ];
    const args = ['-n', '-i', '-v', ...(isActive(mode) ? ['-A'] : [])];
    const result = await runClient('/usr/bin/tnftp', args, {
      stdin: Buffer.concat(all.map(line)),
    });
    return { ...result, status: result.status === 0 ? verdict(result.stdout) : result.status };
  };
  return defineClient('tnftp', {
    list: (dir) => script(['ls', { path: dir }]),
    nlst: (dir) => script(['nlist', { path: dir }]),
    mlsd: (dir) => script(['mlsd', { path: dir }]),
    get: (remote, local) => script(['get', { path: remote }, { path: local }]),
    put: (local, remote) => script(['put', { path: local }, { path: remote }]),
    append: (local, remote) => script(['append', { path: local }, { path: remote }]),
    resumeGet: async (remote, local) => {
      const { size } = await stat(local);
      return script(['restart', String(size)], ['get', { path: remote }, { path: local }]);
    },
    resumePut: async (local, remote) => {
      const asked = await script(['size', { path: remote }]);
      // tnftp prints the answer to SIZE as "name<tab>size".
      const size = /\t(\d+)$/m.exec(asked.stdout.toString('latin1'))?.[1];
      if (size === undefined) return { ...asked, status: 1 };
      return script(['restart', size], ['put', { path: local }, { path: remote }]);
    },
    delete: (remote) => script(['delete', { path: remote }]),
    rename: (from, to) => script(['rename', { path: from }, { path: to }]),
    mkdir: (dir) => script(['mkdir', { path: dir }]),
  });
}

function line(words: readonly Word[]): Buffer {
  const parts = words.flatMap((word, index) => {
    const space = Buffer.from(index === 0 ? '' : ' ');
    if (typeof word === 'string') return [space, Buffer.from(word)];
    if (word.path.length === 0) return [];
    return [space, Buffer.from('"'), pathBytes(word.path), Buffer.from('"')];
  });
  return Buffer.concat([...parts, Buffer.from('\n')]);
}

/** tnftp exits 0 whatever happened to a command; the last reply before 221 tells. */
function verdict(output: Buffer): number {
  const replies = output.toString('latin1').match(/^\d{3} .*$/gm) ?? [];
  const last = replies.findLast((reply) => !reply.startsWith('221'));
  return last?.startsWith('2') === true ? 0 : 1;
}
