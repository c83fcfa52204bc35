import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import SqliteDatabase from 'better-sqlite3';
import { auditTrail, differences } from '../../../relay-server/audit.ts';
import { COMMAND_LINE } from '../../../relay-server/http/principal.ts';
import { ACCESS_LIMITS } from '../../../relay-server/limits.ts';
import { freshStore } from '../fixtures.ts';

test('changes of one millisecond keep their order', async (t) => {
  const { store } = await freshStore(t);
  const trail = auditTrail(store.audit);
  const targets = Array.from({ length: 20 }, (_, i) => `t${i}`);
  for (const target of targets) await trail.record({ action: 'test', target }, COMMAND_LINE);
  const { items } = await store.audit.page({ limit: 100 });
  assert.deepEqual(
    items.map(({ target }) => target),
    targets.toReversed(),
  );
});

test('a state that is far too long is not kept, and said so', async (t) => {
  const { store } = await freshStore(t);
  const after = { text: 'x'.repeat(ACCESS_LIMITS.auditState) };
  await auditTrail(store.audit).record({ action: 'test', target: 'x', after }, COMMAND_LINE);
  const [entry] = (await store.audit.page({})).items;
  assert.deepEqual(entry?.before, null);
  assert.deepEqual(Object.keys(entry?.after as object), ['omitted']);
});

test('the audit keeps so many entries and no more, the newest', async (t) => {
  const { store, dir } = await freshStore(t);
  const { auditEntries } = ACCESS_LIMITS;
  const raw = new SqliteDatabase(join(dir, 'gangway.db'));
  raw
    .prepare(
      `with recursive n(i) as (select 1 union all select i + 1 from n where i < ?)
       insert into audit select 'id' || i, i, 'relay', 'x', 'test', 't' || i, null, null from n`,
    )
    .run(auditEntries + 10);
  await auditTrail(store.audit).record({ action: 'test', target: 'newest' }, COMMAND_LINE);
  const facts = raw.prepare('select count(*) as count, min(at) as oldest from audit').get();
  assert.deepEqual({ ...(facts as object) }, { count: auditEntries, oldest: 12 });
  raw.close();
  assert.equal((await store.audit.page({ limit: 1 })).items[0]?.target, 'newest');
});

test('only what differs is kept of two states', () => {
  const before = { a: 1, b: [1, 2], c: { d: 1 } };
  const after = { a: 1, b: [1, 3], c: { d: 2 } };
  assert.deepEqual(differences(before, after), {
    before: { b: [1, 2], c: { d: 1 } },
    after: { b: [1, 3], c: { d: 2 } },
  });
});
