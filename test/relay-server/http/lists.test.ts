import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectAdmin } from '../../../relay-server/admin/connect.ts';
import { localUrl } from '../../../relay-server/admin/local.ts';
import { API_LIMITS } from '../../../relay-server/limits.ts';
import type { AddressInfo } from 'node:net';
import { TUNNEL } from '../fixtures.ts';
import { api, type Api, LOCAL } from './api-fixture.ts';

/** Every item of a list, page by page. */
async function walk({ call }: Api, path: string): Promise<{ name: string }[]> {
  const all: { name: string }[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const at: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { status, json } = await call('GET', `/api/v1/${path}${at}`);
    assert.equal(status, 200, JSON.stringify(json));
    all.push(...json.items);
    cursor = json.nextCursor;
  }
  return all;
}

const names = (items: readonly { name: string }[]): string[] => items.map(({ name }) => name);

test('tunnels come in pages by name, each once, also when one is deleted in between', async (t) => {
  const on = await api(t);
  for (const [i, name] of ['e', 'b', 'a-b', 'c', 'a'].entries())
    await on.store.tunnels.create({ ...TUNNEL, name, port: 2121 + i });
  assert.deepEqual(names(await walk(on, 'tunnels?limit=2')), ['a', 'a-b', 'b', 'c', 'e']);
  const first = (await on.call('GET', '/api/v1/tunnels?limit=3')).json;
  assert.deepEqual([names(first.items), first.nextCursor], [['a', 'a-b', 'b'], 'b']);
  await on.call('DELETE', '/api/v1/tunnels/b');
  const second = (await on.call('GET', '/api/v1/tunnels?limit=3&cursor=b')).json;
  assert.deepEqual([names(second.items), second.nextCursor], [['c', 'e'], null]);
});

test('a tunnel is found by its name, host, port or FTP server', async (t) => {
  const on = await api(t);
  const { tunnels } = on.store;
  await tunnels.create({ ...TUNNEL, name: 'shop', port: 2200, host: 'files.example.org' });
  await tunnels.create({ ...TUNNEL, name: 'press', port: 2121, serverAddress: 'NAS:2100' });
  for (const [q, found] of [
    ['SHO', ['shop']],
    ['example', ['shop']],
    ['nas', ['press']],
    ['21', ['press']],
    ['22', ['shop']],
    ['s', ['press', 'shop']],
    ['', ['press', 'shop']],
    ['%', []],
  ] as const) {
    assert.deepEqual(names(await walk(on, `tunnels?q=${encodeURIComponent(q)}`)), found, q);
  }
});

test('agents come in pages in the order they were enrolled, of all tunnels or one', async (t) => {
  const on = await api(t);
  for (const [i, name] of ['shop', 'press'].entries())
    await on.store.tunnels.create({ ...TUNNEL, name, port: 2121 + i });
  for (const [name, tunnel] of [
    ['one', 'shop'],
    ['two', 'press'],
    ['three', 'shop'],
  ] as const) {
    const { enrolmentCode: code } = (await on.call('POST', `/api/v1/tunnels/${tunnel}/agent-codes`))
      .json;
    on.wall.at += 1000;
    const enrolled = await on.call('POST', '/agent/v1/enrol', { code, name, version: '1' }, '');
    assert.equal(enrolled.status, 200);
  }
  assert.deepEqual(names(await walk(on, 'agents?limit=1')), ['one', 'two', 'three']);
  const { items } = (await on.call('GET', '/api/v1/agents?tunnel=shop')).json;
  assert.deepEqual(names(items), ['one', 'three']);
  assert.deepEqual([items[0].tunnel, items[0].connected], ['shop', false]);
  const unknown = await on.call('GET', '/api/v1/agents?tunnel=none');
  assert.deepEqual([unknown.status, unknown.json.error.code], [404, 'tunnel-unknown']);
  const audit = (await on.call('GET', '/api/v1/audit?action=agent.enrol&target=press')).json;
  assert.deepEqual(audit.items[0].after.name, 'two');
});

test('the command line reads all pages', async (t) => {
  const on = await api(t);
  const count = API_LIMITS.pageItems + 5;
  for (let i = 0; i < count; i++)
    await on.store.tunnels.create({ ...TUNNEL, name: `t${i}`, port: 3000 + i });
  await on.app.listen({ host: '127.0.0.1', port: 0 });
  const relay = localUrl(on.app.server.address() as AddressInfo);
  const target = { dataDir: '/nowhere', version: '1', create: false, relay, apiToken: LOCAL };
  const { admin, close } = await connectAdmin(target);
  t.after(close);
  assert.equal(new Set(names(await admin.listTunnels())).size, count);
});

test('a cursor that is none is refused also where the answer is no page but a table', async (t) => {
  const on = await api(t);
  for (const path of ['transfers', 'transfers.csv', 'audit', 'history']) {
    const { status, json } = await on.call('GET', `/api/v1/${path}?cursor=nonsense`);
    assert.deepEqual([status, json.error.code], [400, 'cursor-invalid'], path);
  }
  const table = await on.app.inject({
    url: '/api/v1/transfers.csv',
    headers: { authorization: `Bearer ${LOCAL}` },
  });
  assert.deepEqual([table.statusCode, table.body.split('\r\n').length], [200, 2]);
});
