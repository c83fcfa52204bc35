import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import type { Lease } from '../../../shared/lease.ts';
import { ChunkQueue } from '../../../shared/mux/chunk-queue.ts';

const of = (text: string): Uint8Array => Buffer.from(text);

function drain(queue: ChunkQueue, most = Infinity): string[] {
  const taken: string[] = [];
  for (let c = queue.shift(most); c !== undefined; c = queue.shift(most)) {
    taken.push(Buffer.from(c).toString());
  }
  return taken;
}

test('large chunks and the first one are kept as they are', () => {
  const queue = new ChunkQueue(4);
  const small = of('ab');
  const large = of('cdef');
  queue.push(small);
  queue.push(large);
  assert.equal(queue.bytes, 6);
  assert.equal(queue.shift(Infinity), small);
  assert.equal(queue.shift(Infinity), large);
  assert.equal(queue.shift(Infinity), undefined);
  assert.equal(queue.bytes, 0);
});

test('a chunk is split without a copy', () => {
  const queue = new ChunkQueue(4);
  const chunk = of('abcdefgh');
  queue.push(chunk);
  const head = queue.shift(3);
  assert.equal(head?.buffer, chunk.buffer);
  assert.equal(Buffer.from(head ?? '').toString(), 'abc');
  assert.equal(queue.bytes, 5);
  assert.deepEqual(drain(queue), ['defgh']);
});

test('small chunks that wait are merged', () => {
  const queue = new ChunkQueue(4);
  for (const letter of 'abcdefghij') queue.push(of(letter));
  assert.deepEqual(drain(queue), ['a', 'bcde', 'fghi', 'j']);
});

test('a flood of tiny chunks costs its bytes, not its count', () => {
  const queue = new ChunkQueue(4096);
  for (let i = 0; i < 65_536; i += 1) queue.push(Uint8Array.of(i));
  assert.equal(queue.bytes, 65_536);
  assert.ok(queue.count <= 2 + 65_536 / 4096, `${queue.count} chunks`);
});

test('merging goes on in a block that was begun to be read, and spoils nothing read', () => {
  const queue = new ChunkQueue(8);
  queue.push(of('x'));
  queue.push(of('ab'));
  queue.push(of('cd'));
  assert.deepEqual(queue.shift(Infinity), of('x'));
  const read = queue.shift(3);
  queue.push(of('ef'));
  assert.equal(Buffer.from(read ?? '').toString(), 'abc');
  assert.deepEqual(drain(queue), ['def']);
});

test('nothing to give: empty, no room asked, empty chunk, cleared', () => {
  const queue = new ChunkQueue(4);
  queue.push(of(''));
  assert.equal(queue.count, 0);
  queue.push(of('abc'));
  assert.equal(queue.shift(0), undefined);
  queue.clear();
  assert.equal(queue.bytes, 0);
  assert.equal(queue.shift(Infinity), undefined);
});

/** A lease that counts its holds. */
function loan(size: number): Lease & { holds: number } {
  const lease = {
    size,
    holds: 0,
    retain: () => void (lease.holds += 1),
    release: () => void (lease.holds -= 1),
  };
  return lease;
}

test('a chunk on loan is retained until its last part was taken and given back', () => {
  const queue = new ChunkQueue(4);
  const lease = loan(8);
  queue.push(of('abcdefgh'), lease);
  assert.equal(lease.holds, 1);
  queue.shift(3);
  const first = queue.takeLease();
  assert.equal(lease.holds, 2);
  first?.release();
  queue.shift(5);
  assert.equal(lease.holds, 1);
  queue.takeLease()?.release();
  assert.equal(lease.holds, 0);
  assert.equal(queue.takeLease(), undefined);
});

test('a small chunk on loan is copied: it outlives its slab and keeps none in use', () => {
  const queue = new ChunkQueue(4);
  const lease = loan(1000);
  const chunk = of('abcdefgh');
  queue.push(chunk, lease);
  chunk.fill(0);
  assert.equal(lease.holds, 0);
  assert.deepEqual(drain(queue), ['abcdefgh']);
});

test('what is forgotten is given back', () => {
  const queue = new ChunkQueue(4);
  const lease = loan(8);
  queue.push(of('abcdefgh'), lease);
  queue.push(of('abcdefgh'), lease);
  queue.shift(2);
  queue.takeLease()?.release();
  queue.clear();
  assert.equal(lease.holds, 0);
});
