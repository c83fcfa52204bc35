import assert from 'node:assert/strict';
import { test } from 'node:test';
import { worthRetaining } from '../../../shared/lease.ts';
import { SlabPool } from '../../../shared/net/slab-pool.ts';

test('a slab comes back with its last hold, and is used again', () => {
  const pool = new SlabPool({ slab: 64, spare: 2 });
  const slab = pool.take();
  slab.retain();
  assert.equal(slab.sole, false);
  slab.release();
  assert.equal(slab.sole, true);
  assert.equal(pool.inUse, 1);
  slab.release();
  assert.equal(pool.inUse, 0);
  assert.equal(pool.take(), slab);
});

test('one release too many throws instead of giving a slab to two holders', () => {
  const pool = new SlabPool({ slab: 64, spare: 2 });
  const slab = pool.take();
  slab.release();
  assert.throws(() => slab.release(), /released more often than held/);
  assert.equal(pool.inUse, 0);
  assert.equal(pool.spare, 1);
});

test('no more than the limit waits unused', () => {
  const pool = new SlabPool({ slab: 64, spare: 2 });
  const slabs = Array.from({ length: 5 }, () => pool.take());
  for (const slab of slabs) slab.release();
  assert.equal(pool.spare, 2);
});

test('poison shows who reads a slab after its release', () => {
  const pool = new SlabPool({ slab: 4, spare: 1 }, { poison: true });
  const slab = pool.take();
  slab.bytes.fill('x');
  slab.release();
  assert.equal(slab.bytes.toString('hex'), 'dbdbdbdb');
});

test('small chunks are copied, so that they keep no slabs in use', () => {
  const lease = { size: 100_000, retain: () => {}, release: () => {} };
  const keeps = (bytes: number, held: number): boolean =>
    worthRetaining(new Uint8Array(bytes), lease, held);
  assert.equal(keeps(50_000, 1000), true, 'half a slab');
  assert.equal(keeps(49_999, 0), true, 'less, but the only one');
  assert.equal(keeps(49_999, 1), false);
  assert.equal(keeps(1000, 0), false, 'too little to be worth it');
});
