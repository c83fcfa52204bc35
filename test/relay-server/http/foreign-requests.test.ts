import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addUser, api, Browser, loggedIn, PASSWORD } from './api-fixture.ts';

/** As browsers say where a request comes from; the relay of these tests is at localhost:80. */
const FOREIGN: readonly Record<string, string>[] = [
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'none' },
  { 'sec-fetch-site': 'cross-site', origin: 'http://localhost:80' },
  { origin: 'https://evil.example' },
  { origin: 'http://localhost:81' },
  { origin: 'null' },
  { origin: '' },
  {},
];

test('a page of another site cannot change anything with the cookies of a browser', async (t) => {
  const on = await api(t);
  await addUser(on, 'anna');
  const browser = await loggedIn(on, 'anna');
  for (const headers of FOREIGN) {
    for (const [method, path, body] of [
      ['POST', '/tunnels', { name: 'shop' }],
      ['DELETE', '/auth/sessions'],
      ['POST', '/auth/logout'],
      ['POST', '/auth/refresh'],
      ['POST', '/auth/login', { user: 'anna', password: PASSWORD }],
    ] as const) {
      const { status, json } = await browser.call(method, path, body, headers);
      const seen = `${path} ${JSON.stringify(headers)}`;
      assert.deepEqual([status, json.error.code], [403, 'foreign-origin'], seen);
    }
  }
  assert.deepEqual(await on.store.tunnels.list(), []);
  assert.equal((await browser.call('GET', '/auth/me', undefined, {})).status, 200);
});

test('the dashboard may change, by either of the two headers browsers send', async (t) => {
  const on = await api(t);
  await addUser(on, 'anna');
  const browser = await loggedIn(on, 'anna');
  const own = [
    { 'sec-fetch-site': 'same-origin' },
    { origin: 'http://localhost:80', host: 'localhost:80' },
  ];
  for (const [i, headers] of own.entries()) {
    const { status } = await browser.call('POST', '/tunnels', { name: `t${i}` }, headers);
    assert.equal(status, 201);
  }
});

test('a form of another site is not taken, whatever it pretends to be', async (t) => {
  const on = await api(t);
  await addUser(on, 'anna');
  const browser = await loggedIn(on, 'anna');
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    '',
  ]) {
    const headers = { 'sec-fetch-site': 'same-origin', 'content-type': type };
    const { status, json } = await browser.call(
      'POST',
      '/tunnels/shop/agent-codes',
      undefined,
      headers,
    );
    assert.deepEqual([status, json.error.code], [415, 'media-type-unsupported'], type);
  }
});

test('scripts log in and use tokens without saying where they come from', async (t) => {
  const on = await api(t);
  await addUser(on, 'anna');
  const credentials = { user: 'anna', password: PASSWORD };
  const { status } = await new Browser(on).call('POST', '/auth/login', credentials, {});
  assert.equal(status, 200);
  assert.equal((await on.call('POST', '/api/v1/tunnels', { name: 'shop' })).status, 201);
  const elsewhere = await new Browser(on).call('POST', '/auth/login', credentials, {
    origin: 'https://evil.example',
  });
  assert.equal(elsewhere.status, 403);
});

test('a wrong token is not made good by a cookie', async (t) => {
  const on = await api(t);
  await addUser(on, 'anna');
  const browser = await loggedIn(on, 'anna');
  const headers = { authorization: 'Bearer wrong', 'sec-fetch-site': 'same-origin' };
  assert.equal((await browser.call('GET', '/tunnels', undefined, headers)).status, 401);
});
