import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addUser, api, loggedIn } from './api-fixture.ts';

test('every change of a tunnel is remembered: who, from where, before, after', async (t) => {
  const on = await api(t);
  await addUser(on, 'anna');
  const anna = await loggedIn(on, 'anna');
  await anna.call('POST', '/tunnels', { name: 'shop', port: 2200 });
  const change = { port: 2201, policy: { readOnly: true } };
  await anna.call('PATCH', '/tunnels/shop', change);
  await anna.call('PATCH', '/tunnels/shop', { port: 0 });
  await anna.call('POST', '/tunnels/shop/agent-codes');
  await on.call('DELETE', '/api/v1/tunnels/shop');
  const { items } = (await on.call('GET', '/api/v1/audit?target=shop')).json;
  const seen = items.map(({ action, actor, from }: Record<string, string>) => [
    action,
    actor,
    from,
  ]);
  assert.deepEqual(seen, [
    ['tunnel.delete', 'command-line', '127.0.0.1'],
    ['agent.code', 'user:anna', '192.0.2.10'],
    ['tunnel.update', 'user:anna', '192.0.2.10'],
    ['tunnel.create', 'user:anna', '192.0.2.10'],
  ]);
  const { before, after } = items[2];
  assert.deepEqual(
    [before.port, after.port, before.policy, after.policy],
    [2200, 2201, { readOnly: false }, { readOnly: true }],
  );
  assert.deepEqual(Object.keys(after).sort(), ['policy', 'port', 'publicAddress', 'revision']);
  assert.equal(JSON.stringify(items).includes('GW-'), false);
});

test('the audit is read in pages, the newest first, and by its filters', async (t) => {
  const { call, wall } = await api(t);
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    wall.at += 1000;
    await call('POST', '/api/v1/tunnels', { name });
  }
  const targets: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const page = (await call('GET', `/api/v1/audit?limit=2${query}`)).json;
    assert.ok(page.items.length <= 2);
    targets.push(...page.items.map(({ target }: { target: string }) => target));
    cursor = page.nextCursor;
  }
  assert.deepEqual(targets, ['e', 'd', 'c', 'b', 'a']);
  const count = async (query: string): Promise<number> =>
    (await call('GET', `/api/v1/audit?${query}`)).json.items.length;
  assert.equal(await count('action=tunnel.create'), 5);
  assert.equal(await count('action=tunnel.delete'), 0);
  assert.equal(await count(`since=${wall.at}`), 1);
  assert.equal(await count(`until=${wall.at - 1}`), 4);
  assert.equal(await count('actor=command-line&target=c'), 1);
});

test('a page that cannot be is refused', async (t) => {
  const { call } = await api(t);
  for (const [query, code] of [
    ['cursor=nonsense', 'cursor-invalid'],
    ['cursor=%20', 'request-invalid'],
    ['limit=0', 'request-invalid'],
    ['limit=1e3', 'request-invalid'],
    ['limit=201', 'request-invalid'],
    ['limit=1&limit=2', 'request-invalid'],
    ['since=yesterday', 'request-invalid'],
    ['colour=red', 'request-invalid'],
  ]) {
    const { status, json } = await call('GET', `/api/v1/audit?${query}`);
    assert.deepEqual([status, json.error.code], [400, code], query);
  }
});
