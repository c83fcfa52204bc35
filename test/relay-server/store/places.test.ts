import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshStore, TUNNEL } from '../fixtures.ts';

const SHARED = { ...TUNNEL, shared: true };
const taken = (port: number, by: string): { code: string; message: RegExp; port: number } => ({
  code: 'port-taken',
  message: new RegExp(`port ${port} .*${by}`),
  port,
});

test('tunnels share a port if all of them are shared', async (t) => {
  const { store } = await freshStore(t);
  await store.tunnels.create({ ...SHARED, implicitPort: 990 });
  const bar = await store.tunnels.create({ ...SHARED, name: 'bar', implicitPort: 990 });
  assert.deepEqual([bar.port, bar.implicitPort, bar.shared], [2121, 990, true]);
  const alone = store.tunnels.create({ ...TUNNEL, name: 'alone' });
  await assert.rejects(alone, taken(2121, 'tunnel bar'));
  await assert.rejects(store.tunnels.update(bar.id, { shared: false }), taken(2121, 'tunnel ftp'));
  const moved = await store.tunnels.update(bar.id, { shared: false, port: 21, implicitPort: null });
  assert.deepEqual([moved?.shared, moved?.port, moved?.implicitPort], [false, 21, null]);
});

test('a shared port has one listening address and one kind', async (t) => {
  const { store } = await freshStore(t);
  await store.tunnels.create({ ...SHARED, implicitPort: 990 });
  const elsewhere = store.tunnels.create({ ...SHARED, name: 'bar', listenHost: '127.0.0.2' });
  await assert.rejects(elsewhere, taken(2121, 'tunnel ftp, which listens on 127.0.0.1'));
  const plain = store.tunnels.create({ ...SHARED, name: 'bar', port: 990 });
  await assert.rejects(plain, taken(990, 'tunnel ftp as a port of the other kind'));
});

test('an implicit port is nobody else’s port of either kind', async (t) => {
  const { store } = await freshStore(t);
  await store.tunnels.create({ ...TUNNEL, implicitPort: 990 });
  const other = { ...TUNNEL, name: 'other', port: 2122 };
  await assert.rejects(
    store.tunnels.create({ ...other, implicitPort: 2121 }),
    taken(2121, 'tunnel ftp'),
  );
  await assert.rejects(
    store.tunnels.create({ ...other, implicitPort: 990 }),
    taken(990, 'tunnel ftp'),
  );
  await assert.rejects(store.tunnels.create({ ...other, port: 990 }), taken(990, 'tunnel ftp'));
  await assert.rejects(
    store.tunnels.create({ ...other, implicitPort: 2122 }),
    taken(2122, 'implicit port'),
  );
  assert.deepEqual(
    (await store.tunnels.list()).map(({ name }) => name),
    ['ftp'],
    'what was refused left nothing',
  );
});

test('a host is one tunnel’s, and can be taken away', async (t) => {
  const { store } = await freshStore(t);
  const host = 'shop.example.org';
  const { id } = await store.tunnels.create({ ...TUNNEL, host });
  const other = await store.tunnels.create({ ...TUNNEL, name: 'other', port: 2122 });
  const isTaken = { code: 'tunnel-host-taken', message: /shop\.example\.org/ };
  await assert.rejects(store.tunnels.update(other.id, { host }), isTaken);
  assert.equal((await store.tunnels.update(id, { host: null }))?.host, null);
  assert.equal((await store.tunnels.update(other.id, { host }))?.host, host);
});

test('of two tunnels that take a port at once, one of them alone, one gets it', async (t) => {
  const { store } = await freshStore(t);
  const made = await Promise.allSettled([
    store.tunnels.create(SHARED),
    store.tunnels.create({ ...TUNNEL, name: 'alone' }),
    store.tunnels.create({ ...SHARED, name: 'bar' }),
  ]);
  assert.deepEqual(
    made.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
});
