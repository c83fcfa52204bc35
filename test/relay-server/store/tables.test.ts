import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  newApiToken,
  newCredential,
  newEnrolmentCode,
} from '../../../relay-server/store/secrets.ts';
import { DEFAULT_POLICY } from '../../../relay-server/policy.ts';
import { API_LIMITS } from '../../../relay-server/limits.ts';
import { freshStore, TUNNEL } from '../fixtures.ts';

const AGENT = { name: 'shop-pc', version: '0.1.0' };

test('a tunnel is found by id and by name and listed by name', async (t) => {
  const { store, clock } = await freshStore(t);
  const zoo = await store.tunnels.create({ ...TUNNEL, name: 'zoo' });
  const bar = await store.tunnels.create({
    ...TUNNEL,
    name: 'bar',
    port: 2122,
    serverAddress: 'nas:21',
  });
  assert.deepEqual(zoo, {
    ...TUNNEL,
    name: 'zoo',
    id: zoo.id,
    createdAt: clock.at,
    updatedAt: clock.at,
    revision: 1,
    policy: DEFAULT_POLICY,
  });
  assert.deepEqual(await store.tunnels.get(zoo.id), zoo);
  assert.deepEqual(await store.tunnels.byName('bar'), bar);
  assert.equal(await store.tunnels.get('nobody'), undefined);
  assert.deepEqual(await store.tunnels.list(), [bar, zoo]);
});

test('two tunnels never share a name or a port', async (t) => {
  const { store } = await freshStore(t);
  await store.tunnels.create(TUNNEL);
  const other = await store.tunnels.create({ ...TUNNEL, name: 'other', port: 2122 });
  const taken = { code: 'tunnel-name-taken', message: /ftp/ };
  await assert.rejects(store.tunnels.create({ ...TUNNEL, port: 2123 }), taken);
  await assert.rejects(store.tunnels.create({ ...TUNNEL, name: 'x' }), {
    code: 'port-taken',
    message: /2121 belongs to tunnel ftp/,
  });
  await assert.rejects(store.tunnels.update(other.id, { name: 'ftp' }), taken);
  await assert.rejects(store.tunnels.update(other.id, { port: 2121 }), { code: 'port-taken' });
  assert.deepEqual(await store.tunnels.get(other.id), other);
});

test('a change keeps what it does not name and counts the revision', async (t) => {
  const { store, clock } = await freshStore(t);
  const before = await store.tunnels.create({ ...TUNNEL, serverAddress: 'nas:21' });
  clock.at += 1000;
  const after = await store.tunnels.update(before.id, { port: 2200 });
  assert.deepEqual(after, { ...before, port: 2200, updatedAt: clock.at, revision: 2 });
  const cleared = await store.tunnels.update(before.id, { serverAddress: null });
  assert.equal(cleared?.serverAddress, null);
  assert.equal(await store.tunnels.update('nobody', { port: 2201 }), undefined);
});

test('of two changes made from the same revision the second is refused', async (t) => {
  const { store } = await freshStore(t);
  const { id } = await store.tunnels.create(TUNNEL);
  await store.tunnels.update(id, { port: 2200 }, 1);
  await assert.rejects(store.tunnels.update(id, { port: 2201 }, 1), { code: 'revision-conflict' });
  assert.equal((await store.tunnels.get(id))?.port, 2200);
});

test('a code makes one agent whose credential is good', async (t) => {
  const { store } = await freshStore(t);
  const tunnel = await store.tunnels.create(TUNNEL);
  const { code } = await store.codes.create(tunnel.id);
  const redeemed = await store.codes.redeem(code.toLowerCase(), AGENT);
  assert.ok(redeemed.ok);
  assert.deepEqual(redeemed.tunnel, tunnel);
  const known = await store.agents.authenticate(redeemed.credential);
  assert.deepEqual(known, { ok: true, agent: redeemed.agent });
  assert.deepEqual(await store.agents.list(tunnel.id), [redeemed.agent]);
});

test('of many who redeem a code at once exactly one gets an agent', async (t) => {
  const { store } = await freshStore(t);
  const { id } = await store.tunnels.create(TUNNEL);
  const { code } = await store.codes.create(id);
  const all = await Promise.all(Array.from({ length: 20 }, () => store.codes.redeem(code, AGENT)));
  assert.equal(all.filter((one) => one.ok).length, 1);
  assert.ok(all.every((one) => one.ok || one.reason === 'used'));
  assert.equal((await store.agents.list()).length, 1);
});

