import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Alerts } from '../../../relay-server/alerts/alerts.ts';
import { StoredAlertSettings } from '../../../relay-server/alerts/settings.ts';
import { alertRoutes } from '../../../relay-server/http/routes/alerts.ts';
import { createLogger } from '../../../shared/log.ts';
import { startReceiver } from '../alerts/fixtures.ts';
import { api, type Api, type Method } from './api-fixture.ts';

const URL = '/api/v1/alerts';
const SECRET = 'secret-of-the-receiver';

/** An API with alerts, and tokens of both roles. */
async function alertApi(t: TestContext): Promise<Api & { viewer: string }> {
  const made = await api(t, undefined, async (store) => {
    const alerts = new Alerts({
      settings: await StoredAlertSettings.open(store.settings),
      relayName: 'relay.test',
      version: '1.2.3',
      logger: createLogger({ level: 'silent', format: 'json', output: { write: () => {} } }),
      after: () => () => {},
      now: () => 1_700_000_000_000,
    });
    return [alertRoutes({ alerts })];
  });
  const { json } = await made.call('POST', '/api/v1/tokens', { name: 'eye', role: 'viewer' });
  return { ...made, viewer: json.token };
}

test('every route wants somebody, and changes want an admin', async (t) => {
  const { call, viewer } = await alertApi(t);
  const routes: readonly (readonly [Method, string, object | undefined, number])[] = [
    ['GET', URL, undefined, 200],
    ['GET', `${URL}/deliveries`, undefined, 200],
    ['PATCH', URL, { agentGrace: 5000 }, 403],
    ['POST', `${URL}/test`, { channel: 'webhook' }, 403],
  ];
  for (const [method, url, body, forViewer] of routes) {
    assert.equal((await call(method, url, body, '')).status, 401, `${method} ${url}`);
    assert.equal((await call(method, url, body, viewer)).status, forViewer, `${method} ${url}`);
  }
  assert.equal((await call('GET', URL)).json.alerts.agentGrace, 60_000);
});

test('settings are changed field by field, and nobody is shown a secret', async (t) => {
  const { call, store, lines } = await alertApi(t);
  const webhook = {
    enabled: true,
    url: 'https://hooks.example.org:8443/T0/secret-path',
    secret: SECRET,
  };
  const mail = {
    url: 'smtps://ann:pass-word@mail.example.org',
    from: 'gangway@example.org',
    to: ['ann@example.org'],
  };
  const changed = await call('PATCH', URL, { webhook, mail, revision: 0 });
  assert.equal(changed.status, 200, JSON.stringify(changed.json));
  const { alerts } = (await call('PATCH', URL, { webhook: { enabled: false } })).json;
  assert.deepEqual(alerts.webhook, {
    enabled: false,
    place: 'https://hooks.example.org:8443',
    signed: true,
  });
  assert.deepEqual(alerts.mail, {
    enabled: false,
    place: 'smtps://mail.example.org',
    from: 'gangway@example.org',
    to: ['ann@example.org'],
  });
  assert.equal(alerts.revision, 2);
  const { json: trail } = await call('GET', '/api/v1/audit');
  assert.ok(trail.items.some(({ action }: { action: string }) => action === 'alerts.update'));
  const shown = JSON.stringify([changed.json, alerts, trail, lines]);
  for (const secret of [SECRET, 'secret-path', 'pass-word', 'ann:']) {
    assert.equal(shown.includes(secret), false, secret);
  }
  assert.match((await store.settings.get('alerts')) ?? '', /pass-word/);
  const gone = await call('PATCH', URL, { webhook: { url: null, secret: null } });
  assert.deepEqual(gone.json.alerts.webhook, { enabled: false, place: null, signed: false });
});

test('what cannot be is refused with its reason, and changes nothing', async (t) => {
  const { call } = await alertApi(t);
  const cases: readonly (readonly [object, number, string])[] = [
    [{ webhook: { enabled: true } }, 400, 'alerts-invalid'],
    [{ mail: { enabled: true, url: 'smtp://mail.example.org' } }, 400, 'alerts-invalid'],
    [{ webhook: { url: 'http://169.254.169.254/' } }, 400, 'alerts-invalid'],
    [{ webhook: { url: 'http://[fe80::1]/' } }, 400, 'alerts-invalid'],
    [{ webhook: { url: 'https://ann:x@hooks.example.org/' } }, 400, 'alerts-invalid'],
    [{ webhook: { url: 'https://[/' } }, 400, 'alerts-invalid'],
    [{ mail: { url: 'smtp://%zz@mail.example.org' } }, 400, 'alerts-invalid'],
    [{ webhook: { url: 'ftp://hooks.example.org/' } }, 400, 'request-invalid'],
    [{ webhook: { url: 'file:///etc/passwd' } }, 400, 'request-invalid'],
    [{ webhook: { secret: 'short' } }, 400, 'request-invalid'],
    [{ mail: { to: ['ann@example.org\r\nBcc: x@example.org'] } }, 400, 'request-invalid'],
    [{ mail: { from: 'Ann <ann@example.org>' } }, 400, 'request-invalid'],
    [{ kinds: ['everything'] }, 400, 'request-invalid'],
    [{ agentGrace: 1 }, 400, 'request-invalid'],
    [{ grace: 5000 }, 400, 'request-invalid'],
    [{ revision: 7, agentGrace: 5000 }, 409, 'revision-conflict'],
  ];
  for (const [body, status, code] of cases) {
    const { json, ...answer } = await call('PATCH', URL, body);
    assert.deepEqual([answer.status, json.error?.code], [status, code], JSON.stringify(body));
  }
  assert.equal((await call('GET', URL)).json.alerts.revision, 0);
});

test('a test is sent at once, answers what the receiver said, and is in the log', async (t) => {
  const { call } = await alertApi(t);
  const unset = await call('POST', `${URL}/test`, { channel: 'mail' });
  assert.deepEqual([unset.status, unset.json.error.code], [409, 'alert-channel-unset']);
  const receiver = await startReceiver(t);
  await call('PATCH', URL, { webhook: { url: receiver.url, secret: SECRET } });
  const good = await call('POST', `${URL}/test`, { channel: 'webhook' });
  assert.deepEqual([good.status, good.json.delivery.result], [200, 'delivered']);
  receiver.answer = 404;
  const bad = await call('POST', `${URL}/test`, { channel: 'webhook' });
  const { result, detail, kind } = bad.json.delivery;
  assert.deepEqual(
    [bad.status, result, detail, kind],
    [200, 'refused', 'HTTP 404 Not Found', 'test'],
  );
  assert.match(String(receiver.received[0]?.headers['gangway-signature']), /^t=\d+,v1=/);
  const { items } = (await call('GET', `${URL}/deliveries`)).json;
  assert.deepEqual(items, [bad.json.delivery, good.json.delivery]);
  const wrong = await call('POST', `${URL}/test`, { channel: 'pigeon' });
  assert.deepEqual([wrong.status, wrong.json.error.code], [400, 'request-invalid']);
});
