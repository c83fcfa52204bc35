import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Principal } from '../../../relay-server/http/principal.ts';
import { SessionTokens } from '../../../relay-server/access/session-tokens.ts';
import { Identities } from '../../../relay-server/http/identities.ts';
import { freshStore } from '../fixtures.ts';

const from = '192.0.2.1';

test('an answer that lasts ends with the right to it', async (t) => {
  const { store, clock } = await freshStore(t);
  const sessions = new SessionTokens(clock.now);
  const identities = new Identities({ store, sessions, localToken: '' });
  const made = { name: 'anna', role: 'admin', password: 'x', mustChangePassword: false } as const;
  const anna = await store.users.create(made);
  await store.users.create({ ...made, name: 'bert' });
  const asUser = async (): Promise<Principal> => {
    const { login } = await store.logins.open({ userId: anna.id, from, browser: 'x' });
    return { kind: 'user', name: 'anna', role: 'admin', from, proof: login.id };
  };
  const ended = await asUser();
  assert.equal(await identities.remains(ended), true);
  await store.logins.end(ended.proof ?? '', anna.id);
  assert.equal(await identities.remains(ended), false);
  const demoted = await asUser();
  await store.users.update(anna.id, { role: 'viewer' });
  assert.equal(await identities.remains(demoted), false);
  await store.users.update(anna.id, { role: 'admin' });
  assert.equal(await identities.remains(demoted), true);
  await store.users.update(anna.id, { disabled: true });
  assert.equal(await identities.remains(demoted), false);
  assert.equal(
    await identities.remains({ kind: 'user', name: 'anna', role: 'admin', from }),
    false,
  );
});

test('a token is good until it ends or is revoked', async (t) => {
  const { store, clock } = await freshStore(t);
  const sessions = new SessionTokens(clock.now);
  const identities = new Identities({ store, sessions, localToken: 'local' });
  const principal = async (expiresAt: number | null): Promise<Principal> => {
    const { id, name } = await store.tokens.create({ name: 'x', expiresAt });
    return { kind: 'token', name, role: 'admin', from, proof: id };
  };
  const revoked = await principal(null);
  const expired = await principal(clock.at + 1000);
  assert.deepEqual(
    [await identities.remains(revoked), await identities.remains(expired)],
    [true, true],
  );
  await store.tokens.revoke(revoked.proof ?? '');
  clock.at += 1000;
  assert.deepEqual(
    [await identities.remains(revoked), await identities.remains(expired)],
    [false, false],
  );
  const local = { kind: 'command-line', name: 'command-line', role: 'admin', from } as const;
  assert.equal(await identities.remains(local), true);
});
