import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { enrolOn } from '../../../relay-server/admin/enrol.ts';
import { REMEMBERED } from '../../../relay-server/admin/facts.ts';
import { StoreAdmin } from '../../../relay-server/admin/store-admin.ts';
import type { Store } from '../../../relay-server/store/store.ts';
import { GangwayError } from '../../../shared/errors.ts';
import { shownLink } from '../../support/links.ts';
import { FakeRuntime, freshStore } from '../fixtures.ts';

async function running(
  t: TestContext,
): Promise<{ admin: StoreAdmin; runtime: FakeRuntime; store: Store }> {
  const { store } = await freshStore(t);
  const runtime = new FakeRuntime(store);
  const admin = new StoreAdmin({
    store,
    runtime,
    version: '1',
    relayUrl: 'http://relay.test',
    startedAt: 5,
  });
  return { admin, runtime, store };
}

const AGENT = { name: 'shop-pc', version: '0.1.0' };

test('a tunnel made in the running relay is open at once and has a code for its agent', async (t) => {
  const { admin, runtime, store } = await running(t);
  const { tunnel, enrolmentCode, publicAddress } = await admin.createTunnel({
    name: 'shop',
    port: 2200,
  });
  assert.equal(publicAddress, 'ftp://relay.test:2200');
  assert.equal(tunnel.listenHost, '::');
  assert.equal(runtime.open.get(tunnel.id), 2200);
  assert.equal(tunnel.live?.listening, true);
  const enrolled = await enrolOn(store, runtime)({ code: enrolmentCode, ...AGENT });
  assert.deepEqual(enrolled.tunnel, { id: tunnel.id, name: 'shop', publicAddress });
});

test('without a port the smallest free one from 2121 is taken', async (t) => {
  const { admin, runtime } = await running(t);
  await admin.createTunnel({ name: 'a', port: 2122 });
  runtime.occupied.set(2123, 'EADDRINUSE');
  assert.equal((await admin.createTunnel({ name: 'b' })).tunnel.port, 2121);
  assert.equal((await admin.createTunnel({ name: 'c' })).tunnel.port, 2124);
  assert.deepEqual(
    (await admin.listTunnels()).map((tunnel) => tunnel.name),
    ['a', 'b', 'c'],
  );
});

test('tunnels made at once without a port get different ones', async (t) => {
  const { admin } = await running(t);
  const made = await Promise.all(['a', 'b', 'c'].map((name) => admin.createTunnel({ name })));
  assert.deepEqual(
    made.map(({ tunnel }) => tunnel.port).sort((a, b) => a - b),
    [2121, 2122, 2123],
  );
});

test('a port that cannot be opened leaves no tunnel behind', async (t) => {
  const { admin, runtime } = await running(t);
  const expected = {
    EADDRINUSE: 'port-in-use',
    EACCES: 'port-not-permitted',
    EADDRNOTAVAIL: 'listen-host-unavailable',
    EINVAL: 'port-unusable',
  };
  for (const [system, code] of Object.entries(expected)) {
    runtime.occupied.set(21, system);
    const refused = admin.createTunnel({ name: 'shop', port: 21, listenHost: '192.0.2.1' });
    await assert.rejects(refused, { code, message: /21|192\.0\.2\.1/ });
    assert.deepEqual(await admin.listTunnels(), []);
    assert.equal(runtime.open.size, 0);
  }
});

test('a tunnel with a host of its own is addressed by it, at both of its ports', async (t) => {
  const { admin } = await running(t);
  const place = { port: 21, implicitPort: 990, shared: true, host: 'Shop.Example.org' };
  const { tunnel, publicAddress } = await admin.createTunnel({ name: 'shop', ...place });
  assert.equal(publicAddress, 'ftp://shop.example.org:21');
  assert.equal(tunnel.implicitAddress, 'ftps://shop.example.org:990');
  assert.deepEqual([tunnel.host, tunnel.shared], ['shop.example.org', true]);
  const changed = await admin.updateTunnel('shop', { host: null, implicitPort: null });
  assert.equal(changed.publicAddress, 'ftp://relay.test:21');
  assert.equal(changed.implicitAddress, null);
});

test('an implicit port that cannot be opened is named, and nothing is changed', async (t) => {
  const { admin, runtime } = await running(t);
  await admin.createTunnel({ name: 'shop', port: 2200 });
  runtime.occupied.set(990, 'EACCES');
  const change = admin.updateTunnel('shop', { implicitPort: 990 });
  await assert.rejects(change, { code: 'port-not-permitted', message: /990/ });
  assert.equal((await admin.showTunnel('shop')).implicitPort, null);
  const made = admin.createTunnel({ name: 'other', implicitPort: 990 });
  await assert.rejects(made, { code: 'port-not-permitted', message: /990/ });
  assert.equal((await admin.listTunnels()).length, 1);
});

