import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { CredentialFile, KeptCredential, type Credential } from '../../agent/credential.ts';

const STORED: Credential = {
  relay: 'https://relay.example.org',
  server: '127.0.0.1:21',
  agentId: 'a',
  credential: 'gwa_old',
  tunnel: 'ftp',
  codeHash: 'c',
  pin: 'PIN',
};

function enrolled(t: TestContext): { dir: string; file: CredentialFile; kept: KeptCredential } {
  const dir = mkdtempSync(join(tmpdir(), 'gangway-credential-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const file = new CredentialFile(join(dir, 'state'), STORED.relay, STORED.server);
  file.write(STORED);
  return { dir: join(dir, 'state'), file, kept: new KeptCredential(file, STORED) };
}

test('another credential is on disk for its owner alone, with everything else as it was', (t) => {
  const { dir, file, kept } = enrolled(t);
  kept.replace('gwa_new');
  assert.equal(kept.current, 'gwa_new');
  assert.deepEqual(file.read(), { ...STORED, credential: 'gwa_new' });
  assert.equal(statSync(file.path).mode & 0o777, 0o600);
  assert.equal(readdirSync(dir).length, 1, 'nothing else is left');
});

test('one that cannot be kept is not used', (t) => {
  const { dir, file, kept } = enrolled(t);
  rmSync(dir, { recursive: true });
  // A file in place of the folder stops root, too.
  const blocked = new CredentialFile(join(file.path, 'below'), STORED.relay, STORED.server);
  file.write(STORED);
  const stuck = new KeptCredential(blocked, STORED);
  assert.throws(() => stuck.replace('gwa_new'), { code: 'state-dir-unusable' });
  assert.equal(stuck.current, 'gwa_old');
  chmodSync(dir, 0o700);
  assert.equal(kept.current, 'gwa_old');
});
