import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { DEFAULT_POLICY } from '../../../relay-server/policy.ts';
import { API_LIMITS } from '../../../relay-server/limits.ts';
import { api, type Method } from './api-fixture.ts';

const ROUTES: readonly (readonly [Method, string, object?])[] = [
  ['GET', '/api/v1/tunnels'],
  ['POST', '/api/v1/tunnels', { name: 'shop' }],
  ['GET', '/api/v1/tunnels/shop'],
  ['PATCH', '/api/v1/tunnels/shop', { port: 2200 }],
  ['DELETE', '/api/v1/tunnels/shop'],
  ['POST', '/api/v1/tunnels/shop/agent-codes'],
  ['DELETE', '/api/v1/agents/x'],
  ['POST', '/api/v1/agents/x/rotate'],
  ['GET', '/api/v1/status'],
  ['POST', '/api/v1/tokens', { name: 'x', role: 'admin' }],
];

test('health is open to all and holds no secret', async (t) => {
  const { call } = await api(t);
  const { status, json } = await call('GET', '/healthz', undefined, '');
  assert.deepEqual([status, json], [200, { ok: true, version: '1.2.3' }]);
});

test('every route of the API wants a token', async (t) => {
  const { call, store } = await api(t);
  for (const [method, url, body] of ROUTES) {
    for (const token of ['', 'wrong', `gwt_${'0'.repeat(40)}`, 'x'.repeat(2000)]) {
      const { status, json, headers } = await call(method, url, body, token);
      assert.equal(status, 401, `${method} ${url}`);
      assert.equal(json.error.code, 'unauthorized');
      assert.match(String(headers['www-authenticate']), /^Bearer/);
    }
  }
  assert.deepEqual(await store.tunnels.list(), []);
});

test('an empty local token lets nobody in', async (t) => {
  const { app } = await api(t, '');
  for (const authorization of ['Bearer ', 'Bearer', '', 'Basic Og==']) {
    const response = await app.inject({ url: '/api/v1/status', headers: { authorization } });
    assert.equal(response.statusCode, 401);
  }
});

test('an API token made through the API opens it', async (t) => {
  const { call } = await api(t);
  const made = await call('POST', '/api/v1/tokens', { name: 'backup', role: 'admin' });
  assert.equal(made.status, 201);
  assert.match(made.json.token, /^gwt_/);
  assert.equal((await call('GET', '/api/v1/status', undefined, made.json.token)).status, 200);
});

test('a tunnel is made, listed, shown, changed and deleted', async (t) => {
  const { call } = await api(t);
  const made = await call('POST', '/api/v1/tunnels', { name: 'shop', serverAddress: 'nas:21' });
  assert.equal(made.status, 201);
  assert.deepEqual(Object.keys(made.json).sort(), ['enrolmentCode', 'publicAddress', 'tunnel']);
  assert.equal(made.json.publicAddress, 'ftp://relay.test:2121');
  const { tunnel } = made.json;
  assert.deepEqual((await call('GET', '/api/v1/tunnels')).json, {
    items: [tunnel],
    nextCursor: null,
  });
  assert.deepEqual((await call('GET', '/api/v1/tunnels/shop')).json, { tunnel });
  const change = { port: 2200, serverAddress: null, revision: 1 };
  const changed = await call('PATCH', '/api/v1/tunnels/shop', change);
  assert.deepEqual(
    [changed.status, changed.json.tunnel.port, changed.json.tunnel.revision],
    [200, 2200, 2],
  );
  const stale = await call('PATCH', '/api/v1/tunnels/shop', change);
  assert.deepEqual([stale.status, stale.json.error.code], [409, 'revision-conflict']);
  assert.equal((await call('DELETE', '/api/v1/tunnels/shop')).status, 204);
  const gone = await call('GET', '/api/v1/tunnels/shop');
  assert.deepEqual([gone.status, gone.json.error.code], [404, 'tunnel-unknown']);
  assert.ok(gone.json.error.remedy.length > 0);
});

test('what is wrong with a tunnel is told by status and code', async (t) => {
  const { call, runtime } = await api(t);
  await call('POST', '/api/v1/tunnels', { name: 'shop', port: 2200 });
  runtime.occupied.set(21, 'EACCES');
  const cases: readonly (readonly [object, number, string])[] = [
    [{ name: 'shop' }, 409, 'tunnel-name-taken'],
    [{ name: 'other', port: 2200 }, 409, 'port-taken'],
    [{ name: 'other', port: 21 }, 409, 'port-not-permitted'],
    [{ name: 'other', serverAddress: 'nas' }, 400, 'server-address-invalid'],
    [{ name: 'Other' }, 400, 'request-invalid'],
    [{ name: 'other', port: '2201' }, 400, 'request-invalid'],
    [{ name: 'other', prot: 2201 }, 400, 'request-invalid'],
    [{ port: 2201 }, 400, 'request-invalid'],
    [[], 400, 'request-invalid'],
  ];
  for (const [body, status, code] of cases) {
    const answer = await call('POST', '/api/v1/tunnels', body);
    assert.deepEqual([answer.status, answer.json.error.code], [status, code], JSON.stringify(body));
  }
});

