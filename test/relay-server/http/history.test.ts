import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { HISTORY_LIMITS } from '../../../relay-server/watch-limits.ts';
import { pastTransfer, pastVisit } from '../history/fixtures.ts';
import { api, type Api, type Json } from './api-fixture.ts';

/** Two visits, three transfers. */
async function visited(t: TestContext): Promise<Api> {
  const on = await api(t);
  const late = { client: '2001:db8::1', user: 'bob', closedAt: 3_000, tunnel: 'shop' };
  await on.store.history.write(
    [
      pastVisit('a', { findings: ['wrong-password'], outcome: 'failed-login' }),
      pastVisit('b', { ...late, findings: ['wrong-password'], program: 'filezilla' }),
    ],
    [
      pastTransfer('t1', { startedAt: 1_000 }),
      pastTransfer('t2', { startedAt: 2_000, direction: 'upload', user: 'bob' }),
      pastTransfer('t3', { startedAt: 3_000, code: 426, ok: false, broken: 'client: reset' }),
    ],
  );
  return on;
}

/** The ids of a list that is asked for. */
async function ids({ call }: Api, path: string): Promise<string> {
  const { status, json } = await call('GET', `/api/v1/${path}`);
  assert.equal(status, 200, JSON.stringify(json));
  return json.items.map(({ id }: { id: string }) => id).join(' ');
}

test('past sessions are listed, the newest first, and narrowed by each filter', async (t) => {
  const on = await visited(t);
  const [first] = (await on.call('GET', '/api/v1/history')).json.items;
  assert.deepEqual(first, (await on.store.history.visit('b'))?.past);
  for (const [query, found] of [
    ['', 'b a'],
    ['?tunnel=shop', 'b'],
    ['?address=203.0.113.0/24', 'a'],
    ['?address=2001:DB8::1', 'b'],
    ['?user=bo', 'b'],
    ['?outcome=failed-login', 'a'],
    ['?outcome=failed', 'a'],
    ['?since=2001', 'b'],
    ['?until=2000', 'a'],
    ['?since=2000&until=3000&tunnel=ftp', 'a'],
  ] as const) {
    assert.equal(await ids(on, `history${query}`), found, query);
  }
});

test('transfers are listed, the newest first, and narrowed by each filter', async (t) => {
  const on = await visited(t);
  for (const [query, found] of [
    ['', 't3 t2 t1'],
    ['?direction=upload', 't2'],
    ['?ok=false', 't3'],
    ['?ok=true', 't2 t1'],
    ['?user=bob', 't2'],
    ['?tunnel=shop', ''],
    ['?address=203.0.113.7&since=2000&until=3000', 't2'],
  ] as const) {
    assert.equal(await ids(on, `transfers${query}`), found, query);
  }
});

test('findings are told in words for the program of the client, and narrowed by each filter', async (t) => {
  const on = await visited(t);
  const { items } = (await on.call('GET', '/api/v1/findings')).json;
  assert.deepEqual(
    items.map(({ session, program }: Json) => [session, program]),
    [
      ['b', 'filezilla'],
      ['a', 'curl'],
    ],
  );
  for (const word of ['title', 'what', 'why', 'tellUser', 'webmaster'] as const) {
    assert.ok(items[0][word].length > 10, word);
  }
  for (const [query, found] of [
    ['?code=wrong-password', 2],
    ['?code=other', 0],
    ['?session=a', 1],
    ['?tunnel=shop', 1],
    ['?address=203.0.113.7', 1],
    ['?since=2500', 1],
    ['?until=2500', 1],
  ] as const) {
    assert.equal(
      (await on.call('GET', `/api/v1/findings${query}`)).json.items.length,
      found,
      query,
    );
  }
});

test('the catalogue has what to tell the users of every program', async (t) => {
  const { call } = await api(t);
  const { status, json } = await call('GET', '/api/v1/findings/catalogue');
  assert.equal(status, 200);
  assert.ok(json.items.length >= 25);
  const known = json.items.find(({ code }: Json) => code === 'wrong-password');
  assert.equal(typeof known.tellUser.filezilla, 'string');
});

