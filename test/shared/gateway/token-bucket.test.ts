import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenBucket } from '../../../shared/gateway/token-bucket.ts';
import { BANDWIDTH_LIMITS } from '../../../shared/limits.ts';

const { leastSlice, mostSlice } = BANDWIDTH_LIMITS;

test('a bucket is full at first, empties as bytes are paid, fills at the rate and no further', () => {
  const bucket = new TokenBucket(() => 100_000);
  assert.equal(bucket.available(0), 30_000);
  bucket.take(30_000);
  assert.equal(bucket.available(0), 0);
  assert.equal(bucket.available(50), 5000);
  assert.equal(bucket.available(60), 6000);
  assert.equal(bucket.available(100_000), 30_000);
});

test('the wait is whole milliseconds, after which the bytes are there', () => {
  const bucket = new TokenBucket(() => 30_000);
  bucket.take(bucket.available(0));
  assert.equal(bucket.wait(1024, 0), 35);
  assert.ok(bucket.available(35) >= 1024);
  assert.equal(bucket.wait(1024, 35), 0);
});

test('what is given back may pass', () => {
  const bucket = new TokenBucket(() => 100_000);
  bucket.take(bucket.available(0));
  bucket.giveBack(1000);
  assert.equal(bucket.available(0), 1000);
  bucket.giveBack(1_000_000);
  assert.equal(bucket.available(0), 30_000, 'never beyond a burst');
});

test('a rate that appears, changes or goes holds at the next use', () => {
  let rate: number | null = null;
  const bucket = new TokenBucket(() => rate);
  assert.equal(bucket.unlimited, true);
  assert.equal(bucket.available(0), Infinity);
  bucket.take(1e12);
  assert.equal(bucket.wait(mostSlice, 0), 0);
  rate = 100_000;
  assert.equal(bucket.available(1000), 30_000);
  bucket.take(30_000);
  rate = 1_000_000;
  assert.equal(bucket.wait(50_000, 1000), 50);
  rate = 10_000;
  assert.equal(bucket.available(1_000_000), 3000);
  rate = null;
  bucket.take(1e12);
  rate = 10_000;
  assert.equal(bucket.available(1_000_000), 3000, 'what passed without a limit is no debt');
});

test('a slice is 50 ms at the rate within its bounds, and a bucket always comes to hold one', () => {
  const slices = [
    [1, leastSlice],
    [10_000, leastSlice],
    [1_000_000, 50_000],
    [100_000_000_000, mostSlice],
    [null, mostSlice],
  ] as const;
  for (const [rate, slice] of slices) {
    const bucket = new TokenBucket(() => rate);
    assert.equal(bucket.slice, slice);
    assert.ok(bucket.available(0) >= slice, `${rate}`);
  }
});
