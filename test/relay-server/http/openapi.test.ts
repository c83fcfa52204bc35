import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addUser, api, loggedIn } from './api-fixture.ts';
import { wholeRelay } from './whole-relay.ts';
import { operationsOf, pathWith, titleOf } from './operations.ts';

const CHANGING = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

test('every route says what it does, for whom, and what it answers', async (t) => {
  const on = await wholeRelay(t);
  const { json } = await on.call('GET', '/api/v1/openapi.json', undefined, '');
  const tags = new Set(json.tags.map(({ name }: { name: string }) => name));
  const operations = await operationsOf(on);
  assert.ok(operations.length > 20);
  for (const operation of operations) {
    const title = titleOf(operation);
    const { summary, access, security, responses } = operation;
    assert.ok(summary !== undefined && summary.length > 5, `${title} has no summary`);
    assert.equal(operation.tags.length, 1, `${title} has one subject`);
    for (const tag of operation.tags) assert.ok(tags.has(tag), `${title}: ${tag} is described`);
    assert.ok(
      Object.keys(responses).some((status) => /^2\d\d$/.test(status)),
      `${title} says what it answers`,
    );
    assert.equal(security.length === 0, access === 'everybody', title);
  }
});

test('every route wants to know who asks, unless it is for everybody', async (t) => {
  const on = await wholeRelay(t);
  for (const operation of await operationsOf(on)) {
    if (operation.access === 'everybody') continue;
    for (const token of ['', 'wrong']) {
      const { method } = operation;
      const { status, json } = await on.call(method, pathWith(operation, 'x'), undefined, token);
      assert.deepEqual([status, json.error.code], [401, 'unauthorized'], titleOf(operation));
    }
  }
});

test('a viewer changes nothing but his own account, by token or by cookie', async (t) => {
  const on = await wholeRelay(t);
  await addUser(on, 'anna', 'viewer');
  const browser = await loggedIn(on, 'anna');
  const made = await on.call('POST', '/api/v1/tokens', { name: 'monitor', role: 'viewer' });
  const { token } = made.json;
  for (const operation of await operationsOf(on)) {
    const { method, access } = operation;
    if (!CHANGING.has(method)) continue;
    const title = titleOf(operation);
    if (access !== 'admin') {
      assert.match(operation.path, /^\/api\/v1\/auth\//, `${title} is not for admins only`);
      continue;
    }
    const path = pathWith(operation, 'x');
    const byToken = await on.call(method, path, undefined, token);
    assert.deepEqual([byToken.status, byToken.json.error.code], [403, 'forbidden'], title);
    const byCookie = await browser.call(method, path.replace('/api/v1', ''));
    assert.deepEqual([byCookie.status, byCookie.json.error.code], [403, 'forbidden'], title);
  }
});

test('the page that shows the description asks nobody else and runs nothing of its own', async (t) => {
  const { app } = await api(t);
  for (const url of ['/api/docs', '/api/docs/']) {
    const page = await app.inject(url);
    assert.equal(page.statusCode, 200);
    assert.equal(/<script(?![^>]+src=)|https?:|\sstyle=|\son\w+=/i.test(page.body), false);
    const policy = String(page.headers['content-security-policy']);
    assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self'/);
    assert.equal(/unsafe|https?:/.test(policy), false);
    for (const [, path] of page.body.matchAll(/(?:src|href)="([^"]+)"/g)) {
      const file = new URL(path ?? '', `http://relay${url}`).pathname;
      assert.equal((await app.inject(file)).statusCode, 200, file);
    }
  }
});
