import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCESS_LIMITS } from '../../../relay-server/limits.ts';
import { addUser, api, Browser, loggedIn, PASSWORD } from './api-fixture.ts';

const wrong = (answer: { status: number; json: { error?: { code: string } } }) => [
  answer.status,
  answer.json.error?.code,
];

test('a login is two cookies that no script sees and no other site sends', async (t) => {
  const on = await api(t);
  await addUser(on, 'anna', 'viewer');
  const browser = new Browser(on);
  const { status, json, headers } = await browser.logIn('anna');
  const me = { name: 'anna', role: 'viewer', totp: false, mustChangePassword: false };
  assert.deepEqual([status, json], [200, { me: { ...me, recoveryCodesLeft: 0 } }]);
  assert.deepEqual(
    headers['set-cookie'].map((cookie: string) => cookie.replace(/=[^;]+;/, ';')),
    [
      'gangway_session; Max-Age=300; Path=/api; HttpOnly; SameSite=Strict',
      `gangway_refresh; Max-Age=${ACCESS_LIMITS.loginIdle / 1000}; Path=/api/v1/auth; HttpOnly; SameSite=Strict`,
    ],
  );
  assert.deepEqual((await browser.call('GET', '/auth/me')).json, json);
  assert.equal((await browser.call('GET', '/tunnels')).status, 200);
});

test('behind a proxy that speaks HTTPS the cookies are for HTTPS only', async (t) => {
  const on = await api(t);
  await addUser(on, 'anna');
  const body = { user: 'anna', password: PASSWORD };
  const proxied = { 'x-forwarded-proto': 'https' };
  const { headers } = await new Browser(on).call('POST', '/auth/login', body, proxied);
  for (const cookie of headers['set-cookie']) assert.match(cookie, /; Secure/);
});

test('who is not logged in is told so by the code pages wait for', async (t) => {
  const on = await api(t);
  const stranger = new Browser(on);
  assert.deepEqual(wrong(await stranger.call('GET', '/auth/me')), [401, 'unauthorized']);
  stranger.cookies.set('gangway_session', 'x.y.z');
  assert.deepEqual(wrong(await stranger.call('GET', '/auth/me')), [401, 'unauthorized']);
  assert.deepEqual(wrong(await stranger.call('POST', '/auth/refresh')), [401, 'login-over']);
  const token = await on.call('GET', '/api/v1/auth/me');
  assert.deepEqual(wrong(token), [403, 'user-needed']);
});

test('a wrong name, a wrong password and a disabled user read the same', async (t) => {
  const on = await api(t);
  await addUser(on, 'anna');
  await addUser(on, 'bert');
  await on.call('PATCH', '/api/v1/users/bert', { disabled: true });
  const answers = [
    await new Browser(on).logIn('nobody'),
    await new Browser(on).logIn('anna', 'not the password'),
    await new Browser(on).logIn('bert'),
    await new Browser(on).logIn('anna', `${PASSWORD} `),
  ];
  for (const { status, json, headers } of answers) {
    assert.deepEqual([status, json], [401, answers[0]?.json]);
    assert.equal(json.error.code, 'login-refused');
    assert.equal(headers['set-cookie'], undefined);
  }
  assert.match(on.lines.join(''), /"event":"login-refused","from":"192\.0\.2\.10"/);
  assert.equal(on.lines.join('').includes('not the password'), false);
});

test('a session token is good for minutes, its refresh secret for one use', async (t) => {
  const on = await api(t);
  await addUser(on, 'anna');
  const browser = await loggedIn(on, 'anna');
  on.wall.at += ACCESS_LIMITS.session;
  assert.deepEqual(wrong(await browser.call('GET', '/auth/me')), [401, 'unauthorized']);
  const before = browser.cookies.get('gangway_refresh');
  const { status, json } = await browser.call('POST', '/auth/refresh');
  assert.deepEqual([status, json.me.name], [200, 'anna']);
  assert.notEqual(browser.cookies.get('gangway_refresh'), before);
  assert.equal((await browser.call('GET', '/auth/me')).status, 200);
});

