import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import type { Lease } from '../../../shared/lease.ts';
import { Reorder } from '../../../shared/mux/reorder.ts';

const TEXT = 'abcdefghijklmnopqrstuvwxyz';
const piece = (from: number, to: number) => Buffer.from(TEXT.slice(from, to));

/** What is handed over after `offset` bytes were received, and up to where. */
function released(early: Reorder, offset: number): { text: string; to: number } {
  const parts: Uint8Array[] = [];
  const to = early.release(offset, (chunk) => parts.push(Uint8Array.from(chunk)));
  return { text: Buffer.concat(parts).toString(), to };
}

test('bytes wait for what is missing before them, and follow on it in order', () => {
  const early = new Reorder(4);
  early.insert(10, piece(10, 15));
  early.insert(5, piece(5, 10));
  assert.deepEqual(released(early, 0), { text: '', to: 0 });
  assert.deepEqual(released(early, 5), { text: TEXT.slice(5, 15), to: 15 });
  assert.equal(early.isEmpty, true);
});

test('what follows on a run belongs to it: runs are counted, not pieces', () => {
  const early = new Reorder(4);
  for (let at = 3; at < 20; at += 1) early.insert(at, piece(at, at + 1));
  assert.equal(early.count, 1);
  assert.equal(early.bytes, 17);
});

test('bytes that came twice are kept once, wherever they overlap', () => {
  const early = new Reorder(4);
  early.insert(4, piece(4, 6));
  early.insert(8, piece(8, 10));
  early.insert(2, piece(2, 13));
  assert.equal(early.bytes, 11);
  assert.deepEqual(released(early, 2), { text: TEXT.slice(2, 13), to: 13 });
});

test('what was received meanwhile by another way is left out', () => {
  const early = new Reorder(4);
  early.insert(4, piece(4, 12));
  early.insert(14, piece(14, 16));
  assert.deepEqual(released(early, 7), { text: TEXT.slice(7, 12), to: 12 });
  assert.deepEqual(released(early, 20), { text: '', to: 20 });
  assert.equal(early.isEmpty, true);
});

test('every hold on bytes on loan is given back', () => {
  let holds = 1;
  const lease: Lease = { size: 10, retain: () => (holds += 1), release: () => (holds -= 1) };
  const early = new Reorder(4);
  early.insert(5, piece(5, 15), lease);
  early.insert(20, piece(10, 20), lease);
  assert.equal(holds, 3);
  released(early, 8);
  assert.equal(holds, 2);
  early.clear();
  assert.equal(holds, 1);
});