test('a code that is not good says why', async (t) => {
  const { store, clock } = await freshStore(t);
  const refusal = async (code: string): Promise<string> => {
    const result = await store.codes.redeem(code, AGENT);
    return result.ok ? 'redeemed' : result.reason;
  };
  const tunnel = await store.tunnels.create(TUNNEL);
  const late = await store.codes.create(tunnel.id);
  const orphan = await store.codes.create(
    (await store.tunnels.create({ ...TUNNEL, name: 'x', port: 1 })).id,
  );
  await store.tunnels.delete((await store.tunnels.byName('x'))!.id);
  assert.equal(await refusal(newEnrolmentCode()), 'unknown');
  assert.equal(await refusal('nonsense'), 'unknown');
  assert.equal(await refusal(orphan.code), 'tunnel-deleted');
  clock.at = late.expiresAt - 1;
  assert.equal(await refusal(late.code), 'redeemed');
  assert.equal(await refusal(late.code), 'used');
  const later = await store.codes.create(tunnel.id);
  assert.equal(later.expiresAt, clock.at + API_LIMITS.codeValidity);
  clock.at = later.expiresAt;
  assert.equal(await refusal(later.code), 'expired');
});

test('codes are forgotten long after they expired', async (t) => {
  const { store, clock } = await freshStore(t);
  const { id } = await store.tunnels.create(TUNNEL);
  const { code, expiresAt } = await store.codes.create(id);
  clock.at = expiresAt + API_LIMITS.codeMemory + 1;
  await store.codes.create(id);
  assert.deepEqual(await store.codes.redeem(code, AGENT), { ok: false, reason: 'unknown' });
});

test('a wrong, a revoked and a deleted credential are refused', async (t) => {
  const { store } = await freshStore(t);
  const { id } = await store.tunnels.create(TUNNEL);
  const redeemed = await store.codes.redeem((await store.codes.create(id)).code, AGENT);
  assert.ok(redeemed.ok);
  const unknown = { ok: false, reason: 'unknown' };
  assert.deepEqual(await store.agents.authenticate(newCredential(redeemed.agent.id)), unknown);
  assert.deepEqual(await store.agents.authenticate(newCredential(randomUUID())), unknown);
  assert.deepEqual(await store.agents.authenticate('x'.repeat(10_000)), unknown);
  assert.equal(await store.agents.revoke(redeemed.agent.id), true);
  assert.equal(await store.agents.revoke(redeemed.agent.id), false);
  const answer = await store.agents.authenticate(redeemed.credential);
  assert.deepEqual(answer, { ok: false, reason: 'revoked' });
  await store.tunnels.delete(id);
  assert.deepEqual(await store.agents.authenticate(redeemed.credential), unknown);
  assert.deepEqual(await store.agents.list(), []);
});

test('an agent that was there is remembered with place and version', async (t) => {
  const { store } = await freshStore(t);
  const { id } = await store.tunnels.create(TUNNEL);
  const redeemed = await store.codes.redeem((await store.codes.create(id)).code, AGENT);
  assert.ok(redeemed.ok);
  await store.agents.seen(redeemed.agent.id, { at: 5, from: '192.0.2.1', version: '0.2.0' });
  const seen = { ...redeemed.agent, lastSeenAt: 5, lastSeenFrom: '192.0.2.1', version: '0.2.0' };
  assert.deepEqual(await store.agents.get(redeemed.agent.id), seen);
});

test('an API token is verified and its use is noted', async (t) => {
  const { store, clock } = await freshStore(t);
  const { id, token } = await store.tokens.create({ name: 'backup' });
  clock.at += 1000;
  assert.equal((await store.tokens.verify(token))?.id, id);
  assert.equal(await store.tokens.verify(newApiToken()), undefined);
  assert.equal(await store.tokens.verify(''), undefined);
  assert.deepEqual(await store.tokens.list(), [
    {
      id,
      name: 'backup',
      createdAt: clock.at - 1000,
      lastUsedAt: clock.at,
      role: 'admin',
      expiresAt: null,
    },
  ]);
});

test('a setting is the last value written', async (t) => {
  const { store } = await freshStore(t);
  assert.equal(await store.settings.get('public-host'), undefined);
  await store.settings.set('public-host', 'a');
  await store.settings.set('public-host', 'b');
  assert.equal(await store.settings.get('public-host'), 'b');
});

test('no secret is in the database', async (t) => {
  const { store, dir } = await freshStore(t);
  const { id } = await store.tunnels.create(TUNNEL);
  const open = await store.codes.create(id);
  const used = await store.codes.create(id);
  const redeemed = await store.codes.redeem(used.code, AGENT);
  assert.ok(redeemed.ok);
  const { token } = await store.tokens.create({ name: 'backup' });
  await store.close();
  const bytes = readFileSync(join(dir, 'gangway.db'), 'latin1');
  assert.ok(bytes.includes('shop-pc'), 'the database holds what was written');
  for (const secret of [open.code, used.code, redeemed.credential, token]) {
    assert.equal(bytes.includes(secret), false);
  }
});