test('a policy is set with its tunnel, changed field by field, and brought back by null', async (t) => {
  const { call } = await api(t);
  const policy = {
    allow: ['::ffff:10.0.0.0/104'],
    maxSessions: 5,
    readOnly: true,
    bandwidth: 20_000,
  };
  const made = await call('POST', '/api/v1/tunnels', { name: 'shop', policy });
  assert.deepEqual([made.status, Object.keys(made.json).length], [201, 3]);
  const expected = { ...DEFAULT_POLICY, ...policy, allow: ['10.0.0.0/8'] };
  assert.deepEqual(made.json.tunnel.policy, expected);
  const changes = {
    readOnly: false,
    maxSessions: null,
    dataSource: 'same-network',
    bandwidth: null,
  };
  const changed = await call('PATCH', '/api/v1/tunnels/shop', { policy: changes });
  const after = { ...DEFAULT_POLICY, allow: ['10.0.0.0/8'], dataSource: 'same-network' };
  assert.deepEqual([changed.status, changed.json.tunnel.policy], [200, after]);
  const moved = await call('PATCH', '/api/v1/tunnels/shop', { port: 2200 });
  assert.deepEqual([moved.json.tunnel.policy, moved.json.tunnel.revision], [after, 3]);
});

test('a change that cannot be made whole leaves the policy as it was', async (t) => {
  const { call, runtime } = await api(t);
  await call('POST', '/api/v1/tunnels', { name: 'shop', policy: { maxSessions: 5 } });
  runtime.occupied.set(2200, 'EADDRINUSE');
  const change = { port: 2200, policy: { maxSessions: null, readOnly: true } };
  assert.equal((await call('PATCH', '/api/v1/tunnels/shop', change)).status, 409);
  const { tunnel } = (await call('GET', '/api/v1/tunnels/shop')).json;
  assert.deepEqual(tunnel.policy, { ...DEFAULT_POLICY, maxSessions: 5 });
});

test('a policy nobody can have is refused and changes nothing', async (t) => {
  const { call } = await api(t);
  await call('POST', '/api/v1/tunnels', { name: 'shop' });
  const cases: readonly (readonly [object, string, RegExp])[] = [
    [{ allow: ['10.0.0.0/8', 'nas'] }, 'policy-invalid', /allow: "nas"/],
    [{ deny: ['10.1.0.0/8'] }, 'policy-invalid', /deny: "10\.1\.0\.0\/8"/],
    [{ deny: '10.0.0.0/8' }, 'request-invalid', /deny/],
    [{ maxSessions: 0 }, 'request-invalid', /maxSessions/],
    [{ maxSessionsPerAddress: 1e9 }, 'request-invalid', /maxSessionsPerAddress/],
    [{ idleTimeout: 5 }, 'request-invalid', /idleTimeout/],
    [{ readOnly: 'yes' }, 'request-invalid', /readOnly/],
    [{ dataSource: 'anywhere' }, 'request-invalid', /dataSource/],
    [{ serverMode: 'port' }, 'request-invalid', /serverMode/],
    [{ clientMode: 'epsv' }, 'request-invalid', /clientMode/],
    [{ sessionBandwidth: 1 }, 'request-invalid', /sessionBandwidth/],
    [{ bandwidth: '10M' }, 'request-invalid', /bandwidth/],
    [{ bandwith: 1 }, 'request-invalid', /additional properties/],
  ];
  for (const [policy, code, message] of cases) {
    const { status, json } = await call('PATCH', '/api/v1/tunnels/shop', { policy });
    assert.deepEqual([status, json.error.code], [400, code], JSON.stringify(policy));
    assert.match(json.error.message, message);
  }
  const { tunnel } = (await call('GET', '/api/v1/tunnels/shop')).json;
  assert.deepEqual([tunnel.policy, tunnel.revision], [DEFAULT_POLICY, 1]);
});

test('an agent is enrolled with a code and revoked by its id', async (t) => {
  const { call, store, runtime, lines } = await api(t);
  await call('POST', '/api/v1/tunnels', { name: 'shop' });
  const code = await call('POST', '/api/v1/tunnels/shop/agent-codes');
  assert.deepEqual([code.status, code.json.tunnel], [201, 'shop']);
  const body = { code: code.json.enrolmentCode, name: 'shop-pc', version: '0.1.0' };
  const enrolled = await call('POST', '/agent/v1/enrol', body, '');
  assert.equal(enrolled.status, 200);
  assert.deepEqual(Object.keys(enrolled.json).sort(), ['agentId', 'credential', 'tunnel']);
  assert.equal((await store.agents.authenticate(enrolled.json.credential)).ok, true);
  const shown = await call('GET', '/api/v1/tunnels/shop');
  assert.equal(JSON.stringify(shown.json).includes(enrolled.json.credential), false);
  assert.equal((await call('DELETE', `/api/v1/agents/${enrolled.json.agentId}`)).status, 204);
  assert.deepEqual(runtime.dropped, [enrolled.json.agentId]);
  assert.equal((await call('DELETE', '/api/v1/agents/nobody')).status, 404);
  assert.equal((await call('POST', '/api/v1/tunnels/nobody/agent-codes')).status, 404);
  assert.match(lines.join(''), /agent enrolled/);
  assert.equal(lines.join('').includes(enrolled.json.credential), false);
});

