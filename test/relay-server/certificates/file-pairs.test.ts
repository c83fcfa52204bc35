import assert from 'node:assert/strict';
import { renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test, type TestContext } from 'node:test';
import { FilePairs, pairUp } from '../../../relay-server/certificates/file-pairs.ts';
import { ConfigError } from '../../../shared/config.ts';
import { CERTIFICATE_LIMITS } from '../../../relay-server/limits.ts';
import { testAuthority, type Issued, type TestAuthority } from '../../support/certificates.ts';
import { freshDir } from '../fixtures.ts';
import { countOf, recordedLog } from './fixtures.ts';

let authority: TestAuthority;
before(async () => {
  authority = await testAuthority();
});

const issue = (...names: string[]): Promise<Issued> => authority.issue({ names });

/** A pair of files with a first certificate, opened on a clock that can be moved. */
async function opened(t: TestContext) {
  const first = await issue('one.example.org');
  const dir = freshDir(t);
  const files = { cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem') };
  await copyFile(first.certFile, files.cert);
  await copyFile(first.keyFile, files.key);
  const log = recordedLog();
  const clock = { at: Date.now() };
  const pairs = await FilePairs.open({ files: [files], logger: log.logger, now: () => clock.at });
  const names = () => pairs.held[0]?.facts.names;
  return { pairs, files, dir, log, clock, names };
}

async function problemsOf(cert: string, key: string): Promise<string> {
  const { logger } = recordedLog();
  const opening = FilePairs.open({ files: [{ cert, key }], logger, now: Date.now });
  const error = await opening.then(
    () => assert.fail('it was accepted'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ConfigError);
  assert.equal(error.exitCode, 2);
  return error.message;
}

test('at the start each kind of unusable pair is refused by the name of its file', async (t) => {
  const [good, other] = await Promise.all([issue('a.example.org'), issue('a.example.org')]);
  const dir = freshDir(t);
  const large = join(dir, 'large.pem');
  writeFileSync(large, 'x'.repeat(CERTIFICATE_LIMITS.file + 1));
  const locked = join(dir, 'locked.pem');
  const header = '-----BEGIN ENCRYPTED PRIVATE KEY-----';
  writeFileSync(locked, `${header}\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n`);
  const cases: [string, string, RegExp][] = [
    [join(dir, 'none'), good.keyFile, /--tls-cert .*none.* cannot be read \(ENOENT\)/],
    [good.certFile, dir, /--tls-key .* cannot be read \(EISDIR\)/],
    [large, good.keyFile, /too many for PEM/],
    [good.keyFile, good.keyFile, /--tls-cert .* holds no PEM certificate/],
    [good.certFile, good.certFile, /--tls-key .* holds no PEM private key/],
    [good.certFile, locked, /--tls-key .* is protected by a passphrase.*openssl pkey/],
    [good.certFile, other.keyFile, /--tls-key .* is not the key of the certificate/],
  ];
  for (const [cert, key, expected] of cases) assert.match(await problemsOf(cert, key), expected);
});

test('an expired pair is taken at the start, and not in place of one that holds', async (t) => {
  const old = new Date(Date.now() - 86_400_000);
  const ended = await authority.issue({ names: ['ended.example.org'], notAfter: old });
  const files = [{ cert: ended.certFile, key: ended.keyFile }];
  const { logger } = recordedLog();
  const pairs = await FilePairs.open({ files, logger, now: Date.now });
  assert.deepEqual(pairs.held[0]?.facts.names, ['ended.example.org']);
  const holding = await opened(t);
  await copyFile(ended.certFile, holding.files.cert);
  await copyFile(ended.keyFile, holding.files.key);
  assert.equal(await holding.pairs.look(false), false);
  assert.deepEqual(holding.names(), ['one.example.org']);
});

test('a certificate without its key, or a key too many, is named', () => {
  assert.throws(() => pairUp(['a', 'b'], ['c']), /--tls-cert "b" has no --tls-key to it/);
  assert.throws(() => pairUp(['a'], ['b', 'c']), /--tls-key "c" has no --tls-cert to it/);
  assert.deepEqual(pairUp(['a'], ['b']), [{ cert: 'a', key: 'b' }]);
});

test('files written anew are taken, and looked at only once', async (t) => {
  const { pairs, files, names, log } = await opened(t);
  assert.equal(await pairs.look(true), false);
  const second = await issue('two.example.org');
  await copyFile(second.certFile, files.cert);
  await copyFile(second.keyFile, files.key);
  assert.equal(await pairs.look(true), true);
  assert.deepEqual(names(), ['two.example.org']);
  assert.equal(await pairs.look(true), false);
  assert.equal(countOf(log, 'certificate-loaded'), 1);
});

test('files that a rename replaced are taken, of the same size and time as well', async (t) => {
  const { pairs, files, names } = await opened(t);
  const second = await issue('two.example.org');
  renameSync(second.keyFile, files.key);
  renameSync(second.certFile, files.cert);
  assert.equal(await pairs.look(true), true);
  assert.deepEqual(names(), ['two.example.org']);
});

test('a link that leads elsewhere is followed, as certbot renews', async (t) => {
  const dir = freshDir(t);
  const [first, second] = [await issue('one.example.org'), await issue('two.example.org')];
  const live = join(dir, 'live');
  await mkdir(live);
  const files = { cert: join(live, 'fullchain.pem'), key: join(live, 'privkey.pem') };
  const link = (to: Issued): void => {
    for (const path of Object.values(files)) rmSync(path, { force: true });
    symlinkSync(to.certFile, files.cert);
    symlinkSync(to.keyFile, files.key);
  };
  link(first);
  const { logger } = recordedLog();
  const pairs = await FilePairs.open({ files: [files], logger, now: Date.now });
  link(second);
  assert.equal(await pairs.look(true), true);
  assert.deepEqual(pairs.held[0]?.facts.names, ['two.example.org']);
});

test('half a change is waited for in silence, and taken when the other half is there', async (t) => {
  const { pairs, files, names, log } = await opened(t);
  const second = await issue('two.example.org');
  writeFileSync(files.cert, second.cert.slice(0, 100));
  assert.equal(await pairs.look(true), false);
  await copyFile(second.certFile, files.cert);
  assert.equal(await pairs.look(true), false);
  assert.deepEqual(names(), ['one.example.org']);
  await copyFile(second.keyFile, files.key);
  assert.equal(await pairs.look(true), true);
  assert.deepEqual(names(), ['two.example.org']);
  assert.equal(countOf(log, 'certificate-unfit'), 0);
});

test('a pair that goes on not fitting is warned of once, and the old one stays', async (t) => {
  const { pairs, files, names, log, clock } = await opened(t);
  await copyFile((await issue('two.example.org')).certFile, files.cert);
  await pairs.look(true);
  clock.at += CERTIFICATE_LIMITS.pairSettle;
  await pairs.look(true);
  await pairs.look(true);
  assert.equal(countOf(log, 'certificate-unfit'), 1);
  const line = await log.next('certificate-unfit');
  assert.equal(line['file'], files.key);
  assert.match(String(line['msg']), /is not the key of the certificate; the certificate of before/);
  assert.deepEqual(names(), ['one.example.org']);
});

test('who says that files are in place is told at once if they do not fit', async (t) => {
  const { pairs, files, log } = await opened(t);
  rmSync(files.key);
  await pairs.look(false);
  assert.match(String((await log.next('certificate-unfit'))['msg']), /cannot be read \(ENOENT\)/);
});
