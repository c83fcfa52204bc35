import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TUNNEL } from '../fixtures.ts';
import { addUser, loggedIn } from './api-fixture.ts';
import { wholeRelay } from './whole-relay.ts';

const BANS = '/api/v1/bans';

test('a ban is made, listed and lifted, and each is remembered with who did it', async (t) => {
  const on = await wholeRelay(t);
  const until = Date.now() + 60_000;
  const made = await on.call('POST', BANS, { network: '203.0.113.7', reason: 'scans', until });
  assert.equal(made.status, 201);
  const { ban } = made.json;
  assert.partialDeepStrictEqual(ban, {
    network: '203.0.113.7/32',
    tunnel: null,
    reason: 'scans',
    automatic: false,
    until,
  });
  assert.deepEqual((await on.call('GET', BANS)).json, { items: [ban], nextCursor: null });
  assert.equal((await on.call('DELETE', `${BANS}/${ban.id}`)).status, 204);
  assert.deepEqual((await on.call('GET', BANS)).json, { items: [], nextCursor: null });
  const gone = await on.call('DELETE', `${BANS}/${ban.id}`);
  assert.deepEqual([gone.status, gone.json.error.code], [404, 'ban-unknown']);
  const { items } = (await on.call('GET', '/api/v1/audit')).json;
  assert.deepEqual(
    items.map(({ action, target, actor }: Record<string, string>) => [action, target, actor]),
    [
      ['ban.delete', '203.0.113.7/32', 'command-line'],
      ['ban.create', '203.0.113.7/32', 'command-line'],
    ],
  );
});

test('what is wrong with a ban is told by status and code', async (t) => {
  const { call } = await wholeRelay(t);
  const reason = 'x';
  const cases: readonly (readonly [object, number, string])[] = [
    [{ network: 'nas', reason }, 400, 'ban-invalid'],
    [{ network: '203.0.113.7/24', reason }, 400, 'ban-invalid'],
    [{ network: '203.0.113.7', reason, until: 5 }, 400, 'ban-invalid'],
    [{ network: '203.0.113.7', reason, tunnel: 'nobody' }, 404, 'tunnel-unknown'],
    [{ network: '203.0.113.7' }, 400, 'request-invalid'],
    [{ network: '203.0.113.7', reason: '' }, 400, 'request-invalid'],
    [{ network: '203.0.113.7', reason: 'a\u001b[2J' }, 400, 'request-invalid'],
    [{ network: '203.0.113.7', reason, until: '2030' }, 400, 'request-invalid'],
    [{ network: '203.0.113.7', reason, automatic: true }, 400, 'request-invalid'],
  ];
  for (const [body, status, code] of cases) {
    const { status: is, json } = await call('POST', BANS, body);
    assert.deepEqual([is, json.error.code], [status, code], JSON.stringify(body));
  }
  assert.deepEqual((await call('GET', BANS)).json.items, []);
});

test('whoever bans his own address has to say that he means it', async (t) => {
  const on = await wholeRelay(t);
  await addUser(on, 'anna');
  const anna = await loggedIn(on, 'anna');
  const wanted = { network: '192.0.2.0/24', reason: 'x' };
  const refused = await anna.call('POST', '/bans', wanted);
  assert.deepEqual([refused.status, refused.json.error.code], [409, 'ban-hits-yourself']);
  assert.match(refused.json.error.message, /192\.0\.2\.10/);
  assert.match(refused.json.error.remedy, /force/);
  assert.equal((await anna.call('POST', '/bans', { ...wanted, force: false })).status, 409);
  assert.equal((await anna.call('POST', '/bans', { ...wanted, force: true })).status, 201);
  const elsewhere = { network: '198.51.100.0/24', reason: 'x' };
  assert.equal((await anna.call('POST', '/bans', elsewhere)).status, 201);
});

test('bans are found by an address they keep out, how they are written, and where they hold', async (t) => {
  const { call, store } = await wholeRelay(t);
  await store.tunnels.create({ ...TUNNEL, name: 'shop' });
  for (const [network, tunnel] of [
    ['203.0.113.0/24', null],
    ['203.0.113.7', 'shop'],
    ['2001:db8::/32', null],
  ] as const) {
    await call('POST', BANS, { network, tunnel, reason: 'x' });
  }
  for (const [query, found] of [
    ['address=203.0.113.7', ['203.0.113.0/24', '203.0.113.7/32']],
    ['address=203.0.113.8', ['203.0.113.0/24']],
    ['address=2001:DB8::7', ['2001:db8::/32']],
    ['address=203.0', ['203.0.113.0/24', '203.0.113.7/32']],
    ['address=198', []],
    ['tunnel=shop', ['2001:db8::/32', '203.0.113.0/24', '203.0.113.7/32']],
    ['tunnel=press', ['2001:db8::/32', '203.0.113.0/24']],
    ['address=203.0.113.7&tunnel=press', ['203.0.113.0/24']],
  ] as const) {
    const { items } = (await call('GET', `${BANS}?${query}`)).json;
    const networks = items.map(({ network }: { network: string }) => network);
    assert.deepEqual(networks.toSorted(), found, query);
  }
  assert.equal((await call('GET', `${BANS}?nobody=x`)).status, 400);
});

test('bans come in pages, each once, also when one is made in between', async (t) => {
  const { call } = await wholeRelay(t);
  const add = (i: number) => call('POST', BANS, { network: `203.0.113.${i}`, reason: 'x' });
  for (let i = 1; i <= 5; i++) await add(i);
  const seen: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const at: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const { json } = await call('GET', `${BANS}?limit=2${at}`);
    seen.push(...json.items.map(({ network }: { network: string }) => network));
    cursor = json.nextCursor;
    await add(100 + seen.length);
  }
  const first = [1, 2, 3, 4, 5].map((i) => `203.0.113.${i}/32`);
  assert.deepEqual(seen.filter((one) => first.includes(one)).toSorted(), first);
});

test("a tunnel's bans have its new name, and end with it", async (t) => {
  const { call } = await wholeRelay(t);
  await call('POST', '/api/v1/tunnels', { name: 'shop', port: 2200 });
  await call('POST', BANS, { network: '203.0.113.7', tunnel: 'shop', reason: 'x' });
  const tunnels = async (): Promise<(string | null)[]> =>
    (await call('GET', BANS)).json.items.map(({ tunnel }: { tunnel: string | null }) => tunnel);
  await call('PATCH', '/api/v1/tunnels/shop', { name: 'store' });
  assert.deepEqual(await tunnels(), ['store']);
  await call('DELETE', '/api/v1/tunnels/store');
  assert.deepEqual(await tunnels(), []);
});