test('history comes in pages of the size asked for', async (t) => {
  const on = await visited(t);
  for (const list of ['history?', 'transfers?', 'findings?']) {
    const first = (await on.call('GET', `/api/v1/${list}limit=1`)).json;
    assert.equal(first.items.length, 1, list);
    const next = `/api/v1/${list}limit=200&cursor=${first.nextCursor}`;
    const { json } = await on.call('GET', next);
    assert.equal(json.nextCursor, null);
    assert.equal(json.items.length, list === 'transfers?' ? 2 : 1);
    assert.notEqual(json.items[0].id, first.items[0].id);
  }
});

test('questions that cannot be answered are refused with the reason', async (t) => {
  const { call } = await visited(t);
  const wrong = [
    ['cursor=x', 'cursor-invalid'],
    ['limit=0', 'request-invalid'],
    ['limit=201', 'request-invalid'],
    ['limit=ten', 'request-invalid'],
    ['since=yesterday', 'request-invalid'],
    ['address=', 'request-invalid'],
    ['address=203.0.112.0/20', 'network-unsuited'],
    ['adress=203.0.113.7', 'request-invalid'],
    [`tunnel=${'x'.repeat(1_000)}`, 'request-invalid'],
    ['tunnel=a&tunnel=b', 'request-invalid'],
  ] as const;
  for (const list of ['history', 'transfers', 'transfers.csv', 'findings']) {
    for (const [query, code] of wrong) {
      const { status, json } = await call('GET', `/api/v1/${list}?${query}`);
      assert.deepEqual([status, json.error.code], [400, code], `${list}?${query}`);
    }
  }
  for (const path of ['history?outcome=bad', 'transfers?ok=yes', 'transfers?direction=up']) {
    assert.equal((await call('GET', `/api/v1/${path}`)).status, 400, path);
  }
});

test('transfers are had as a table for spreadsheets, with the same filters', async (t) => {
  const { app } = await visited(t);
  const get = (query: string) =>
    app.inject({
      url: `/api/v1/transfers.csv${query}`,
      headers: { authorization: 'Bearer local-token' },
    });
  const { statusCode, headers, body } = await get('?direction=download');
  assert.equal(statusCode, 200);
  assert.equal(headers['content-type'], 'text/csv; charset=utf-8; header=present');
  assert.equal(headers['content-disposition'], 'attachment; filename="transfers.csv"');
  const lines = body.split('\r\n');
  assert.match(lines[0] ?? '', /^started,seconds,tunnel/);
  assert.deepEqual([lines.length, lines.at(-1)], [4, '']);
  assert.match(lines[1] ?? '', /^1970-01-01T00:00:03\.000Z,.*,426,no,client: reset,s$/);
});

test('a table has every transfer once over all its pages, and ends at its bound', async (t) => {
  const { app, store } = await api(t);
  const asked = t.mock.method(store.history, 'transfers');
  const all = Array.from({ length: 450 }, (_, i) =>
    pastTransfer(`t${i}`, { startedAt: i % 7, name: `n${i}` }),
  );
  await store.history.write([], all);
  const authorization = 'Bearer local-token';
  const { body } = await app.inject({ url: '/api/v1/transfers.csv', headers: { authorization } });
  const names = body
    .split('\r\n')
    .slice(1, -1)
    .map((line) => line.split(',')[6]);
  assert.deepEqual(new Set(names), new Set(all.map(({ name }) => name)));
  assert.deepEqual([names.length, asked.mock.callCount()], [450, 3]);
  // A store in which there is always more.
  const items = Array.from({ length: 200 }, (_, i) => pastTransfer(`t${i}`));
  asked.mock.mockImplementation(() => Promise.resolve({ items, nextCursor: '1.t' }));
  const endless = await app.inject({ url: '/api/v1/transfers.csv', headers: { authorization } });
  assert.equal(endless.body.split('\r\n').length - 2, HISTORY_LIMITS.csvRows);
});
