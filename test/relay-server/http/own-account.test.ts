import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addUser, api, Browser, loggedIn, PASSWORD } from './api-fixture.ts';

const NEXT = 'another password';

test('a password that somebody else chose has to be replaced before anything else', async (t) => {
  const on = await api(t);
  const user = { name: 'anna', role: 'admin', password: PASSWORD };
  await on.call('POST', '/api/v1/users', user);
  const browser = await loggedIn(on, 'anna');
  const { me } = (await browser.call('GET', '/auth/me')).json;
  assert.equal(me.mustChangePassword, true);
  for (const [method, path, body] of [
    ['GET', '/tunnels'],
    ['POST', '/tunnels', { name: 'shop' }],
    ['GET', '/auth/sessions'],
    ['POST', '/auth/totp', { password: PASSWORD }],
  ] as const) {
    const { status, json } = await browser.call(method, path, body);
    assert.deepEqual([status, json.error.code], [403, 'password-change-required'], path);
  }
  assert.equal((await browser.call('POST', '/auth/refresh')).status, 200);
  const changed = await browser.call('POST', '/auth/password', { current: PASSWORD, next: NEXT });
  assert.deepEqual([changed.status, changed.json.me.mustChangePassword], [200, false]);
  assert.equal((await browser.call('GET', '/tunnels')).status, 200);
});

test('a new password ends the other logins and is the only one from then on', async (t) => {
  const on = await api(t);
  await addUser(on, 'anna', 'viewer');
  const [here, elsewhere] = [await loggedIn(on, 'anna'), await loggedIn(on, 'anna')];
  const changed = await here.call('POST', '/auth/password', { current: PASSWORD, next: NEXT });
  assert.equal(changed.status, 200);
  assert.equal((await here.call('GET', '/auth/me')).status, 200);
  assert.equal((await elsewhere.call('GET', '/auth/me')).status, 401);
  assert.equal((await elsewhere.call('POST', '/auth/refresh')).status, 401);
  assert.equal((await new Browser(on).logIn('anna')).status, 401);
  assert.equal((await new Browser(on).logIn('anna', NEXT)).status, 200);
});

test('what is no password is refused with what one is', async (t) => {
  const on = await api(t);
  await addUser(on, 'long-user-name');
  const browser = await loggedIn(on, 'long-user-name');
  for (const [next, code] of [
    ['short', 'request-invalid'],
    ['aaaaaaaaaaaaaaaa', 'password-unfit'],
    ['Long-User-Name', 'password-unfit'],
    [PASSWORD, 'password-same'],
    ['x'.repeat(300), 'request-invalid'],
  ] as const) {
    const { status, json } = await browser.call('POST', '/auth/password', {
      current: PASSWORD,
      next,
    });
    assert.deepEqual([status, json.error.code], [400, code], next);
  }
});

test('one spelling of an umlaut is as good as the other', async (t) => {
  const on = await api(t);
  await addUser(on, 'anna', 'viewer', 'Stra\u00dfe \u00fcber Land'.normalize('NFC'));
  const typed = 'Stra\u00dfe \u00fcber Land'.normalize('NFD');
  assert.equal((await new Browser(on).logIn('anna', typed)).status, 200);
});

test('the browsers a user is logged in with are listed, and ended one by one or all', async (t) => {
  const on = await api(t);
  await addUser(on, 'anna', 'viewer');
  await addUser(on, 'bert');
  const [here, phone, other] = [
    await loggedIn(on, 'anna'),
    await loggedIn(on, 'anna'),
    await loggedIn(on, 'bert'),
  ];
  const { items } = (await here.call('GET', '/auth/sessions')).json;
  assert.deepEqual(Object.keys(items[0]).sort(), [
    'browser',
    'createdAt',
    'current',
    'from',
    'id',
    'lastUsedAt',
  ]);
  assert.deepEqual(
    [items.length, items[0].from, items[0].browser],
    [2, '192.0.2.10', 'Test Browser/1.0'],
  );
  const away = items.find(({ current }: { current: boolean }) => !current);
  const foreign = await other.call('DELETE', `/auth/sessions/${away.id}`);
  assert.deepEqual([foreign.status, foreign.json.error.code], [404, 'login-unknown']);
  assert.equal((await here.call('DELETE', `/auth/sessions/${away.id}`)).status, 204);
  assert.equal((await phone.call('GET', '/auth/me')).status, 401);
  assert.equal((await here.call('GET', '/auth/me')).status, 200);
  const again = await loggedIn(on, 'anna');
  assert.equal((await again.call('DELETE', '/auth/sessions')).status, 204);
  for (const browser of [here, again]) {
    assert.equal((await browser.call('GET', '/auth/me')).status, 401);
    assert.equal((await browser.call('POST', '/auth/refresh')).status, 401);
  }
  assert.equal((await other.call('GET', '/auth/me')).status, 200);
});

test('what a user does with his account is in the audit, without its secrets', async (t) => {
  const on = await api(t);
  await addUser(on, 'anna', 'viewer');
  const browser = await loggedIn(on, 'anna');
  await browser.call('POST', '/auth/password', { current: PASSWORD, next: NEXT });
  await browser.call('DELETE', '/auth/sessions');
  const { items } = (await on.call('GET', '/api/v1/audit?actor=user:anna')).json;
  const actions = items.map(({ action }: { action: string }) => action);
  assert.deepEqual(actions, ['auth.logout-all', 'auth.password', 'auth.login']);
  assert.equal(items[0].from, '192.0.2.10');
  assert.equal(JSON.stringify(items).includes(NEXT), false);
});
