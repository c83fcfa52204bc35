import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addUser, api, Browser, loggedIn, PASSWORD } from './api-fixture.ts';

test('a user is made, listed, changed and deleted', async (t) => {
  const { call, wall } = await api(t);
  const body = { name: 'anna', role: 'admin', password: PASSWORD };
  const made = await call('POST', '/api/v1/users', body);
  const user = {
    name: 'anna',
    role: 'admin',
    disabled: false,
    totp: false,
    createdAt: wall.at,
    lastLoginAt: null,
    revision: 1,
  };
  assert.deepEqual([made.status, made.json], [201, { user }]);
  await call('POST', '/api/v1/users', { ...body, name: 'bert' });
  const change = { role: 'viewer', revision: 1 };
  const changed = await call('PATCH', '/api/v1/users/bert', change);
  assert.deepEqual(
    [changed.status, changed.json.user.role, changed.json.user.revision],
    [200, 'viewer', 2],
  );
  const stale = await call('PATCH', '/api/v1/users/bert', change);
  assert.deepEqual([stale.status, stale.json.error.code], [409, 'revision-conflict']);
  const first = (await call('GET', '/api/v1/users?limit=1')).json;
  assert.deepEqual(first, { items: [user], nextCursor: 'anna' });
  const { items, nextCursor } = (await call('GET', '/api/v1/users?limit=1&cursor=anna')).json;
  assert.deepEqual([items[0].name, nextCursor], ['bert', null]);
  assert.equal((await call('DELETE', '/api/v1/users/bert')).status, 204);
  const gone = await call('DELETE', '/api/v1/users/bert');
  assert.deepEqual([gone.status, gone.json.error.code], [404, 'user-unknown']);
});

test('what is wrong with a user is told by status and code', async (t) => {
  const { call } = await api(t);
  const good = { name: 'anna', role: 'admin', password: PASSWORD };
  await call('POST', '/api/v1/users', good);
  for (const [body, status, code] of [
    [good, 409, 'user-name-taken'],
    [{ ...good, name: 'Anna' }, 400, 'request-invalid'],
    [{ ...good, name: '../x' }, 400, 'request-invalid'],
    [{ ...good, role: 'root' }, 400, 'request-invalid'],
    [{ ...good, name: 'bert', password: 'short' }, 400, 'request-invalid'],
    [{ ...good, name: 'bert', password: 'abababababababab' }, 400, 'password-unfit'],
    [{ ...good, name: 'bert', disabled: false }, 400, 'request-invalid'],
  ] as const) {
    const answer = await call('POST', '/api/v1/users', body);
    assert.deepEqual([answer.status, answer.json.error.code], [status, code], JSON.stringify(body));
  }
  const unknown = await call('PATCH', '/api/v1/users/nobody', { role: 'admin' });
  assert.deepEqual([unknown.status, unknown.json.error.code], [404, 'user-unknown']);
  const given = await call('PATCH', '/api/v1/users/anna', { totp: true });
  assert.equal(given.status, 400);
});

test('there is always somebody who may change everything', async (t) => {
  const { call } = await api(t);
  for (const name of ['anna', 'bert'])
    await call('POST', '/api/v1/users', { name, role: 'admin', password: PASSWORD });
  assert.equal((await call('PATCH', '/api/v1/users/bert', { disabled: true })).status, 200);
  for (const [method, body] of [
    ['PATCH', { role: 'viewer' }],
    ['PATCH', { disabled: true }],
    ['DELETE', undefined],
  ] as const) {
    const { status, json } = await call(method, '/api/v1/users/anna', body);
    assert.deepEqual([status, json.error.code], [409, 'last-admin']);
  }
  assert.equal((await call('DELETE', '/api/v1/users/bert')).status, 204);
  const { items } = (await call('GET', '/api/v1/users')).json;
  assert.deepEqual([items[0].role, items[0].disabled, items[0].revision], ['admin', false, 1]);
});

test('two admins who demote each other at once do not both succeed', async (t) => {
  const { call } = await api(t);
  const names = ['anna', 'bert'];
  for (const name of names)
    await call('POST', '/api/v1/users', { name, role: 'admin', password: PASSWORD });
  const answers = await Promise.all(
    names.map((name) => call('PATCH', `/api/v1/users/${name}`, { role: 'viewer' })),
  );
  assert.deepEqual(
    answers.map(({ status }) => status).sort((a, b) => a - b),
    [200, 409],
  );
});

test('nobody takes his own rights away, and his own password takes the one he has', async (t) => {
  const on = await api(t);
  await addUser(on, 'anna');
  await addUser(on, 'bert');
  const anna = await loggedIn(on, 'anna');
  for (const [method, body, code] of [
    ['PATCH', { role: 'viewer' }, 'own-rights'],
    ['PATCH', { disabled: true }, 'own-rights'],
    ['DELETE', undefined, 'own-rights'],
    ['PATCH', { password: 'another password' }, 'own-account'],
    ['PATCH', { totp: false }, 'own-account'],
  ] as const) {
    const { status, json } = await anna.call(method, '/users/anna', body);
    assert.deepEqual([status, json.error.code], [409, code]);
  }
  assert.equal((await anna.call('DELETE', '/users/bert')).status, 204);
});

test('being disabled, demoted, deleted or given a password acts at once', async (t) => {
  const on = await api(t);
  for (const name of ['anna', 'bert', 'carl', 'dora']) await addUser(on, name);
  const [bert, carl, dora] = [
    await loggedIn(on, 'bert'),
    await loggedIn(on, 'carl'),
    await loggedIn(on, 'dora'),
  ];
  await on.call('PATCH', '/api/v1/users/bert', { disabled: true });
  assert.equal((await bert.call('GET', '/auth/me')).status, 401);
  assert.equal((await bert.call('POST', '/auth/refresh')).status, 401);
  await on.call('PATCH', '/api/v1/users/bert', { disabled: false });
  assert.equal((await bert.call('GET', '/auth/me')).status, 401);
  await on.call('PATCH', '/api/v1/users/carl', { role: 'viewer' });
  const refused = await carl.call('POST', '/tunnels', { name: 'shop' });
  assert.deepEqual([refused.status, refused.json.error.code], [403, 'forbidden']);
  assert.equal((await carl.call('GET', '/tunnels')).status, 200);
  await on.call('DELETE', '/api/v1/users/carl');
  assert.equal((await carl.call('GET', '/auth/me')).status, 401);
  await on.call('PATCH', '/api/v1/users/dora', { password: 'another password' });
  assert.equal((await dora.call('GET', '/auth/me')).status, 401);
  const again = new Browser(on);
  const { json } = await again.logIn('dora', 'another password');
  assert.equal(json.me.mustChangePassword, true);
});