test('the port found for a tunnel is no implicit port', async (t) => {
  const { admin } = await running(t);
  await admin.createTunnel({ name: 'a', port: 21, implicitPort: 2121 });
  const { tunnel } = await admin.createTunnel({ name: 'b', implicitPort: 2122 });
  assert.deepEqual([tunnel.port, tunnel.implicitPort], [2123, 2122]);
  await assert.rejects(admin.createTunnel({ name: 'c', implicitPort: 2122 }), {
    code: 'port-taken',
    message: /2122 belongs to tunnel b/,
  });
});

test('a name or port of another tunnel is refused', async (t) => {
  const { admin } = await running(t);
  await admin.createTunnel({ name: 'shop', port: 2200 });
  await assert.rejects(admin.createTunnel({ name: 'shop' }), { code: 'tunnel-name-taken' });
  await assert.rejects(admin.createTunnel({ name: 'other', port: 2200 }), { code: 'port-taken' });
});

test('fields no tunnel can have are refused as wrong usage', async (t) => {
  const { admin } = await running(t);
  const wrong = [
    [{ name: 'Shop' }, 'tunnel-name-invalid'],
    [{ name: '-shop' }, 'tunnel-name-invalid'],
    [{ name: 'x'.repeat(64) }, 'tunnel-name-invalid'],
    [{ name: 'shop', port: 0 }, 'port-invalid'],
    [{ name: 'shop', port: 65_536 }, 'port-invalid'],
    [{ name: 'shop', implicitPort: 0 }, 'port-invalid'],
    [{ name: 'shop', host: 'shop' }, 'tunnel-host-invalid'],
    [{ name: 'shop', host: '10.1.2.3' }, 'tunnel-host-invalid'],
    [{ name: 'shop', host: 'a..org' }, 'tunnel-host-invalid'],
    [{ name: 'shop', host: '-a.org' }, 'tunnel-host-invalid'],
    [{ name: 'shop', serverAddress: 'nas' }, 'server-address-invalid'],
    [{ name: 'shop', listenHost: 'a b' }, 'listen-host-invalid'],
  ] as const;
  for (const [wanted, code] of wrong) {
    await assert.rejects(admin.createTunnel(wanted), { code, exitCode: 2 });
  }
});

test('a change of name, port and server is live and counted', async (t) => {
  const { admin, runtime } = await running(t);
  const { tunnel } = await admin.createTunnel({ name: 'shop', port: 2200 });
  const changes = { name: 'store', port: 2201, serverAddress: 'nas:21' };
  const changed = await admin.updateTunnel('shop', changes, { revision: 1 });
  assert.equal(changed.publicAddress, 'ftp://relay.test:2201');
  assert.deepEqual([changed.id, changed.name, changed.revision], [tunnel.id, 'store', 2]);
  assert.equal(runtime.open.get(tunnel.id), 2201);
  await assert.rejects(admin.updateTunnel('shop', {}), { code: 'tunnel-unknown' });
  await assert.rejects(admin.updateTunnel('store', {}, { revision: 1 }), {
    code: 'revision-conflict',
  });
});

test('a change to a port that cannot be opened changes nothing', async (t) => {
  const { admin, runtime } = await running(t);
  const { tunnel } = await admin.createTunnel({ name: 'shop', port: 2200 });
  runtime.occupied.set(2201, 'EADDRINUSE');
  const change = admin.updateTunnel('shop', { name: 'store', port: 2201 });
  await assert.rejects(change, { code: 'port-in-use', message: /2201/ });
  assert.equal((await admin.showTunnel('shop')).port, 2200);
  assert.equal(runtime.open.get(tunnel.id), 2200);
});

test('a tunnel whose port is lost can still be renamed', async (t) => {
  const { admin, runtime } = await running(t);
  await admin.createTunnel({ name: 'shop', port: 2200 });
  runtime.occupied.set(2200, 'EADDRINUSE');
  const renamed = await admin.updateTunnel('shop', { name: 'store' });
  assert.deepEqual([renamed.name, renamed.live?.problem], ['store', 'in use']);
});

test('deleting a tunnel closes its port and drops its agents', async (t) => {
  const { admin, runtime, store } = await running(t);
  const { enrolmentCode } = await admin.createTunnel({ name: 'shop' });
  const { agentId } = await enrolOn(store)({ code: enrolmentCode, ...AGENT });
  await admin.deleteTunnel('shop');
  assert.deepEqual([runtime.open.size, runtime.dropped], [0, [agentId]]);
  await assert.rejects(admin.deleteTunnel('shop'), { code: 'tunnel-unknown' });
});

test('revoking an agent drops its link and refuses its credential', async (t) => {
  const { admin, runtime, store } = await running(t);
  await admin.createTunnel({ name: 'shop' });
  const { enrolmentCode } = await admin.agentCode('shop');
  const { agentId, credential } = await enrolOn(store)({ code: enrolmentCode, ...AGENT });
  await admin.revokeAgent(agentId);
  assert.deepEqual(runtime.dropped, [agentId]);
  assert.deepEqual(await store.agents.authenticate(credential), { ok: false, reason: 'revoked' });
  await assert.rejects(admin.revokeAgent('nobody'), { code: 'agent-unknown' });
});

