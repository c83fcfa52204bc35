import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { mask, maskByWords, type Mask } from '../../../shared/net/masking.ts';

/** RFC 6455 §5.3, word for word. */
function byTheBook(bytes: Uint8Array, key: Uint8Array, progress: number): Uint8Array {
  return bytes.map((byte, i) => byte ^ key[(i + progress) % 4]!);
}

const KINDS: Record<string, Mask> = {
  'the mask in use': mask,
  'the mask in JavaScript': maskByWords,
};

for (const [name, apply] of Object.entries(KINDS)) {
  test(`${name}: every length, alignment and progress, and nothing beside the bytes`, () => {
    const key = randomBytes(4);
    for (let start = 0; start < 9; start += 1) {
      for (let length = 0; length < 70; length += 1) {
        for (let progress = 0; progress < 5; progress += 1) {
          const around = randomBytes(start + length + 9);
          const before = Buffer.from(around);
          apply(around.subarray(start, start + length), key, progress);
          const expected = Buffer.from(before);
          expected.set(byTheBook(before.subarray(start, start + length), key, progress), start);
          assert.deepEqual(around, expected);
        }
      }
    }
  });
}
