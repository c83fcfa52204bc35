import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressKey } from '../../../relay-server/http/address-key.ts';
import { FixedWindow } from '../../../relay-server/http/fixed-window.ts';

function windowOf(keys = 100): { counts: FixedWindow; clock: { at: number } } {
  const clock = { at: 0 };
  return { counts: new FixedWindow({ limit: 2, window: 1000, keys, now: () => clock.at }), clock };
}

test('a key waits for the next window once its limit is reached', () => {
  const { counts, clock } = windowOf();
  counts.add('a');
  assert.equal(counts.wait('a'), 0);
  counts.add('a');
  clock.at = 400;
  assert.equal(counts.wait('a'), 600);
  assert.equal(counts.wait('b'), 0);
  clock.at = 1000;
  assert.equal(counts.wait('a'), 0);
  assert.equal(counts.size, 0);
});

test('an event taken back does not count', () => {
  const { counts } = windowOf();
  for (let i = 0; i < 10; i++) {
    counts.add('a');
    counts.remove('a');
  }
  assert.equal(counts.wait('a'), 0);
  assert.equal(counts.size, 0);
  counts.remove('never seen');
  assert.equal(counts.wait('never seen'), 0);
});

test('any number of keys costs bounded memory; those beyond share a count', () => {
  const { counts } = windowOf(3);
  for (let i = 0; i < 1000; i++) counts.add(`key-${i}`);
  assert.ok(counts.size <= 4);
  assert.ok(counts.wait('a newcomer') > 0);
  assert.equal(counts.wait('key-0'), 0);
});

test('an IPv6 address counts as its network, an IPv4 address as itself', () => {
  const same = ['2001:db8:0:7::1', '2001:db8:0:7:ffff::2', '2001:0db8:0:0007:1:2:3:4'].map(
    addressKey,
  );
  assert.equal(new Set(same).size, 1);
  assert.notEqual(addressKey('2001:db8:0:8::1'), same[0]);
  assert.equal(addressKey('::ffff:192.0.2.1'), '192.0.2.1');
  assert.equal(addressKey('192.0.2.1'), '192.0.2.1');
  assert.equal(addressKey('::1'), '0:0:0:0::/64');
});
