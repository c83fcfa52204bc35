import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { guardedLookup, isAllowedAddress } from '../../../relay-server/alerts/destinations.ts';
import { postWebhook, type WebhookOptions } from '../../../relay-server/alerts/webhook.ts';
import { testAuthority } from '../../support/certificates.ts';
import { MESSAGE, startReceiver } from './fixtures.ts';

const SECRET = 'a secret of many letters';
const NOW = 1_700_000_099_500;
const options: WebhookOptions = { version: '1.2.3', now: () => NOW };

/** Looks every name up as these addresses. */
const leadingTo = (...addresses: readonly string[]) =>
  guardedLookup(((_name: string, _options: object, callback: (...args: unknown[]) => void) => {
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  }) as unknown as Parameters<typeof guardedLookup>[0]);

test('an alert is posted as JSON with a signature that a receiver can verify', async (t) => {
  const receiver = await startReceiver(t);
  const attempt = await postWebhook({ url: receiver.url, secret: SECRET }, MESSAGE, options);
  assert.deepEqual(attempt, { is: 'delivered', detail: 'HTTP 200 OK' });
  const [{ path, headers, body } = assert.fail()] = receiver.received;
  assert.equal(path, '/hook?x=1');
  assert.deepEqual(JSON.parse(body), MESSAGE);
  assert.equal(headers['content-type'], 'application/json');
  assert.equal(headers['user-agent'], 'gangway/1.2.3');
  const [, seconds, given] =
    /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['gangway-signature'])) ?? [];
  assert.equal(seconds, '1700000099');
  const expected = createHmac('sha256', SECRET).update(`${seconds}.${body}`).digest('hex');
  assert.equal(given, expected);
});

test('without a secret nothing is signed', async (t) => {
  const receiver = await startReceiver(t);
  await postWebhook({ url: receiver.url, secret: null }, MESSAGE, options);
  assert.equal(receiver.received[0]?.headers['gangway-signature'], undefined);
});

test('answers that another attempt may change are told from those that it cannot', async (t) => {
  const receiver = await startReceiver(t);
  const cases = [
    [204, 'delivered'],
    [500, 'failed'],
    [503, 'failed'],
    [408, 'failed'],
    [429, 'failed'],
    [400, 'refused'],
    [404, 'refused'],
    [410, 'refused'],
  ] as const;
  for (const [status, is] of cases) {
    receiver.answer = status;
    const attempt = await postWebhook({ url: receiver.url, secret: null }, MESSAGE, options);
    assert.equal(attempt.is, is, String(status));
    assert.match(attempt.detail, new RegExp(`^HTTP ${status}`));
  }
});

test('a redirect is not followed', async (t) => {
  const receiver = await startReceiver(t);
  for (const status of [301, 302, 307, 308]) {
    receiver.answer = status;
    const attempt = await postWebhook({ url: receiver.url, secret: null }, MESSAGE, options);
    assert.deepEqual([attempt.is, /redirects/.test(attempt.detail)], ['refused', true]);
  }
  assert.deepEqual(new Set(receiver.received.map(({ path }) => path)), new Set(['/hook?x=1']));
});

test('a receiver that does not answer, or is not there, may be tried again', async (t) => {
  const receiver = await startReceiver(t);
  receiver.answer = 'nothing';
  const target = { url: receiver.url, secret: null };
  const silent = await postWebhook(target, MESSAGE, { ...options, timeout: 50 });
  assert.deepEqual(silent, { is: 'failed', detail: 'no answer in time' });
  const closed = { url: 'http://127.0.0.1:1/', secret: null };
  const gone = await postWebhook(closed, MESSAGE, options);
  assert.equal(gone.is, 'failed');
  assert.match(gone.detail, /ECONNREFUSED/);
});

test('a certificate that nobody vouches for is refused, and nothing is sent', async (t) => {
  const { cert, key } = await (await testAuthority()).issue({ names: ['127.0.0.1'] });
  let asked = 0;
  const server = createHttpsServer({ cert, key }, () => (asked += 1)).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const attempt = await postWebhook({ url, secret: SECRET }, MESSAGE, options);
  assert.equal(attempt.is, 'failed');
  assert.match(attempt.detail, /certificate|UNABLE_TO/i);
  assert.equal(asked, 0);
});

test('link-local and metadata addresses are no receivers, however they are written', () => {
  const refused = [
    '169.254.169.254',
    '169.254.0.1',
    '::ffff:169.254.169.254',
    '0.0.0.0',
    '::',
    'fe80::1',
    'fe80::1%eth0',
    '224.0.0.1',
    '255.255.255.255',
    'ff02::1',
    '100.100.100.200',
    '168.63.129.16',
    'fd00:ec2::254',
    '64:ff9b::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
  ];
  for (const one of refused) assert.equal(isAllowedAddress(one), false, one);
  const allowed = [
    '127.0.0.1',
    '::1',
    '10.0.0.5',
    '192.168.1.1',
    '203.0.113.7',
    'fd00::1',
    '2001:db8::1',
  ];
  for (const one of allowed) assert.equal(isAllowedAddress(one), true, one);
});

test('a URL with such an address is refused without a word to it', async () => {
  const urls = [
    'http://169.254.169.254/latest/meta-data/',
    // The same as one number, in octal, and as IPv6.
    'http://2852039166/',
    'http://0251.0376.0251.0376/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://[fe80::1]/',
  ];
  for (const url of urls) {
    const attempt = await postWebhook({ url, secret: null }, MESSAGE, options);
    assert.deepEqual([attempt.is, /metadata/.test(attempt.detail)], ['refused', true], url);
  }
});

test('a name is judged by the address that is dialled', async (t) => {
  const receiver = await startReceiver(t);
  const target = { url: `http://hooks.example.org:${receiver.port}/`, secret: null };
  const post = (...addresses: readonly string[]) =>
    postWebhook(target, MESSAGE, { ...options, lookup: leadingTo(...addresses) });
  assert.equal((await post('169.254.169.254')).is, 'refused');
  assert.equal((await post('::ffff:169.254.169.254', 'fe80::1')).is, 'refused');
  assert.equal(receiver.received.length, 0);
  assert.equal((await post('169.254.169.254', '127.0.0.1')).is, 'delivered');
});
