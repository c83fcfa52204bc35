import assert from 'node:assert/strict';
import { test } from 'node:test';
import { api } from './api-fixture.ts';

test('a token does what its role allows, until it ends or is revoked', async (t) => {
  const { call, wall } = await api(t);
  // The tests' clock stands in the past; a token has to end in the future.
  const expiresAt = Date.now() + 60_000;
  const make = async (body: object) => (await call('POST', '/api/v1/tokens', body)).json;
  const viewer = await make({ name: 'monitor', role: 'viewer' });
  const admin = await make({ name: 'deploy', role: 'admin', expiresAt });
  const shop = { name: 'shop' };
  assert.equal((await call('GET', '/api/v1/tunnels', undefined, viewer.token)).status, 200);
  const refused = await call('POST', '/api/v1/tunnels', shop, viewer.token);
  assert.deepEqual([refused.status, refused.json.error.code], [403, 'forbidden']);
  assert.equal((await call('POST', '/api/v1/tunnels', shop, admin.token)).status, 201);
  wall.at = expiresAt;
  assert.equal((await call('GET', '/api/v1/tunnels', undefined, admin.token)).status, 401);
  assert.equal((await call('DELETE', `/api/v1/tokens/${viewer.id}`)).status, 204);
  assert.equal((await call('GET', '/api/v1/tunnels', undefined, viewer.token)).status, 401);
  const gone = await call('DELETE', `/api/v1/tokens/${viewer.id}`);
  assert.deepEqual([gone.status, gone.json.error.code], [404, 'token-unknown']);
});

test('tokens are listed with their use and without their secret', async (t) => {
  const { call, wall } = await api(t);
  const { id, token } = (
    await call('POST', '/api/v1/tokens', { name: 'monitor', role: 'viewer', expiresAt: null })
  ).json;
  await call('GET', '/api/v1/status', undefined, token);
  const { items } = (await call('GET', '/api/v1/tokens')).json;
  const times = { createdAt: wall.at, lastUsedAt: wall.at, expiresAt: null };
  assert.deepEqual(items, [{ id, name: 'monitor', role: 'viewer', ...times }]);
  for (const [body, code] of [
    [{ name: 'x' }, 'request-invalid'],
    [{ name: 'x\u0007', role: 'admin' }, 'request-invalid'],
    [{ name: 'x', role: 'admin', expiresAt: 5 }, 'token-expired'],
  ] as const) {
    const wrong = await call('POST', '/api/v1/tokens', body);
    assert.deepEqual([wrong.status, wrong.json.error.code], [400, code]);
  }
});
