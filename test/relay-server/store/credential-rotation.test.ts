import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Store } from '../../../relay-server/store/store.ts';
import { PROBE_LIMITS } from '../../../shared/limits.ts';
import { freshStore, TUNNEL } from '../fixtures.ts';

async function enrolled(
  t: TestContext,
): Promise<{ store: Store; dir: string; id: string; first: string; good: Good }> {
  const { store, dir } = await freshStore(t);
  const tunnel = await store.tunnels.create(TUNNEL);
  const { code } = await store.codes.create(tunnel.id);
  const redeemed = await store.codes.redeem(code, { name: 'nas', version: '1' });
  assert.ok(redeemed.ok);
  const good: Good = async (credential) => (await store.agents.authenticate(credential)).ok;
  return { store, dir, id: redeemed.agent.id, first: redeemed.credential, good };
}
type Good = (credential: string) => Promise<boolean>;

async function proposed(store: Store, id: string): Promise<string> {
  const credential = await store.agents.newCredential(id);
  assert.ok(credential !== undefined);
  return credential;
}

test('the one before is good until the agent says that it has kept the new one', async (t) => {
  const { store, id, first, good } = await enrolled(t);
  const second = await proposed(store, id);
  assert.equal(await good(first), true);
  await store.agents.settleCredential(second);
  assert.deepEqual([await good(first), await good(second)], [false, true]);
});

test('an agent that kept it and died before it said so comes with the new one, and the old is void', async (t) => {
  const { store, id, first, good } = await enrolled(t);
  const second = await proposed(store, id);
  assert.equal(await good(second), true);
  assert.equal(await good(first), false);
});

test('an agent that died before it kept it comes with the old one, however often', async (t) => {
  const { store, id, first, good } = await enrolled(t);
  await proposed(store, id);
  await proposed(store, id);
  for (let i = 0; i < 3; i += 1) assert.equal(await good(first), true);
});

test('of several that were sent the agent may have kept any; a late word on one leaves the later', async (t) => {
  const { store, id, first, good } = await enrolled(t);
  const second = await proposed(store, id);
  const third = await proposed(store, id);
  await store.agents.settleCredential(second);
  assert.deepEqual([await good(first), await good(second)], [false, true]);
  assert.equal(await good(third), true);
  assert.equal(await good(second), false);
  await store.agents.settleCredential(second);
  assert.equal(await good(third), true, 'a word that comes twice changes nothing');
});

test('one that the agent could not keep is void', async (t) => {
  const { store, id, first, good } = await enrolled(t);
  const second = await proposed(store, id);
  await store.agents.dropCredential(second);
  assert.deepEqual([await good(second), await good(first)], [false, true]);
});

test('credentials that nobody takes are bounded', async (t) => {
  const { store, id } = await enrolled(t);
  for (let i = 0; i < PROBE_LIMITS.pendingCredentials; i += 1) await proposed(store, id);
  await assert.rejects(store.agents.newCredential(id), { code: 'rotation-pending' });
});

test('a revoked agent gets none, and those that it was sent are of no use', async (t) => {
  const { store, id } = await enrolled(t);
  const second = await proposed(store, id);
  await store.agents.revoke(id);
  const revoked = { ok: false, reason: 'revoked' };
  assert.deepEqual(await store.agents.authenticate(second), revoked);
  assert.equal(await store.agents.newCredential(id), undefined);
  assert.equal(await store.agents.newCredential('nobody'), undefined);
});

test('they go with their tunnel, and are in the database as hashes only', async (t) => {
  const { store, dir, id, good } = await enrolled(t);
  const second = await proposed(store, id);
  const tunnel = await store.tunnels.byName(TUNNEL.name);
  await store.tunnels.delete(tunnel?.id ?? '');
  assert.equal(await good(second), false);
  await store.close();
  assert.equal(readFileSync(join(dir, 'gangway.db'), 'latin1').includes(second), false);
});
