import assert from 'node:assert/strict';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { KeptFiles } from '../../../relay-server/certificates/kept-files.ts';
import { SelfSigned } from '../../../relay-server/certificates/self-signed.ts';
import { CERTIFICATE_LIMITS } from '../../../relay-server/limits.ts';
import { freshDir } from '../fixtures.ts';
import { countOf, recordedLog, verifies } from './fixtures.ts';

const NAMES = ['Relay.example.org', '203.0.113.7', '2001:0db8::0001'];

function setting(t: TestContext) {
  const dir = freshDir(t);
  const log = recordedLog();
  const open = (names: readonly string[], now = Date.now()): Promise<SelfSigned> =>
    SelfSigned.open({ kept: new KeptFiles(dir), names, now, logger: log.logger });
  return { dir, log, open };
}

test('a client that is given the certificate accepts it for its names and addresses', async (t) => {
  const { dir, open } = setting(t);
  const { held, certFile } = await open(NAMES);
  assert.deepEqual(held.facts.names, ['relay.example.org', '203.0.113.7', '2001:db8::1']);
  assert.equal(held.facts.selfSigned, true);
  await verifies(t, held.identity, 'relay.example.org', held.identity.cert);
  await assert.rejects(verifies(t, held.identity, 'else.example.org', held.identity.cert), {
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  });
  assert.equal(certFile, join(dir, 'self-signed.crt'));
  assert.equal(statSync(join(dir, 'self-signed.key')).mode & 0o777, 0o600);
});

test('a restart shows the same certificate, and looking at it changes nothing', async (t) => {
  const { open } = setting(t);
  const first = await open(NAMES);
  const again = await open(NAMES);
  assert.deepEqual(again.held, first.held);
  assert.equal(await again.look(NAMES, Date.now()), false);
});

test('a name that comes later, or age, makes it anew with the same key', async (t) => {
  const { open } = setting(t);
  const own = await open(['relay.example.org']);
  const before = own.held;
  const now = Date.now();
  assert.equal(await own.look(['relay.example.org', 'shop.example.org'], now), true);
  const named = own.held;
  assert.ok(named.facts.names.includes('shop.example.org'));
  assert.notEqual(named.facts.fingerprint, before.facts.fingerprint);
  assert.equal(await own.look(['relay.example.org', 'shop.example.org'], now), false);
  const old = now + CERTIFICATE_LIMITS.selfSignedLife * 0.7;
  const aged = await open(['relay.example.org'], old);
  assert.ok(aged.held.facts.notAfter > old + CERTIFICATE_LIMITS.selfSignedLife * 0.9);
  assert.deepEqual([named.facts.pin, aged.held.facts.pin], [before.facts.pin, before.facts.pin]);
});

test('a lost certificate is made anew with its key; a damaged key is replaced and told of', async (t) => {
  const { dir, open, log } = setting(t);
  const { pin } = (await open(NAMES)).held.facts;
  writeFileSync(join(dir, 'self-signed.crt'), 'no certificate');
  assert.equal((await open(NAMES)).held.facts.pin, pin);
  assert.equal(countOf(log, 'self-signed-key-damaged'), 0);
  writeFileSync(join(dir, 'self-signed.key'), 'no key');
  assert.notEqual((await open(NAMES)).held.facts.pin, pin);
  assert.equal(countOf(log, 'self-signed-key-damaged'), 1);
});