test('two tabs that refresh at once both go on', async (t) => {
  const on = await api(t);
  await addUser(on, 'anna');
  const one = await loggedIn(on, 'anna');
  const other = new Browser(on);
  for (const [name, value] of one.cookies) other.cookies.set(name, value);
  const answers = [one, other].map((tab) => tab.call('POST', '/auth/refresh'));
  for (const { status } of await Promise.all(answers)) assert.equal(status, 200);
  assert.equal((await other.call('GET', '/auth/me')).status, 200);
});

test('a refresh secret that was used before ends the login of whoever has it', async (t) => {
  const on = await api(t);
  await addUser(on, 'anna');
  const browser = await loggedIn(on, 'anna');
  const thief = new Browser(on, '198.51.100.9');
  thief.cookies.set('gangway_refresh', browser.cookies.get('gangway_refresh') ?? '');
  await browser.call('POST', '/auth/refresh');
  on.wall.at += ACCESS_LIMITS.rotationGrace;
  assert.deepEqual(wrong(await thief.call('POST', '/auth/refresh')), [401, 'login-reused']);
  assert.deepEqual(wrong(await browser.call('GET', '/auth/me')), [401, 'unauthorized']);
  assert.deepEqual(wrong(await browser.call('POST', '/auth/refresh')), [401, 'login-over']);
  assert.match(on.lines.join(''), /"event":"login-reused","from":"198\.51\.100\.9"/);
});

test('a login that nobody uses ends, and so does one that is as old as it may be', async (t) => {
  const on = await api(t);
  await addUser(on, 'anna');
  const idle = await loggedIn(on, 'anna');
  on.wall.at += ACCESS_LIMITS.loginIdle;
  assert.deepEqual(wrong(await idle.call('POST', '/auth/refresh')), [401, 'login-over']);
  const busy = await loggedIn(on, 'anna');
  const end = on.wall.at + ACCESS_LIMITS.loginLife;
  for (; on.wall.at < end; on.wall.at += ACCESS_LIMITS.loginIdle - 1)
    assert.equal((await busy.call('POST', '/auth/refresh')).status, 200);
  assert.deepEqual(wrong(await busy.call('POST', '/auth/refresh')), [401, 'login-over']);
});

test('logging out ends the login, not only its cookies', async (t) => {
  const on = await api(t);
  await addUser(on, 'anna');
  const browser = await loggedIn(on, 'anna');
  const kept = new Map(browser.cookies);
  assert.equal((await browser.call('POST', '/auth/logout')).status, 204);
  assert.equal(browser.cookies.size, 0);
  for (const [name, value] of kept) browser.cookies.set(name, value);
  assert.deepEqual(wrong(await browser.call('GET', '/auth/me')), [401, 'unauthorized']);
  assert.deepEqual(wrong(await browser.call('POST', '/auth/refresh')), [401, 'login-over']);
});

test('logging out works when only the refresh secret is left, and when nothing is', async (t) => {
  const on = await api(t);
  await addUser(on, 'anna');
  const browser = await loggedIn(on, 'anna');
  const kept = browser.cookies.get('gangway_refresh') ?? '';
  browser.cookies.delete('gangway_session');
  assert.equal((await browser.call('POST', '/auth/logout')).status, 204);
  browser.cookies.set('gangway_refresh', kept);
  assert.deepEqual(wrong(await browser.call('POST', '/auth/refresh')), [401, 'login-over']);
  assert.equal((await new Browser(on).call('POST', '/auth/logout')).status, 204);
});

test('a user has so many logins and no more: the one used longest ago gives way', async (t) => {
  const on = await api(t);
  await addUser(on, 'anna');
  const first = await loggedIn(on, 'anna');
  for (let i = 1; i <= ACCESS_LIMITS.loginsPerUser; i++) {
    on.wall.at += 1000;
    const last = await loggedIn(on, 'anna');
    const { items } = (await last.call('GET', '/auth/sessions')).json;
    assert.equal(items.length, Math.min(i + 1, ACCESS_LIMITS.loginsPerUser));
  }
  assert.deepEqual(wrong(await first.call('GET', '/auth/me')), [401, 'unauthorized']);
});
