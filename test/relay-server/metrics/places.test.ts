import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { once } from 'node:events';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import cookie from '@fastify/cookie';
import { fastify } from 'fastify';
import { SessionTokens } from '../../../relay-server/access/session-tokens.ts';
import { answerError } from '../../../relay-server/http/errors.ts';
import { guard } from '../../../relay-server/http/guard.ts';
import { Identities } from '../../../relay-server/http/identities.ts';
import { metricsRoutes } from '../../../relay-server/http/routes/metrics.ts';
import { MetricsListener } from '../../../relay-server/metrics/listener.ts';
import { openMetrics } from '../../../relay-server/metrics/open.ts';
import { metricsPlace } from '../../../relay-server/metrics/place.ts';
import { parseExposition } from '../../support/exposition.ts';
import { recordedLog } from '../certificates/fixtures.ts';
import { freshStore } from '../fixtures.ts';
import { metricsBench } from './bench.ts';

const ANYWHERE = { host: '127.0.0.1', port: 0 };

async function listener(t: TestContext) {
  const opened = await MetricsListener.open(ANYWHERE, metricsBench().metrics, recordedLog().logger);
  t.after(() => opened.close());
  const { port } = opened.address;
  return { opened, port, url: `http://127.0.0.1:${port}` };
}

test('the setting is off, token or an address, and says so otherwise', () => {
  for (const word of ['off', 'token'] as const) {
    assert.deepEqual(metricsPlace(word), { ok: true, value: word });
  }
  const address = { host: '::1', port: 9121 };
  assert.deepEqual(metricsPlace('[::1]:9121'), { ok: true, value: address });
  for (const wrong of ['on', '', '9121', '127.0.0.1', 'Token']) {
    const parsed = metricsPlace(wrong);
    assert.ok(!parsed.ok && parsed.remedy.includes('off, token'), wrong);
  }
});

test('a listener of its own gives metrics to whoever reaches it, and nothing else', async (t) => {
  const { url } = await listener(t);
  const response = await fetch(`${url}/metrics?x=1`);
  assert.match(String(response.headers.get('content-type')), /^text\/plain; version=0\.0\.4/);
  assert.equal(parseExposition(await response.text()).sum('gangway_tunnel_up'), 1);
  for (const [method, path] of [
    ['GET', '/'],
    ['GET', '/api/v1/status'],
    ['POST', '/metrics'],
  ] as const) {
    const other = await fetch(url + path, { method });
    assert.deepEqual([other.status, await other.text()], [404, 'only GET /metrics is here\n']);
  }
});

test('a listener ends with its connections, also those on which nothing was asked', async (t) => {
  const { opened, port } = await listener(t);
  const silent = connect(port, '127.0.0.1');
  await once(silent, 'connect');
  const gone = once(silent, 'close');
  await opened.close();
  await gone;
  await opened.close();
});

test('an address that is taken is named, with what to do', async (t) => {
  const { port } = await listener(t);
  const at = { host: '127.0.0.1', port };
  const again = MetricsListener.open(at, metricsBench().metrics, recordedLog().logger);
  await assert.rejects(again, { code: 'metrics-port-in-use', message: new RegExp(`:${port}`) });
});

test('with off nothing is kept', async () => {
  const sources = { version: '1', tunnels: () => [], running: () => new Map() };
  assert.equal(await openMetrics('off', sources, recordedLog().logger), undefined);
});

test('on the HTTP port metrics want an API token', async (t) => {
  const { store } = await freshStore(t);
  const { token } = await store.tokens.create({ name: 'collector', role: 'viewer' });
  const app = fastify();
  app.setErrorHandler(answerError);
  app.decorateRequest('principal');
  await app.register(cookie);
  const sessions = new SessionTokens(Date.now);
  const pass = guard(new Identities({ store, sessions, localToken: '' }));
  await app.register(metricsRoutes(metricsBench().metrics, pass));
  const ask = (authorization: string) =>
    app.inject({ url: '/metrics', headers: authorization === '' ? {} : { authorization } });
  for (const wrong of ['', 'Bearer wrong', 'Basic eDp5', 'Bearer ']) {
    const refused = await ask(wrong);
    assert.deepEqual([refused.statusCode, refused.json().error.code], [401, 'unauthorized']);
  }
  const given = await ask(`Bearer ${token}`);
  assert.equal(given.statusCode, 200);
  assert.match(String(given.headers['content-type']), /^text\/plain; version=0\.0\.4/);
  assert.equal(given.headers['cache-control'], 'no-store');
  assert.equal(parseExposition(given.body).sum('gangway_info'), 1);
});
