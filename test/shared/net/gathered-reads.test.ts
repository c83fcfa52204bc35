import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import * as fc from 'fast-check';
import type { Lease } from '../../../shared/lease.ts';
import { GatheredReads } from '../../../shared/net/gathered-reads.ts';
import { SlabPool } from '../../../shared/net/slab-pool.ts';

const SLAB = 64;

interface Held {
  readonly chunk: Uint8Array;
  readonly lease: Lease;
}

/** Gathered reads whose consumer keeps every second chunk on loan, and copies the others. */
function gathering(keeps: (nth: number) => boolean = () => false) {
  const pool = new SlabPool({ slab: SLAB, spare: 4 }, { poison: true });
  const chunks: (Buffer | Held)[] = [];
  const reads: GatheredReads = new GatheredReads(
    pool,
    (chunk, lease) => {
      if (keeps(chunks.length)) {
        lease.retain();
        chunks.push({ chunk, lease });
      } else chunks.push(Buffer.from(chunk));
    },
    () => reads.flush(),
  );
  const bytes = (): Buffer =>
    Buffer.concat(chunks.map((one) => ('lease' in one ? one.chunk : one)));
  const release = (): void => {
    for (const one of chunks) if ('lease' in one) one.lease.release();
  };
  return { pool, reads, chunks, bytes, release };
}

describe('small reads', () => {
  it('of one turn come as one chunk, in the next', async () => {
    const { reads, chunks, bytes } = gathering();
    for (const part of ['ab', 'cd', 'ef']) reads.push(Buffer.from(part));
    assert.equal(chunks.length, 0);
    await nextTurn();
    assert.equal(chunks.length, 1);
    assert.equal(bytes().toString(), 'abcdef');
  });

  it('that fill a slab come at once, and the rest in the next turn', async () => {
    const { reads, chunks, bytes } = gathering();
    reads.push(Buffer.alloc(SLAB * 2 + 3, 'x'));
    assert.deepEqual(
      chunks.map((one) => ('lease' in one ? one.chunk.length : one.length)),
      [SLAB, SLAB],
    );
    await nextTurn();
    assert.equal(bytes().length, SLAB * 2 + 3);
  });

  it('that were given up are not delivered, and leave no slab behind', async () => {
    const { reads, chunks, pool } = gathering();
    reads.push(Buffer.from('ab'));
    reads.close();
    await nextTurn();
    assert.equal(chunks.length, 0);
    assert.equal(pool.inUse, 0);
  });

  it('of any size and in any turn arrive unchanged, whatever of them is kept', async () => {
    const steps = fc.array(fc.oneof(fc.integer({ min: 1, max: 3 * SLAB }), fc.constant('turn')), {
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(steps, fc.array(fc.boolean(), { minLength: 1 }), async (given, kept) => {
        const { reads, pool, bytes, release } = gathering(
          (nth) => kept[nth % kept.length] === true,
        );
        const sent: Buffer[] = [];
        for (const [at, step] of given.entries()) {
          if (typeof step === 'string') await nextTurn();
          else {
            const part = Buffer.alloc(step, at + 1);
            sent.push(Buffer.from(part));
            reads.push(part);
            part.fill(0);
          }
        }
        reads.flush();
        assert.deepEqual(bytes(), Buffer.concat(sent));
        release();
        reads.close();
        assert.equal(pool.inUse, 0);
      }),
    );
  });
});
