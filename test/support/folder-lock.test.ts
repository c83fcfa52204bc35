import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { withFolderLock } from './folder-lock.ts';

async function inFreshFolder(work: (lock: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'gangway-lock-'));
  try {
    await work(join(folder, 'lock'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

it('lets one at a time in', () =>
  inFreshFolder(async (lock) => {
    let inside = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      assert.equal(inside, 1);
      await mkdir(`${lock}-work`);
      await rm(`${lock}-work`, { recursive: true });
      inside -= 1;
    };
    await Promise.all([1, 2, 3].map(() => withFolderLock(lock, work)));
  }));

it('is given back when the work fails', () =>
  inFreshFolder(async (lock) => {
    const failing = withFolderLock(lock, () => Promise.reject(new Error('no luck')));
    await assert.rejects(failing, /no luck/);
    assert.equal(await withFolderLock(lock, () => Promise.resolve('in')), 'in');
  }));

it('is taken over from a process that died', () =>
  inFreshFolder(async (lock) => {
    const dead = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
    await once(dead, 'exit');
    await mkdir(lock);
    await writeFile(join(lock, 'pid'), String(dead.pid));
    assert.equal(await withFolderLock(lock, () => Promise.resolve('in')), 'in');
  }));
