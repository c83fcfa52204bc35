import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_SETTINGS, Settings } from '../../../relay-server/settings.ts';
import { freshStore } from '../fixtures.ts';
import { wholeRelay } from './whole-relay.ts';

const SETTINGS = '/api/v1/settings';

test('settings are shown, changed field by field, and remembered', async (t) => {
  const { call, store } = await wholeRelay(t);
  assert.deepEqual((await call('GET', SETTINGS)).json, { settings: DEFAULT_SETTINGS });
  const change = { bans: { failures: 3, never: ['::ffff:10.0.0.0/104', '2001:DB8::1'] } };
  const changed = await call('PATCH', SETTINGS, { ...change, revision: 1 });
  const bans = {
    ...DEFAULT_SETTINGS.bans,
    failures: 3,
    never: ['10.0.0.0/8', '2001:db8::1/128'],
  };
  const settings = { ...DEFAULT_SETTINGS, bans, revision: 2 };
  assert.deepEqual([changed.status, changed.json], [200, { settings }]);
  assert.deepEqual((await call('GET', SETTINGS)).json, { settings });
  assert.deepEqual((await Settings.open(store.settings)).now, settings, 'after a restart');
  const [entry] = (await call('GET', '/api/v1/audit')).json.items;
  assert.partialDeepStrictEqual(entry, {
    action: 'settings.update',
    before: { bans: { failures: 10 } },
    after: { bans: { failures: 3 } },
  });
});

test('a change to settings that somebody else has changed is refused', async (t) => {
  const { call } = await wholeRelay(t);
  const first = await call('PATCH', SETTINGS, { retentionDays: 10, revision: 1 });
  const second = await call('PATCH', SETTINGS, { retentionDays: 20, revision: 1 });
  assert.deepEqual(
    [first.status, second.status, second.json.error.code],
    [200, 409, 'revision-conflict'],
  );
  assert.equal((await call('GET', SETTINGS)).json.settings.retentionDays, 10);
});

test('of two changes at once to the same revision one is made', async (t) => {
  const { call } = await wholeRelay(t);
  const both = [10, 20].map((retentionDays) =>
    call('PATCH', SETTINGS, { retentionDays, revision: 1 }),
  );
  const statuses = (await Promise.all(both)).map(({ status }) => status);
  assert.deepEqual(
    statuses.toSorted((a, b) => a - b),
    [200, 409],
  );
});

test('settings nobody can have are refused and change nothing', async (t) => {
  const { call } = await wholeRelay(t);
  const cases: readonly (readonly [object, string])[] = [
    [{ retentionDays: 0 }, 'request-invalid'],
    [{ retentionDays: 1e9 }, 'request-invalid'],
    [{ retentionDays: '30' }, 'request-invalid'],
    [{ bans: { failures: 0 } }, 'request-invalid'],
    [{ bans: { within: 5 } }, 'request-invalid'],
    [{ bans: { enabled: 'yes' } }, 'request-invalid'],
    [{ bans: { never: ['nas'] } }, 'settings-invalid'],
    [{ bans: { never: Array.from({ length: 101 }, () => '::1') } }, 'request-invalid'],
    [{ bans: { nevr: [] } }, 'request-invalid'],
    [{ retention: 5 }, 'request-invalid'],
  ];
  for (const [body, code] of cases) {
    const { status, json } = await call('PATCH', SETTINGS, body);
    assert.deepEqual([status, json.error.code], [400, code], JSON.stringify(body));
  }
  assert.deepEqual((await call('GET', SETTINGS)).json.settings, DEFAULT_SETTINGS);
});

test('whoever depends on settings is told of each change, once it is kept', async (t) => {
  const { store } = await freshStore(t);
  const settings = await Settings.open(store.settings);
  const told: number[] = [];
  settings.onChange(({ retentionDays }) => void told.push(retentionDays));
  await settings.change({ retentionDays: 10 });
  const failing = t.mock.method(store.settings, 'set', () => Promise.reject(new Error('disk')));
  await assert.rejects(settings.change({ retentionDays: 20 }), /disk/);
  assert.deepEqual([settings.now.retentionDays, settings.now.revision], [10, 2]);
  failing.mock.restore();
  await settings.change({ retentionDays: 30, revision: 2 });
  assert.deepEqual(told, [10, 30]);
});

test('settings of an older version have what came later by default, and damaged ones all of it', async (t) => {
  const { store } = await freshStore(t);
  const { loopback: _later, ...bans } = { ...DEFAULT_SETTINGS.bans, failures: 4 };
  await store.settings.set(
    'relay-settings',
    JSON.stringify({ retentionDays: 7, bans, revision: 9 }),
  );
  const opened = (await Settings.open(store.settings)).now;
  assert.deepEqual([opened.retentionDays, opened.revision], [7, 9]);
  assert.deepEqual(opened.bans, { ...DEFAULT_SETTINGS.bans, failures: 4 });
  for (const damaged of ['', '{', '[]', 'null', '{"retentionDays":"x"}', '{"bans":5}']) {
    await store.settings.set('relay-settings', damaged);
    assert.deepEqual((await Settings.open(store.settings)).now, DEFAULT_SETTINGS, damaged);
  }
});
