import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import SqliteDatabase from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { changedPolicy, DEFAULT_POLICY } from '../../../relay-server/policy.ts';
import { migrate } from '../../../relay-server/store/migrate.ts';
import { MIGRATIONS } from '../../../relay-server/store/migrations/all.ts';
import type { Schema } from '../../../relay-server/store/schema.ts';
import { openSqliteStore } from '../../../relay-server/store/sqlite.ts';
import { freshDir, freshStore, TUNNEL } from '../fixtures.ts';

/** A database as the first version left it, with a tunnel and its agent. */
async function databaseOfFirstVersion(dataDir: string): Promise<void> {
  const path = join(dataDir, 'gangway.db');
  const handle = new SqliteDatabase(path);
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database: handle }) });
  const step = { begin: () => {}, commit: () => {}, rollback: () => {} };
  const first = MIGRATIONS['0001-first'];
  assert.ok(first);
  await migrate(db, { '0001-first': first }, step, path);
  handle.exec(`
    insert into tunnels values ('t1', 'shop', '::', 2121, 'nas:21', 5, 6, 7);
    insert into agents values ('a1', 't1', 'pc', '0.1.0', 'hash', 5, 8, '192.0.2.1', null);
    insert into enrolment_codes values ('c1', 't1', 'hash', 5, 9, null, null);
    insert into settings values ('public-host', 'ftp.example.org');
  `);
  await db.destroy();
}

test('a database of the first version keeps its data and gets the default policy', async (t) => {
  const dataDir = freshDir(t);
  await databaseOfFirstVersion(dataDir);
  const store = await openSqliteStore({ dataDir });
  t.after(() => store.close());
  assert.deepEqual(await store.tunnels.list(), [
    {
      id: 't1',
      name: 'shop',
      listenHost: '::',
      port: 2121,
      implicitPort: null,
      shared: false,
      host: null,
      serverAddress: 'nas:21',
      createdAt: 5,
      updatedAt: 6,
      revision: 7,
      policy: DEFAULT_POLICY,
    },
  ]);
  assert.deepEqual(
    (await store.agents.list('t1')).map(({ id, name, lastSeenAt }) => [id, name, lastSeenAt]),
    [['a1', 'pc', 8]],
  );
  assert.equal(await store.settings.get('public-host'), 'ftp.example.org');
  const raw = new SqliteDatabase(join(dataDir, 'gangway.db'), { readonly: true });
  assert.deepEqual(raw.prepare('select id, tunnel_id, expires_at from enrolment_codes').all(), [
    { id: 'c1', tunnel_id: 't1', expires_at: 9 },
  ]);
  assert.deepEqual(raw.pragma('foreign_key_check'), []);
  raw.close();
  const changed = await store.tunnels.update('t1', { policy: { readOnly: true } });
  assert.deepEqual([changed?.policy.readOnly, changed?.revision], [true, 8]);
  await store.tunnels.delete('t1');
  assert.deepEqual(await store.agents.list(), [], 'agents still go with their tunnel');
});

test('a policy is changed field by field and outlives the program', async (t) => {
  const dataDir = freshDir(t);
  const first = await openSqliteStore({ dataDir });
  const policy = { allow: ['10.0.0.0/8'], maxSessions: 5 };
  const { id } = await first.tunnels.create({ ...TUNNEL, policy });
  await first.tunnels.update(id, { policy: { maxSessions: null, dataSource: 'any' } });
  await first.close();
  const second = await openSqliteStore({ dataDir });
  t.after(() => second.close());
  const expected = { ...DEFAULT_POLICY, allow: ['10.0.0.0/8'], dataSource: 'any' };
  assert.deepEqual((await second.tunnels.get(id))?.policy, expected);
  await second.tunnels.update(id, { port: 2200 });
  assert.deepEqual((await second.tunnels.get(id))?.policy, expected);
});

test('changes made at once are all kept', async (t) => {
  const { store } = await freshStore(t);
  const { id } = await store.tunnels.create(TUNNEL);
  await Promise.all([
    store.tunnels.update(id, { policy: { readOnly: true } }),
    store.tunnels.update(id, { policy: { maxSessions: 5 } }),
    store.tunnels.update(id, { policy: { deny: ['10.0.0.0/8'] } }),
  ]);
  const expected = changedPolicy(DEFAULT_POLICY, {
    readOnly: true,
    maxSessions: 5,
    deny: ['10.0.0.0/8'],
  });
  const tunnel = await store.tunnels.get(id);
  assert.deepEqual([tunnel?.policy, tunnel?.revision], [expected, 4]);
});
