import { readFile, stat } from 'node:fs/promises';
import { Client, enterPassiveModeIPv4, enterPassiveModeIPv6, type AccessOptions } from 'basic-ftp';
import { defineClient, pathText } from './client.ts';
import type { DataCommand, Endpoint, FtpClientUnderTest, RemotePath } from './client.ts';
import type { ProgramResult } from '../program.ts';

const TIMEOUT_MS = 20_000;

type PassiveCommand = Extract<DataCommand, 'EPSV' | 'PASV'>;

/** The library basic-ftp, never active. As it comes it tries EPSV, then PASV. Runs in this process. */
export function basicFtp(endpoint: Endpoint, mode?: PassiveCommand): FtpClientUnderTest {
  const session = (path: RemotePath, work: Work): Promise<ProgramResult> =>
    runSession(endpoint, mode, path, work);
  const listing = (dir: RemotePath, commands: string[]): Promise<ProgramResult> =>
    session(dir, async (client, remote) => {
      client.availableListCommands = commands;
      const files = await client.list(remote);
      return files.map((file) => file.name).join('\n');
    });
  const simple = (
    path: RemotePath,
    work: (client: Client, remote: string) => Promise<unknown>,
  ): Promise<ProgramResult> =>
    session(path, async (client, remote) => {
      await work(client, remote);
      return '';
    });
  return defineClient('basic-ftp', {
    list: (dir) => listing(dir, ['LIST']),
    mlsd: (dir) => listing(dir, ['MLSD']),
    get: (remote, local) => simple(remote, (client, path) => client.downloadTo(local, path)),
    put: (local, remote) => simple(remote, (client, path) => client.uploadFrom(local, path)),
    append: (local, remote) => simple(remote, (client, path) => client.appendFrom(local, path)),
    resumeGet: (remote, local) =>
      simple(remote, async (client, path) =>
        client.downloadTo(local, path, (await stat(local)).size),
      ),
    resumePut: (local, remote) =>
      simple(remote, async (client, path) =>
        client.appendFrom(local, path, { localStart: await client.size(path) }),
      ),
    delete: (remote) => simple(remote, (client, path) => client.remove(path)),
    rename: (from, to) => simple(from, (client, path) => client.rename(path, pathText(to).text)),
    mkdir: (dir) => simple(dir, (client, path) => client.send(`MKD ${path}`)),
  });
}

type Work = (client: Client, remote: string) => Promise<string>;

/** One login and what `work` does with it, told in the way of a program. */
async function runSession(
  endpoint: Endpoint,
  mode: PassiveCommand | undefined,
  path: RemotePath,
  work: Work,
): Promise<ProgramResult> {
  const started = performance.now();
  const client = new Client(TIMEOUT_MS);
  const { text, charset } = pathText(path);
  const result = { status: 0, stdout: '', stderr: '' };
  try {
    await client.access(await accessOf(endpoint));
    if (mode === 'PASV') client.prepareTransfer = enterPassiveModeIPv4;
    if (mode === 'EPSV') client.prepareTransfer = enterPassiveModeIPv6;
    if (charset === 'latin1') client.ftp.encoding = 'latin1';
    result.stdout = await work(client, text);
  } catch (error) {
    result.status = 1;
    result.stderr = error instanceof Error ? error.message : String(error);
  } finally {
    client.close();
  }
  const bytes = { stdout: Buffer.from(result.stdout), stderr: Buffer.from(result.stderr) };
  return { status: result.status, ...bytes, ms: performance.now() - started };
}

/** @throws Error when the data connections are to be clear: after AUTH it makes none such. */
async function accessOf({ tls, ...account }: Endpoint): Promise<AccessOptions> {
  if (tls === undefined) return account;
  if (tls.data === 'C') throw new Error('basic-ftp has no PROT C');
  const { version } = tls;
  const versions = { minVersion: `TLSv${version ?? '1.2'}`, maxVersion: `TLSv${version ?? '1.3'}` };
  const secureOptions = { ca: await readFile(tls.caFile), ...versions };
  const secure = tls.mode === 'implicit' ? 'implicit' : true;
  return { ...account, secure, secureOptions } as AccessOptions;
}
