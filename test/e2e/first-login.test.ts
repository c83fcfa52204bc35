import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { runGangway, startRelay, type Relay } from '../support/gangway.ts';

const GIVEN = 'a password that was given';

async function login(relay: Relay, user: string, password: string) {
  const response = await fetch(`${relay.url}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user, password }),
  });
  const { me } = (await response.json()) as { me?: Record<string, unknown> };
  const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
  return { status: response.status, me, cookie: cookies.join('; ') };
}

async function freshDataDir(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'gangway-login-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

async function relayOn(t: TestContext, dir: string, flags: readonly string[] = []): Promise<Relay> {
  const relay = await startRelay({ dir, passivePorts: 4, flags });
  t.after(() => relay.stop());
  return relay;
}

test('the first start prints the password of admin once, and it has to be changed', async (t) => {
  const dir = await freshDataDir(t);
  const first = await relayOn(t, dir);
  // What it prints for people is complete when it has ended.
  await first.stop();
  const [, password = ''] =
    /user +admin\n +password +(\S+) \(shown only now\)/.exec(first.log()) ?? [];
  assert.match(password, /^[0-9a-z-]{23}$/);
  assert.equal(JSON.stringify(first.events()).includes(password), false);
  const second = await relayOn(t, dir);
  const { status, me } = await login(second, 'admin', password);
  assert.deepEqual([status, me?.['role'], me?.['mustChangePassword']], [200, 'admin', true]);
  await second.stop();
  assert.match(second.log(), /^ready$/m);
  assert.equal(/shown only now|user +admin/.test(second.log()), false);
});

test('a password that was given is the one, is printed nowhere, and stays', async (t) => {
  const dir = await freshDataDir(t);
  const first = await relayOn(t, dir, [`--admin-password=${GIVEN}`]);
  const { status, me } = await login(first, 'admin', GIVEN);
  assert.deepEqual([status, me?.['mustChangePassword']], [200, false]);
  await first.stop();
  assert.match(first.log(), /user +admin\n +password +as given by/);
  assert.equal(first.log().includes(GIVEN), false);
  const second = await relayOn(t, dir, ['--admin-password=another password of later']);
  assert.equal((await login(second, 'admin', GIVEN)).status, 200);
});

test('a given password that is too short to be kept has to be changed', async (t) => {
  const relay = await relayOn(t, await freshDataDir(t), ['--admin-password=short']);
  const { status, me } = await login(relay, 'admin', 'short');
  assert.deepEqual([status, me?.['mustChangePassword']], [200, true]);
});

test('a login outlives a restart of the relay by its refresh secret', async (t) => {
  const dir = await freshDataDir(t);
  const first = await relayOn(t, dir, [`--admin-password=${GIVEN}`]);
  const { cookie } = await login(first, 'admin', GIVEN);
  await first.stop();
  const second = await relayOn(t, dir);
  const from = (path: string, method = 'GET'): Promise<Response> =>
    fetch(`${second.url}/api/v1/auth/${path}`, {
      method,
      headers: { cookie, origin: second.url },
    });
  assert.equal((await from('me')).status, 401);
  assert.equal((await from('refresh', 'POST')).status, 200);
});

test('the command line on the relay’s machine gives a forgotten password anew, at once', async (t) => {
  const dir = await freshDataDir(t);
  const relay = await relayOn(t, dir, [`--admin-password=${GIVEN}`]);
  const { cookie } = await login(relay, 'admin', GIVEN);
  const made = await runGangway(['user', 'passwd', 'admin', '--data-dir', dir, '--json']);
  assert.equal(made.status, 0, made.output);
  const { password } = JSON.parse(made.stdout) as { password: string };
  const me = await fetch(`${relay.url}/api/v1/auth/me`, { headers: { cookie } });
  assert.equal(me.status, 401);
  assert.equal((await login(relay, 'admin', GIVEN)).status, 401);
  assert.equal((await login(relay, 'admin', password)).status, 200);
});
