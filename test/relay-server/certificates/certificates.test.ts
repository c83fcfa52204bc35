import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { copyFile } from 'node:fs/promises';
import { before, test, type TestContext } from 'node:test';
import {
  openCertificates,
  type CertificateConfig,
} from '../../../relay-server/certificates/open.ts';
import { testAuthority, type TestAuthority } from '../../support/certificates.ts';
import { freshDir } from '../fixtures.ts';
import { certificateConfig, countOf, recordedLog } from './fixtures.ts';

let authority: TestAuthority;
before(async () => {
  authority = await testAuthority();
});

/** Certificates for a relay called `relay.example.org`. */
async function opened(t: TestContext, given: Partial<CertificateConfig>) {
  const log = recordedLog();
  const clock = { at: Date.now() };
  const names = { now: ['relay.example.org'] };
  const { certificates, close } = await openCertificates(
    certificateConfig({ dataDir: freshDir(t), ...given }),
    { names: () => names.now, logger: log.logger, now: () => clock.at },
  );
  t.after(close);
  const shown = (serverName?: string): string | undefined =>
    new X509Certificate(certificates.identityFor(serverName).cert).subjectAltName;
  return { certificates, clock, names, log, shown };
}

async function filesFor(...lists: readonly string[][]) {
  const issued = await Promise.all(lists.map((names) => authority.issue({ names })));
  return {
    tlsCert: issued.map(({ certFile }) => certFile),
    tlsKey: issued.map(({ keyFile }) => keyFile),
  };
}

test('a client is shown what names his server, else a wildcard, else the first', async (t) => {
  const files = await filesFor(
    ['a.example.org'],
    ['*.example.org'],
    ['b.example.org'],
    ['192.0.2.1'],
  );
  const { shown } = await opened(t, files);
  assert.equal(shown(), 'DNS:a.example.org');
  assert.equal(shown('A.EXAMPLE.ORG'), 'DNS:a.example.org');
  assert.equal(shown('b.example.org'), 'DNS:b.example.org');
  assert.equal(shown('c.example.org'), 'DNS:*.example.org');
  assert.equal(shown('192.0.2.1'), 'IP Address:192.0.2.1');
  for (const other of ['example.org', 'd.c.example.org', 'org', '', '.', '192.0.2.2']) {
    assert.equal(shown(other), 'DNS:a.example.org', other);
  }
});

test('an identity is the same object until it changes', async (t) => {
  const { certificates } = await opened(t, await filesFor(['a.example.org'], ['*.example.org']));
  const first = certificates.identityFor('x.example.org');
  await certificates.look();
  assert.equal(certificates.identityFor('y.example.org'), first);
});

test('nobody vouches for a certificate of its own, so agents need the pin; not so for files', async (t) => {
  const { certificates: own, shown } = await opened(t, {});
  assert.match(own.pin ?? '', /^[0-9A-Z]{26}$/);
  assert.equal(shown('whatever.example.org'), 'DNS:relay.example.org');
  const { certificates: issued } = await opened(t, await filesFor(['a.example.org']));
  assert.equal(issued.pin, undefined);
  assert.deepEqual(
    issued.views.map(({ source, finding }) => [source, finding]),
    [['file', null]],
  );
});

test('those who listen are told of new files and new names until they say otherwise', async (t) => {
  const files = await filesFor(['a.example.org']);
  const { certificates: fromFiles, shown } = await opened(t, files);
  let told = 0;
  const off = fromFiles.onChange(() => (told += 1));
  await fromFiles.look();
  assert.equal(told, 0);
  const next = await authority.issue({ names: ['b.example.org'] });
  await copyFile(next.certFile, files.tlsCert[0] ?? '');
  await copyFile(next.keyFile, files.tlsKey[0] ?? '');
  await fromFiles.reload();
  assert.equal(told, 1);
  assert.equal(shown(), 'DNS:b.example.org');
  off();
  const own = await opened(t, {});
  own.names.now = ['relay.example.org', 'shop.example.org'];
  const { pin } = own.certificates;
  await own.certificates.look();
  assert.equal(own.shown('shop.example.org'), 'DNS:relay.example.org, DNS:shop.example.org');
  assert.equal(own.certificates.pin, pin);
  assert.equal(told, 1);
});

test('a certificate that ends is a finding in the view and a line in the log', async (t) => {
  const { certificates, clock, log } = await opened(t, await filesFor(['a.example.org']));
  assert.equal(certificates.views[0]?.finding, null);
  clock.at += 20 * 86_400_000;
  await certificates.look();
  assert.match(certificates.views[0]?.finding ?? '', /ends on .*takes the new one by itself/);
  clock.at += 20 * 86_400_000;
  await certificates.look();
  assert.match(certificates.views[0]?.finding ?? '', /ended on/);
  assert.equal(countOf(log, 'certificate-expiring'), 1);
  assert.equal(countOf(log, 'certificate-expired'), 1);
});

test('a relay that is known by an address only is told that no authority vouches for it', async (t) => {
  const log = recordedLog();
  const config = certificateConfig({ dataDir: freshDir(t), acme: true, acmeDnsHook: '/bin/true' });
  const names = (): string[] => ['203.0.113.7'];
  const { close } = await openCertificates(config, { names, logger: log.logger });
  t.after(close);
  assert.match(String((await log.next('acme-no-name'))['remedy']), /--public-host/);
  assert.equal(countOf(log, 'acme-asking'), 0);
});

test('flags of ACME are refused where nothing is asked of an authority', async (t) => {
  await assert.rejects(
    opened(t, { acmeEmail: 'a@example.org', acmeDnsHook: '/bin/hook' }),
    /--acme-email .*does nothing without --acme[^]*--acme-dns-hook/,
  );
});