test('a tunnel shows its agents with their links', async (t) => {
  const { admin, runtime, store } = await running(t);
  const { enrolmentCode } = await admin.createTunnel({ name: 'shop' });
  const { agentId } = await enrolOn(store)({ code: enrolmentCode, ...AGENT });
  runtime.offlineSince = 7;
  const away = await admin.showTunnel('shop');
  const [gone] = away.agents;
  assert.deepEqual([gone?.connected, gone?.link, away.live?.offlineSince], [false, null, 7]);
  runtime.connected = [
    {
      id: agentId,
      address: '192.0.2.9',
      since: 8,
      version: '0.2.0',
      roundTrip: 12.5,
      serverTls: { how: 'explicit', verified: 'insecure' },
      link: shownLink({ resumes: 2 }),
    },
  ];
  const [agent] = (await admin.showTunnel('shop')).agents;
  assert.partialDeepStrictEqual(agent, {
    id: agentId,
    name: 'shop-pc',
    version: '0.2.0',
    connected: true,
    address: '192.0.2.9',
    connectedSince: 8,
    roundTrip: 12.5,
    serverTls: { how: 'explicit', verified: 'insecure' },
    link: shownLink({ resumes: 2 }),
  });
});

test('status tells what is up', async (t) => {
  const { admin, runtime } = await running(t);
  await admin.createTunnel({ name: 'shop' });
  runtime.sessions = 3;
  assert.partialDeepStrictEqual(await admin.status(), {
    version: '1',
    running: true,
    startedAt: 5,
    relayUrl: 'http://relay.test',
    sessions: 3,
  });
});

test('beside a stopped relay the address is the one it announced last', async (t) => {
  const { store } = await freshStore(t);
  const admin = new StoreAdmin({ store, version: '1' });
  await store.settings.set(REMEMBERED.publicHost, 'ftp.example.org');
  await store.settings.set(REMEMBERED.relayUrl, 'http://ftp.example.org:8080');
  const { tunnel, publicAddress } = await admin.createTunnel({ name: 'shop' });
  assert.deepEqual([publicAddress, tunnel.live], ['ftp://ftp.example.org:2121', null]);
  const { running: up, relayUrl } = await admin.status();
  assert.deepEqual([up, relayUrl], [false, 'http://ftp.example.org:8080']);
});

test('a code that is not good is refused with the reason', async (t) => {
  const { admin, store } = await running(t);
  const enrol = enrolOn(store);
  const { enrolmentCode } = await admin.createTunnel({ name: 'shop' });
  const { enrolmentCode: orphan } = await admin.agentCode('shop');
  await enrol({ code: enrolmentCode, ...AGENT });
  await assert.rejects(enrol({ code: enrolmentCode, ...AGENT }), { code: 'code-used' });
  await admin.deleteTunnel('shop');
  await assert.rejects(enrol({ code: orphan, ...AGENT }), { code: 'code-tunnel-deleted' });
  await assert.rejects(enrol({ code: 'GW-1', ...AGENT }), { code: 'code-unknown' });
});

test('an agent that is connected gets another credential; one that could not keep it keeps the old one', async (t) => {
  const { admin, runtime, store } = await running(t);
  const { enrolmentCode } = await admin.createTunnel({ name: 'shop', port: 2200 });
  const { agentId, credential } = await enrolOn(store, runtime)({ code: enrolmentCode, ...AGENT });
  await assert.rejects(admin.rotateAgent(agentId), { code: 'agent-offline' });
  const link = shownLink();
  const connected = { id: agentId, address: '192.0.2.1', since: 0, version: '1', link };
  runtime.connected = [{ ...connected, serverTls: { how: 'none', verified: undefined } }];
  const given: string[] = [];
  const isGood = async (one = ''): Promise<boolean> => (await store.agents.authenticate(one)).ok;
  runtime.keep = async (_agent, one) => {
    given.push(one);
    throw new GangwayError('credential-not-kept', 'the disk is full');
  };
  await assert.rejects(admin.rotateAgent(agentId), { code: 'credential-not-kept' });
  assert.deepEqual([await isGood(given[0]), await isGood(credential)], [false, true]);
  runtime.keep = async (_agent, one) => {
    given.push(one);
    throw new GangwayError('agent-silent', 'no answer');
  };
  await assert.rejects(admin.rotateAgent(agentId), { code: 'agent-silent' });
  assert.equal(await isGood(credential), true, 'it may have kept the other, or not');
  runtime.keep = async (_agent, one) => void given.push(one);
  await admin.rotateAgent(agentId);
  assert.deepEqual(await Promise.all([...given, credential].map(isGood)), [
    false,
    false,
    true,
    false,
  ]);
});
