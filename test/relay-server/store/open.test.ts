import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import SqliteDatabase from 'better-sqlite3';
import { MIGRATIONS } from '../../../relay-server/store/migrations/all.ts';
import { openSqliteStore } from '../../../relay-server/store/sqlite.ts';
import { freshDir, TUNNEL } from '../fixtures.ts';

const permissions = (path: string): number => statSync(path).mode & 0o777;

test('a data directory is made for its owner alone', async (t) => {
  const dataDir = join(freshDir(t), 'deep', 'data');
  const store = await openSqliteStore({ dataDir });
  assert.equal(permissions(dataDir), 0o700);
  for (const file of ['gangway.db', 'gangway.db-wal', 'gangway.db-shm']) {
    assert.equal(permissions(join(dataDir, file)), 0o600, file);
  }
  await store.close();
});

test('a database others could read is closed to them', async (t) => {
  const dataDir = freshDir(t);
  await (await openSqliteStore({ dataDir })).close();
  chmodSync(join(dataDir, 'gangway.db'), 0o644);
  await (await openSqliteStore({ dataDir })).close();
  assert.equal(permissions(join(dataDir, 'gangway.db')), 0o600);
});

test('migrations run once and data outlives the program', async (t) => {
  const dataDir = freshDir(t);
  const first = await openSqliteStore({ dataDir });
  const tunnel = await first.tunnels.create(TUNNEL);
  await first.close();
  await first.close();
  const second = await openSqliteStore({ dataDir });
  assert.deepEqual(await second.tunnels.list(), [tunnel]);
  await second.close();
  const raw = new SqliteDatabase(join(dataDir, 'gangway.db'), { readonly: true });
  assert.deepEqual(
    raw.prepare('select name from kysely_migration').all(),
    Object.keys(MIGRATIONS).map((name) => ({ name })),
  );
  assert.equal(raw.pragma('journal_mode', { simple: true }), 'wal');
  raw.close();
});

test('of several programs that redeem a code at once exactly one gets an agent', async (t) => {
  const dataDir = freshDir(t);
  const store = await openSqliteStore({ dataDir });
  t.after(() => store.close());
  const { code } = await store.codes.create((await store.tunnels.create(TUNNEL)).id);
  const script = new URL('redeem-in-process.ts', import.meta.url).pathname;
  const programs = Array.from({ length: 4 }, () => {
    const child = spawn(process.execPath, [script, dataDir, code], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    t.after(() => child.kill('SIGKILL'));
    return { child, lines: createInterface(child.stdout)[Symbol.asyncIterator]() };
  });
  for (const { lines } of programs) assert.equal((await lines.next()).value, 'open');
  for (const { child } of programs) child.stdin.write('go\n');
  const said = await Promise.all(
    programs.map(async ({ lines }) => String((await lines.next()).value)),
  );
  assert.deepEqual(said.sort(), ['redeemed', 'used', 'used', 'used']);
  assert.equal((await store.agents.list()).length, 1);
});

test('an older program refuses the data of a newer one and leaves it alone', async (t) => {
  const dataDir = freshDir(t);
  await (await openSqliteStore({ dataDir })).close();
  const raw = new SqliteDatabase(join(dataDir, 'gangway.db'));
  raw.prepare("insert into kysely_migration values ('9999-later', '2030')").run();
  raw.close();
  await assert.rejects(openSqliteStore({ dataDir }), {
    code: 'schema-newer',
    message: /9999-later/,
  });
});

test('a step that fails leaves no half of a schema', async (t) => {
  const dataDir = freshDir(t);
  const raw = new SqliteDatabase(join(dataDir, 'gangway.db'));
  raw.exec('create table settings (x)');
  raw.close();
  await assert.rejects(openSqliteStore({ dataDir }));
  const after = new SqliteDatabase(join(dataDir, 'gangway.db'), { readonly: true });
  assert.deepEqual(after.prepare("select name from sqlite_master where type = 'table'").all(), [
    { name: 'settings' },
  ]);
  after.close();
});

test('a file that is no database is named with the remedy', async (t) => {
  const dataDir = freshDir(t);
  writeFileSync(
    join(dataDir, 'gangway.db'),
    'this is not a database, however long it is'.repeat(100),
  );
  await assert.rejects(openSqliteStore({ dataDir }), {
    code: 'store-damaged',
    message: /gangway\.db/,
    remedy: /backup/,
  });
});

test('a path that cannot be a data directory is named with the reason', async (t) => {
  const dir = freshDir(t);
  const file = join(dir, 'file');
  writeFileSync(file, '');
  const unusable = { code: 'data-dir-unusable', message: new RegExp(file), remedy: /--data-dir/ };
  await assert.rejects(openSqliteStore({ dataDir: file }), unusable);
  await assert.rejects(openSqliteStore({ dataDir: join(file, 'below') }), unusable);
  mkdirSync(join(dir, 'odd', 'gangway.db'), { recursive: true });
  await assert.rejects(openSqliteStore({ dataDir: join(dir, 'odd') }), {
    code: 'data-dir-unusable',
  });
});

const noRoot = process.getuid?.() === 0 ? false : 'only root can make files for others';

test("root leaves the database to the directory's owner", { skip: noRoot }, async (t) => {
  const dataDir = freshDir(t);
  chownSync(dataDir, 65_534, 65_534);
  const store = await openSqliteStore({ dataDir });
  for (const file of ['gangway.db', 'gangway.db-wal', 'gangway.db-shm']) {
    assert.equal(statSync(join(dataDir, file)).uid, 65_534, file);
  }
  await store.close();
});

test('a data directory is not made by those who only look', async (t) => {
  const dataDir = join(freshDir(t), 'none');
  const missing = { code: 'data-dir-missing', message: new RegExp(dataDir) };
  await assert.rejects(openSqliteStore({ dataDir, create: false }), missing);
  assert.throws(() => statSync(dataDir), { code: 'ENOENT' });
});
