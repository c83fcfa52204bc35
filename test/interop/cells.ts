import assert from 'node:assert/strict';
import { appendFile, chown, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FtpClientUnderTest, Operation, RemotePath } from '../support/clients/index.ts';
import type { Lftp } from '../support/clients/lftp.ts';
import type { ProgramResult } from '../support/program.ts';
import type { RealServer } from '../support/servers/index.ts';
import { MIRROR_FILES, SAMPLE_SIZES, sampleOf, sha256File } from './samples.ts';
import type { Sample } from './samples.ts';

/** What a cell works with. Remote paths are relative to the login, local ones absolute. */
export interface CellContext {
  readonly client: FtpClientUnderTest;
  readonly server: RealServer;
  readonly samples: readonly Sample[];
  /** Remote folder of this client and route alone. */
  readonly remote: string;
  /** The same folder on disk. */
  readonly disk: string;
  /** Local folder of this client and route alone. */
  readonly local: string;
  /** Remote folder with every sample, and its files' names. */
  readonly sampleFolder: string;
  /** Remote folder with {@link MIRROR_FILES} files, and the same on disk. */
  readonly mirrorFolder: string;
}

/** One thing that a client does with a server; its name is the subtest's. */
export interface Cell {
  readonly name: string;
  readonly needs: readonly Operation[];
  /** Only lftp mirrors. */
  readonly onlyLftp?: true;
  /** Run in every mode of a client; the others only in the mode in which it comes. */
  readonly short?: true;
  /** @throws when the client reported a failure or the result on disk is not as it must be. */
  run(context: CellContext): Promise<void>;
}

const SIZES = Object.keys(SAMPLE_SIZES);
const RESUME_SAMPLE = '100 KB';
/** How much of the file is there before it is resumed. */
const RESUME_AT = 33_333;
const PARALLEL = 8;

/** Names that break clients which split at blanks or decode; the last is not UTF-8. */
const NAMES: readonly (readonly [string, RemotePath])[] = [
  ['with spaces', 'name with  two spaces.bin'],
  ['in UTF-8', 'Grüße-文件.bin'],
  ['in Latin-1', Buffer.from('caf\u00e9-\u00fc.bin', 'latin1')],
];

function succeeded(result: ProgramResult): void {
  const said = Buffer.concat([result.stdout.subarray(-2000), result.stderr.subarray(-2000)]);
  assert.equal(result.status, 0, said.toString('latin1'));
}

function lists(result: ProgramResult, samples: readonly Sample[]): void {
  succeeded(result);
  for (const { file } of samples) {
    assert.ok(result.stdout.includes(file), `${file} is missing in ${result.stdout.toString()}`);
  }
}

/** `folder/name` as bytes where the name is bytes. */
function below(folder: string, name: RemotePath): RemotePath {
  if (typeof name === 'string') return `${folder}/${name}`;
  return Buffer.concat([Buffer.from(`${folder}/`), name]);
}

async function own(context: CellContext, path: string): Promise<void> {
  await chown(path, context.server.owner.uid, context.server.owner.gid);
}

const LISTINGS: readonly Cell[] = [
  {
    name: 'login and LIST',
    short: true,
    needs: ['list'],
    run: async ({ client, samples, sampleFolder }) =>
      lists(await client.list(sampleFolder), samples),
  },
  {
    name: 'NLST',
    needs: ['nlst'],
    run: async ({ client, samples, sampleFolder }) =>
      lists(await client.nlst(sampleFolder), samples),
  },
  {
    name: 'MLSD',
    needs: ['mlsd'],
    run: async ({ client, samples, sampleFolder }) =>
      lists(await client.mlsd(sampleFolder), samples),
  },
];

function retrieves(label: string): Cell {
  return {
    ...(label === RESUME_SAMPLE && { short: true }),
    name: `RETR ${label}`,
    needs: ['get'],
    async run({ client, samples, sampleFolder, local }) {
      const sample = sampleOf(samples, label);
      const target = join(local, `down-${sample.file}`);
      succeeded(await client.get(`${sampleFolder}/${sample.file}`, target));
      assert.equal(await sha256File(target), sample.sha256);
      await rm(target);
    },
  };
}

function stores(label: string): Cell {
  return {
    ...(label === RESUME_SAMPLE && { short: true }),
    name: `STOR ${label}`,
    needs: ['put'],
    async run({ client, samples, remote, disk, server }) {
      const sample = sampleOf(samples, label);
      const source = join(server.home, 'samples', sample.file);
      succeeded(await client.put(source, `${remote}/up-${sample.file}`));
      assert.equal(await sha256File(join(disk, `up-${sample.file}`)), sample.sha256);
      await rm(join(disk, `up-${sample.file}`));
    },
  };
}

