import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { Duplex } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { enrolOn } from '../../../relay-server/admin/enrol.ts';
import { StoreAdmin } from '../../../relay-server/admin/store-admin.ts';
import { Upgrades } from '../../../relay-server/agents/upgrades.ts';
import { buildHttp } from '../../../relay-server/http/server.ts';
import { SLAB_LIMITS } from '../../../shared/limits.ts';
import { createLogger } from '../../../shared/log.ts';
import { SlabPool } from '../../../shared/net/slab-pool.ts';
import { LINK_PATH } from '../../../shared/proto/handshake.ts';
import { freshStore } from '../fixtures.ts';

const logger = createLogger({ level: 'silent', format: 'json' });
const STRANGER = '198.51.100.7';

/** A relay's HTTP server that wants HTTPS of everybody else's machine. */
async function strict(t: TestContext) {
  const { store } = await freshStore(t);
  const app = await buildHttp({
    admin: new StoreAdmin({ store, version: '1.2.3' }),
    store,
    enrol: enrolOn(store),
    version: '1.2.3',
    localToken: 'local',
    httpsOnly: true,
    httpProof: { answer: (token) => (token === 'known' ? 'known.thumbprint' : undefined) },
    logger,
  });
  t.after(() => app.close());
  return app;
}

test('a page asked for in clear is sent to the same address with https', async (t) => {
  const app = await strict(t);
  const headers = { host: 'relay.example.org:8080' };
  const request = {
    method: 'GET',
    url: '/style.css?x=1',
    headers,
    remoteAddress: STRANGER,
  } as const;
  const answer = await app.inject(request);
  assert.equal(answer.statusCode, 308);
  assert.equal(answer.headers.location, 'https://relay.example.org:8080/style.css?x=1');
});

test('a host that is none leads nowhere, and secrets sent in clear are refused', async (t) => {
  const app = await strict(t);
  const inClear = { remoteAddress: STRANGER };
  for (const request of [
    { method: 'GET', url: '/', headers: { host: 'evil.example.org/@relay' } },
    { method: 'GET', url: '/api/v1/status', headers: { authorization: 'Bearer local' } },
    { method: 'POST', url: '/agent/v1/enrol', payload: { code: 'x', name: 'x', version: 'x' } },
  ] as const) {
    const answer = await app.inject({ ...request, ...inClear });
    assert.equal(answer.statusCode, 403, request.url);
    const { error } = answer.json<{ error: { code: string; remedy: string } }>();
    assert.equal(error.code, 'https-required');
    assert.match(error.remedy, /https:\/\//);
  }
});

test('this machine asks as before, and an authority asks in clear from anywhere', async (t) => {
  const app = await strict(t);
  const authorization = 'Bearer local';
  for (const remoteAddress of ['127.0.0.1', '::1', '::ffff:127.0.0.2']) {
    const request = { method: 'GET', url: '/api/v1/status', headers: { authorization } } as const;
    const answer = await app.inject({ ...request, remoteAddress });
    assert.equal(answer.statusCode, 200, remoteAddress);
  }
  const ask = (token: string) =>
    app.inject({ url: `/.well-known/acme-challenge/${token}`, remoteAddress: STRANGER });
  const known = await ask('known');
  assert.deepEqual([known.statusCode, known.body], [200, 'known.thumbprint']);
  assert.equal((await ask('unknown')).statusCode, 404);
});

test('an agent that comes in clear is told to use https, and to stop trying', async (t) => {
  const { store } = await freshStore(t);
  const server = createServer();
  const accepted = (): never => assert.fail('it was accepted');
  const slabs = new SlabPool(SLAB_LIMITS);
  const upgrades = new Upgrades(server, {
    agents: store.agents,
    httpsOnly: true,
    slabs,
    logger,
    grace: 0,
    knows: () => false,
    accepted,
  });
  t.after(() => upgrades.close());
  const answer = Promise.withResolvers<string>();
  const socket = new Duplex({
    read: () => {},
    write: (chunk: Buffer, _encoding, done) => {
      answer.resolve(chunk.toString());
      done();
    },
  });
  const from = { remoteAddress: STRANGER, localAddress: '198.51.100.1' };
  server.emit('upgrade', { url: LINK_PATH, headers: {}, socket: from }, socket, Buffer.alloc(0));
  assert.match(await answer.promise, /^HTTP\/1\.1 403 https-required\r\n[\s\S]*--relay https:/);
});
