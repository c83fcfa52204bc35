import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BAN_LIMITS } from '../../../relay-server/watch-limits.ts';
import { banBench } from './fixtures.ts';

const HOUR = 3_600_000;

describe('bans made by people', () => {
  it('hold at once for every address of the network, in every spelling, and for no other', async (t) => {
    const { bans } = await banBench(t);
    await bans.add({ network: '203.0.113.0/24', reason: 'scanner' });
    await bans.add({ network: '2001:db8::/32', reason: 'scanner' });
    for (const address of ['203.0.113.1', '::ffff:203.0.113.1', '2001:DB8:0::7']) {
      assert.equal(bans.banOf(address, 'ftp')?.reason, 'scanner', address);
    }
    for (const address of ['203.0.114.1', '2001:db9::1', '::1', 'nonsense', '']) {
      assert.equal(bans.banOf(address, 'ftp'), undefined, address);
    }
  });

  it('for one tunnel leave the others open, follow its new name and end with it', async (t) => {
    const { bans, again } = await banBench(t);
    await bans.add({ network: '203.0.113.7', tunnel: 'shop', reason: 'x' });
    assert.equal(bans.banOf('203.0.113.7', 'ftp'), undefined);
    assert.notEqual(bans.banOf('203.0.113.7', 'shop'), undefined);
    await bans.tunnelRenamed('shop', 'store');
    for (const each of [bans, await again()]) {
      assert.equal(each.banOf('203.0.113.7', 'shop'), undefined);
      assert.notEqual(each.banOf('203.0.113.7', 'store'), undefined);
    }
    await bans.tunnelRenamed('store', null);
    for (const each of [bans, await again()]) assert.deepEqual(each.all, []);
  });

  it('end at their time and are forgotten, also by the store', async (t) => {
    const { bans, store, clock } = await banBench(t);
    const until = clock.at + HOUR;
    const short = await bans.add({ network: '203.0.113.7', reason: 'x', until });
    const long = await bans.add({ network: '203.0.113.8', reason: 'x' });
    clock.at = until - 1;
    assert.equal(bans.banOf('203.0.113.7', 'ftp')?.id, short.id);
    clock.at = until;
    assert.equal(bans.banOf('203.0.113.7', 'ftp'), undefined);
    assert.deepEqual(bans.all, [long]);
    assert.equal(await bans.remove(short.id), undefined);
    await bans.sweep();
    assert.deepEqual(await store.list(), [long]);
  });

  it('outlive a restart, and are gone from store and memory when they are lifted', async (t) => {
    const { bans, again } = await banBench(t);
    const ban = await bans.add({ network: '203.0.113.7', reason: 'x' });
    assert.deepEqual((await again()).all, [ban]);
    assert.deepEqual(await bans.remove(ban.id), ban);
    assert.equal(await bans.remove(ban.id), undefined);
    assert.equal(bans.banOf('203.0.113.7', 'ftp'), undefined);
    assert.deepEqual((await again()).all, []);
  });

  it('of one network are lifted one by one', async (t) => {
    const { bans } = await banBench(t);
    const first = await bans.add({ network: '203.0.113.7', reason: 'first' });
    await bans.add({ network: '203.0.113.7/32', reason: 'second' });
    await bans.remove(first.id);
    assert.equal(bans.banOf('203.0.113.7', 'ftp')?.reason, 'second');
  });

  it('are refused where they would mean nothing', async (t) => {
    const { bans, clock } = await banBench(t);
    const wrong = [
      { network: 'nas', reason: 'x' },
      { network: '203.0.113.1/24', reason: 'x' },
      { network: '203.0.113.7', reason: 'x', until: clock.at },
    ];
    for (const wanted of wrong) {
      await assert.rejects(bans.add(wanted), { code: 'ban-invalid', exitCode: 2 });
    }
    assert.deepEqual(bans.all, []);
  });

  it('are bounded in number, and those that are over make room', async (t) => {
    const { bans, clock } = await banBench(t);
    const until = clock.at + HOUR;
    const add = (i: number, end: number | null = null) =>
      bans.add({ network: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, reason: 'x', until: end });
    for (let i = 1; i < BAN_LIMITS.bans; i++) await add(i);
    await add(0, until);
    await assert.rejects(add(BAN_LIMITS.bans), { code: 'too-many-bans' });
    clock.at = until;
    await add(BAN_LIMITS.bans);
    assert.equal(bans.all.length, BAN_LIMITS.bans);
  });

  it('hold although the store fails, and say that it did', async (t) => {
    const { bans, store } = await banBench(t);
    t.mock.method(store, 'add', () => Promise.reject(new Error('the disk is full')));
    await assert.rejects(bans.add({ network: '203.0.113.7', reason: 'x' }), /disk is full/);
    assert.notEqual(bans.banOf('203.0.113.7', 'ftp'), undefined);
  });
});