const CONTINUATIONS: readonly Cell[] = [
  {
    name: 'APPE',
    short: true,
    needs: ['append'],
    async run(context) {
      const { bytes, sha256 } = sampleOf(context.samples, RESUME_SAMPLE);
      const target = join(context.disk, 'appended');
      const rest = join(context.local, 'rest');
      await writeFile(target, bytes.subarray(0, RESUME_AT));
      await own(context, target);
      await writeFile(rest, bytes.subarray(RESUME_AT));
      succeeded(await context.client.append(rest, `${context.remote}/appended`));
      assert.equal(await sha256File(target), sha256);
    },
  },
  {
    name: 'REST download',
    short: true,
    needs: ['resumeGet'],
    async run({ client, samples, sampleFolder, local }) {
      const { bytes, file, sha256 } = sampleOf(samples, RESUME_SAMPLE);
      const target = join(local, 'resumed');
      await writeFile(target, '');
      await appendFile(target, bytes.subarray(0, RESUME_AT));
      succeeded(await client.resumeGet(`${sampleFolder}/${file}`, target));
      assert.equal(await sha256File(target), sha256);
    },
  },
  {
    name: 'REST upload',
    needs: ['resumePut'],
    async run(context) {
      const { bytes, file, sha256 } = sampleOf(context.samples, RESUME_SAMPLE);
      const target = join(context.disk, 'resumed');
      await writeFile(target, bytes.subarray(0, RESUME_AT));
      await own(context, target);
      const source = join(context.server.home, 'samples', file);
      succeeded(await context.client.resumePut(source, `${context.remote}/resumed`));
      assert.equal(await sha256File(target), sha256);
    },
  },
];

function named(kind: string, name: RemotePath): Cell {
  return {
    name: `a name ${kind}`,
    needs: ['get'],
    async run({ client, samples, remote, disk, local, server }) {
      const { bytes, file, sha256 } = sampleOf(samples, RESUME_SAMPLE);
      const onDisk = Buffer.concat([Buffer.from(`${disk}/`), Buffer.from(name as Buffer)]);
      await rm(onDisk, { force: true });
      if (client.can.has('put')) {
        succeeded(await client.put(join(server.home, 'samples', file), below(remote, name)));
        assert.equal(await sha256File(onDisk), sha256);
      } else await writeFile(onDisk, bytes);
      const target = join(local, `named-${kind.replaceAll(' ', '-')}`);
      succeeded(await client.get(below(remote, name), target));
      assert.equal(await sha256File(target), sha256);
    },
  };
}

const CHANGES: readonly Cell[] = [
  {
    name: 'delete',
    needs: ['delete'],
    async run(context) {
      const target = join(context.disk, 'doomed');
      await writeFile(target, 'x');
      await own(context, target);
      succeeded(await context.client.delete(`${context.remote}/doomed`));
      await assert.rejects(stat(target), { code: 'ENOENT' });
    },
  },
  {
    name: 'rename',
    needs: ['rename'],
    async run(context) {
      const { client, remote, disk } = context;
      await writeFile(join(disk, 'before'), 'x');
      await own(context, join(disk, 'before'));
      succeeded(await client.rename(`${remote}/before`, `${remote}/after it`));
      assert.equal((await stat(join(disk, 'after it'))).size, 1);
      await assert.rejects(stat(join(disk, 'before')), { code: 'ENOENT' });
    },
  },
  {
    name: 'mkdir',
    needs: ['mkdir'],
    async run({ client, remote, disk }) {
      succeeded(await client.mkdir(`${remote}/new folder`));
      assert.ok((await stat(join(disk, 'new folder'))).isDirectory());
    },
  },
];

async function sameFolders(one: string, other: string): Promise<void> {
  const names = (await readdir(one)).sort();
  assert.equal(names.length, MIRROR_FILES);
  assert.deepEqual((await readdir(other)).sort(), names);
  for (const name of names) {
    assert.equal(await sha256File(join(other, name)), await sha256File(join(one, name)), name);
  }
}

const MIRRORS: readonly Cell[] = [
  {
    name: `mirror -P ${PARALLEL} of ${MIRROR_FILES} files`,
    short: true,
    needs: [],
    onlyLftp: true,
    async run({ client, server, mirrorFolder, local }) {
      const target = join(local, 'mirror');
      succeeded(await (client as Lftp).mirrorDown(mirrorFolder, target, PARALLEL));
      await sameFolders(join(server.home, mirrorFolder), target);
    },
  },
  {
    name: `mirror -R -P ${PARALLEL} of ${MIRROR_FILES} files`,
    needs: [],
    onlyLftp: true,
    async run(context) {
      const { client, server, mirrorFolder, remote, disk } = context;
      const source = join(server.home, mirrorFolder);
      await mkdir(join(disk, 'mirror'), { recursive: true });
      await own(context, join(disk, 'mirror'));
      succeeded(await (client as Lftp).mirrorUp(source, `${remote}/mirror`, PARALLEL));
      await sameFolders(source, join(disk, 'mirror'));
    },
  },
];

/** Every cell of a pair of client and server, in the order they run. */
export const CELLS: readonly Cell[] = [
  ...LISTINGS,
  ...SIZES.map(retrieves),
  ...SIZES.map(stores),
  ...CONTINUATIONS,
  ...NAMES.map(([kind, name]) => named(kind, name)),
  ...CHANGES,
  ...MIRRORS,
];