test('a code that is not good is refused with its reason', async (t) => {
  const { call, store } = await api(t);
  const made = await call('POST', '/api/v1/tunnels', { name: 'shop' });
  const body = { code: made.json.enrolmentCode, name: 'a', version: '1' };
  assert.equal((await call('POST', '/agent/v1/enrol', body, '')).status, 200);
  const used = await call('POST', '/agent/v1/enrol', body, '');
  assert.deepEqual([used.status, used.json.error.code], [403, 'code-used']);
  const unknown = await call('POST', '/agent/v1/enrol', { ...body, code: 'x' }, '');
  assert.deepEqual([unknown.status, unknown.json.error.code], [403, 'code-unknown']);
  const control = await call('POST', '/agent/v1/enrol', { ...body, name: 'a\u001b[2J' }, '');
  assert.deepEqual([control.status, control.json.error.code], [400, 'request-invalid']);
  assert.equal((await store.agents.list()).length, 1);
});

test('an address that guesses codes has to wait, good ones do not count', async (t) => {
  const { call, store, clock } = await api(t);
  const tunnel = (await call('POST', '/api/v1/tunnels', { name: 'shop' })).json.tunnel;
  const enrol = (code: string) =>
    call('POST', '/agent/v1/enrol', { code, name: 'a', version: '1' }, '');
  for (let i = 0; i < API_LIMITS.enrolFailures + 5; i++) {
    assert.equal((await enrol((await store.codes.create(tunnel.id)).code)).status, 200);
  }
  for (let i = 0; i < API_LIMITS.enrolFailures; i++) assert.equal((await enrol('x')).status, 403);
  const { code } = await store.codes.create(tunnel.id);
  const held = await enrol(code);
  assert.deepEqual([held.status, held.json.error.code], [429, 'too-many-attempts']);
  assert.equal(held.headers['retry-after'], String(API_LIMITS.enrolWindow / 1000));
  clock.at += API_LIMITS.enrolWindow;
  assert.equal((await enrol(code)).status, 200);
});

test('a body that is too large, no JSON or of another kind is refused in the one shape', async (t) => {
  const { app } = await api(t);
  const send = (payload: string, type = 'application/json') =>
    app.inject({
      method: 'POST',
      url: '/agent/v1/enrol',
      payload,
      headers: { 'content-type': type },
    });
  const cases = [
    [await send(JSON.stringify({ code: 'x'.repeat(API_LIMITS.body) })), 413, 'body-too-large'],
    [await send('{"code": '), 400, 'request-invalid'],
    [await send('<x/>', 'application/xml'), 415, 'media-type-unsupported'],
  ] as const;
  for (const [response, status, code] of cases) {
    assert.equal(response.statusCode, status);
    assert.equal(response.json().error.code, code);
  }
});

test('an unknown path is answered in the one shape', async (t) => {
  const { call } = await api(t);
  for (const url of ['/nowhere', '/api/v1/nowhere', '/api/v2/tunnels', '/../package.json', '//']) {
    const { status, json } = await call('GET', url);
    assert.deepEqual([status, json.error.code], [404, 'route-unknown'], url);
  }
});

test('a path that cannot be decoded or is far too long is answered in the one shape', async (t) => {
  const { call } = await api(t);
  for (const url of ['/%zz', '/api/v1/tunnels/%E0%A4%A', `/api/v1/tunnels/${'x'.repeat(5000)}`]) {
    const { status, json } = await call('GET', url);
    assert.ok(status >= 400 && status < 500, `${status} ${url}`);
    assert.equal(typeof json.error.code, 'string', JSON.stringify(json));
  }
});

test('a defect is logged and not told', async (t) => {
  const { call, store, lines } = await api(t);
  await store.close();
  const { status, json } = await call('GET', '/api/v1/tunnels');
  assert.deepEqual([status, json.error.code], [500, 'internal']);
  assert.equal(JSON.stringify(json).toLowerCase().includes('driver'), false);
  assert.match(lines.join(''), /request failed/);
});

test('what is no HTTP gets one short answer and a closed connection', async (t) => {
  const { app } = await api(t);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  const pieces: Buffer[] = [];
  socket.on('data', (piece: Buffer) => pieces.push(piece));
  socket.write('USER anonymous\r\n\r\n');
  await once(socket, 'close');
  const answer = Buffer.concat(pieces).toString();
  assert.match(answer, /^HTTP\/1\.1 400 /);
  assert.match(answer, /"code":"request-invalid"/);
});
