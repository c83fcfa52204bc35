import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import {
  openCertificates,
  type CertificateConfig,
} from '../../../relay-server/certificates/open.ts';
import { ensureDebianPackages } from '../../support/debian.ts';
import { startPebble, type Pebble } from '../../support/pebble.ts';
import { freshDir } from '../fixtures.ts';
import { certificateConfig, countOf, recordedLog, verifies, type RecordedLog } from './fixtures.ts';

const { missing } = await ensureDebianPackages();
const skip = missing.length > 0 ? missing.join(' ') : false;
const NAME = 'relay.gangway.test';
let pebble: Pebble;

before(async () => {
  if (skip === false) pebble = await startPebble();
});
after(() => pebble?.stop());

/** Certificates on a clock that can be moved, asked for at the test's pebble. */
async function opened(t: TestContext, given: Partial<CertificateConfig>) {
  const log = recordedLog();
  const clock = { at: Date.now() };
  const config = certificateConfig({
    dataDir: freshDir(t),
    acme: true,
    acmeDirectory: pebble.directory,
    acmeCa: pebble.caFile,
    acmeHttp: { host: '127.0.0.1', port: pebble.httpPort },
    ...given,
  });
  const names = { now: [NAME] };
  const around = { names: () => names.now, logger: log.logger, now: () => clock.at };
  const { certificates, close } = await openCertificates(config, around);
  t.after(close);
  return { certificates, clock, names, log, close, config, around };
}

/** Resolves when a certificate was issued. @throws what the log says when it was not. */
async function issue(log: RecordedLog): Promise<void> {
  const line = await log.next('acme-issued', 'acme-failed');
  assert.equal(line['event'], 'acme-issued', JSON.stringify(line));
}

test('HTTP-01: a certificate is issued, in use at once, and kept', { skip }, async (t) => {
  const { certificates, log, close, config, around } = await opened(t, {});
  assert.equal(certificates.views.length, 1, 'only the one of its own making');
  const own = certificates.identityFor(NAME);
  await issue(log);
  const issued = certificates.identityFor(NAME);
  assert.notEqual(issued, own);
  assert.equal(certificates.identityFor(undefined), issued);
  assert.equal(certificates.pin, undefined);
  await verifies(t, issued, NAME, pebble.root);
  await close();
  const again = await openCertificates(config, around);
  t.after(again.close);
  assert.deepEqual(again.certificates.identityFor(NAME), issued);
  assert.equal(countOf(log, 'acme-asking'), 1);
  const folder = join(config.dataDir, 'certificates');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  assert.ok(files.length >= 4);
  for (const { parentPath, name } of files) {
    assert.equal(statSync(join(parentPath, name)).mode & 0o777, 0o600, name);
  }
});

test('renewal begins when two thirds of its life are over, not before', { skip }, async (t) => {
  const { certificates, clock, log } = await opened(t, {});
  await issue(log);
  const first = certificates.identityFor(NAME);
  const began = clock.at;
  const { notAfter } = certificates.views.find(({ source }) => source === 'acme') ?? assert.fail();
  clock.at = began + (notAfter - began) * 0.66;
  await certificates.look();
  assert.equal(countOf(log, 'acme-asking'), 1);
  clock.at = began + (notAfter - began) * 0.67;
  await certificates.look();
  assert.equal(certificates.identityFor(NAME), first, 'in use until the new one is there');
  await issue(log);
  const second = certificates.identityFor(NAME);
  assert.notEqual(second.cert, first.cert);
  assert.notEqual(second.key, first.key);
  await verifies(t, second, NAME, pebble.root);
});

test('DNS-01: names are proved by the hook, those of later tunnels too', { skip }, async (t) => {
  const { certificates, names, log } = await opened(t, {
    acmeDnsHook: pebble.dnsHook,
    acmeHttp: { host: '127.0.0.1', port: 0 },
  });
  await issue(log);
  names.now = [NAME, 'shop.gangway.test', '192.0.2.1', 'localhost'];
  await certificates.look();
  await issue(log);
  const shop = certificates.identityFor('shop.gangway.test');
  await verifies(t, shop, 'shop.gangway.test', pebble.root);
  assert.notEqual(certificates.identityFor(NAME), shop);
  await certificates.look();
  assert.equal(countOf(log, 'acme-asking'), 2, 'nothing is asked for an address or one label');
});

test('a name that cannot be proved: the log says what to do', { skip }, async (t) => {
  // A port of the system's choice, where pebble does not look.
  const { certificates, log } = await opened(t, { acmeHttp: { host: '127.0.0.1', port: 0 } });
  const line = await log.next('acme-failed');
  assert.equal(line['code'], 'acme-name-unproven', JSON.stringify(line));
  assert.match(String(line['msg']), /relay\.gangway\.test is this relay's: .*refused/);
  assert.match(String(line['remedy']), /port 80/);
  assert.notEqual(certificates.pin, undefined, 'the one of its own making serves');
});

test('a hook that fails: the log says what it printed', { skip }, async (t) => {
  const { log } = await opened(t, { acmeDnsHook: '/bin/false' });
  const line = await log.next('acme-failed');
  assert.equal(line['code'], 'acme-hook-failed', JSON.stringify(line));
  assert.match(String(line['msg']), /\/bin\/false present failed \(exit code 1\)/);
});

test('a directory whose certificate is not trusted: the log says so', { skip }, async (t) => {
  const { log } = await opened(t, { acmeCa: undefined });
  const line = await log.next('acme-failed');
  assert.equal(line['code'], 'acme-unreachable', JSON.stringify(line));
  assert.match(String(line['remedy']), /--acme-ca/);
});
