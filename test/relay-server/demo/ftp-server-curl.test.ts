import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { suite, test } from 'node:test';
import { promisify } from 'node:util';
import type { DemoFtpServer } from '../../../relay-server/demo/ftp-server/server.ts';
import { writeSamples } from '../../../relay-server/demo/samples.ts';
import { ACCOUNT, serverOn, temporaryFolder } from './ftp-fixture.ts';

const run = promisify(execFile);
const skip = spawnSync('curl', ['--version']).status === 0 ? false : 'curl is not installed';

async function curl(server: DemoFtpServer, name: string, ...options: string[]): Promise<string> {
  const url = `ftp://${server.host}:${server.port}/${name}`;
  const login = `${ACCOUNT.user}:${ACCOUNT.password}`;
  const args = ['-sS', '--max-time', '30', '--user', login, ...options, url];
  return (await run('curl', args, { maxBuffer: 16 * 1024 * 1024 })).stdout;
}

suite('demo FTP server with curl', { skip }, () => {
  for (const size of [0, 1, 3_000_000]) {
    test(`${size} bytes up and down`, async (t) => {
      const server = await serverOn(t);
      const folder = await temporaryFolder(t);
      const bytes = randomBytes(size);
      await writeFile(path.join(folder, 'up'), bytes);
      await curl(server, 'new/x', '--ftp-create-dirs', '--upload-file', path.join(folder, 'up'));
      assert.ok(bytes.equals(await readFile(path.join(server.root, 'new', 'x'))));
      await curl(server, 'new/x', '--output', path.join(folder, 'down'));
      const down = await readFile(path.join(folder, 'down')).catch(() => Buffer.alloc(0));
      assert.ok(bytes.equals(down));
    });
  }

  test('resumes in both directions', async (t) => {
    const server = await serverOn(t);
    const folder = await temporaryFolder(t);
    const bytes = randomBytes(1_000_000);
    await writeFile(path.join(server.root, 'down'), bytes);
    await writeFile(path.join(folder, 'down'), bytes.subarray(0, 400_000));
    await curl(server, 'down', '--continue-at', '-', '--output', path.join(folder, 'down'));
    assert.ok(bytes.equals(await readFile(path.join(folder, 'down'))));
    await writeFile(path.join(server.root, 'up'), bytes.subarray(0, 300_000));
    await writeFile(path.join(folder, 'up'), bytes);
    await curl(server, 'up', '--continue-at', '-', '--upload-file', path.join(folder, 'up'));
    assert.ok(bytes.equals(await readFile(path.join(server.root, 'up'))));
  });

  test('a wrong password is exit code 67', async (t) => {
    const server = await serverOn(t);
    await assert.rejects(curl(server, '', '--user', 'demo:wrong'), { code: 67 });
  });

  test('lists with EPSV and with PASV, by LIST and by NLST', async (t) => {
    const server = await serverOn(t);
    await writeFile(path.join(server.root, 'ü x'), '12345');
    for (const options of [[], ['--disable-epsv']]) {
      assert.match(await curl(server, '', ...options), /^-rw\S+ .* 5 .* ü x\r?\n$/);
      assert.equal((await curl(server, '', '--list-only', ...options)).trim(), 'ü x');
    }
  });

  test('the samples can be listed and fetched, and are the same every time', async (t) => {
    const server = await serverOn(t);
    await writeSamples(server.root);
    const names = (await curl(server, '', '--list-only')).trim().split(/\r?\n/);
    assert.deepEqual(names, (await readdir(server.root)).toSorted());
    assert.match(await curl(server, 'README.txt'), /demo/);
    assert.equal(await curl(server, encodeURIComponent('Grüße & 你好.txt')), 'Names are UTF-8.\n');
    const large = await readFile(path.join(server.root, 'large.bin'));
    await writeSamples(server.root);
    assert.ok(large.equals(await readFile(path.join(server.root, 'large.bin'))));
    assert.equal(large.length, 1024 * 1024);
    assert.ok(new Set(large).size === 256);
  });
});
