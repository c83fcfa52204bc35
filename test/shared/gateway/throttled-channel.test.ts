import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import { BANDWIDTH_LIMITS } from '../../../shared/limits.ts';
import { SlabPool, type Slab } from '../../../shared/net/slab-pool.ts';
import { PacedBench } from '../../support/paced.ts';

const RATE = 100_000;
const BURST = (RATE * BANDWIDTH_LIMITS.burst) / 1000;
const SLICE = (RATE * BANDWIDTH_LIMITS.slice) / 1000;
const SLAB = 64 * 1024;

/** Bytes no two places of which look alike soon. */
function pattern(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 255));
}

describe('a channel without a limit', () => {
  it('passes a chunk on as it is, within the same call and without a timer', () => {
    const bench = new PacedBench();
    const { source, channel, consumer } = bench.open([
      bench.limit(() => null),
      bench.limit(() => null),
    ]);
    const slab = new SlabPool({ slab: SLAB, spare: 1 }).take();
    let same = false;
    consumer.onData = (chunk, lease) => {
      same = chunk === slab.bytes && lease === slab;
    };
    source.lend(slab.bytes, slab);
    bench.settle();
    assert.ok(same);
    assert.deepEqual([bench.timers.waiting, source.paused, channel.waiting], [0, false, false]);
  });
});

describe('a channel under a limit', () => {
  it('passes what is within the limit at once and without a timer', () => {
    const bench = new PacedBench();
    const { source, consumer } = bench.open([bench.limit(() => RATE)]);
    source.say(pattern(BURST));
    bench.settle();
    assert.deepEqual(consumer.passed, [{ at: 0, bytes: BURST }]);
    bench.advance(100);
    source.say(pattern(RATE / 10));
    bench.settle();
    assert.equal(consumer.bytes, BURST + RATE / 10);
    assert.deepEqual([bench.timers.waiting, source.paused], [0, false]);
  });

  it('passes the rest at an even pace, every byte in its place, and the end after the last', () => {
    const bench = new PacedBench();
    const { source, channel, consumer } = bench.open([bench.limit(() => RATE)]);
    const bytes = pattern(3 * RATE);
    for (let at = 0; at < bytes.length; at += 70_000) source.say(bytes.subarray(at, at + 70_000));
    source.finish();
    bench.advance(1000);
    assert.ok(source.paused && channel.waiting);
    for (let second = 1; second < 3; second += 1) {
      const due = BURST + second * RATE;
      assert.ok(consumer.bytes <= due && consumer.bytes >= due - 2 * SLICE, `${consumer.bytes}`);
      assert.equal(consumer.ended, false);
      bench.advance(1000);
    }
    assert.ok(consumer.ended && !channel.waiting);
    assert.ok(consumer.received.equals(bytes));
    assert.ok(consumer.passed.every((one) => one.bytes <= SLICE));
    const gaps = consumer.passed.map((one, i) => one.at - (consumer.passed[i - 1]?.at ?? 0));
    assert.ok(Math.max(...gaps) <= BANDWIDTH_LIMITS.slice, 'no pause longer than a slice takes');
    assert.equal(bench.timers.waiting, 0);
  });

  it('shares it evenly with others, also with one whose chunks are small', () => {
    const bench = new PacedBench();
    const limit = bench.limit(() => RATE);
    const all = [SLAB, 1460, 200_000].map((chunk) => bench.openEndless([limit], chunk));
    bench.advance(10_000);
    const bytes = all.map(({ consumer }) => consumer.bytes);
    const sum = bytes.reduce((a, b) => a + b);
    assert.ok(sum <= 10 * RATE + BURST && sum >= 9.5 * RATE, `${sum}`);
    // Whoever came first has had the burst.
    const late = bytes.map((each, i) => each - (i === 0 ? BURST : 0));
    assert.ok(Math.max(...late) - Math.min(...late) <= 3 * SLICE, bytes.join());
  });

  it('one that comes later waits its turn, and has its share from then on', () => {
    const bench = new PacedBench();
    const limit = bench.limit(() => RATE);
    bench.openEndless([limit], SLAB);
    bench.advance(1000);
    const late = bench.openEndless([limit], SLAB);
    bench.advance(2000);
    const share = late.consumer.bytes;
    assert.ok(Math.abs(share - RATE) <= 2 * SLICE, `${share}`);
  });

  it('nobody passes by those who wait, however little he has', () => {
    const bench = new PacedBench();
    const limit = bench.limit(() => RATE);
    bench.openEndless([limit], SLAB);
    bench.advance(1025);
    const late = bench.open([limit]);
    late.source.say(Buffer.alloc(100));
    bench.settle();
    assert.deepEqual([late.consumer.bytes, late.channel.waiting], [0, true]);
    bench.advance(2 * BANDWIDTH_LIMITS.slice);
    assert.equal(late.consumer.bytes, 100);
  });

  it('of several limits the slowest counts, whichever it is', () => {
    for (const [own, all] of [
      [RATE, 3 * RATE],
      [3 * RATE, RATE],
      [RATE, RATE],
    ] as const) {
      const bench = new PacedBench();
      const limits = [bench.limit(() => own), bench.limit(() => all)];
      const { consumer } = bench.openEndless(limits, SLAB);
      bench.advance(10_000);
      const { bytes } = consumer;
      assert.ok(bytes <= 10 * RATE + BURST && bytes >= 9.5 * RATE, `${own} ${all}: ${bytes}`);
    }
  });

  it('what one session may not use is left to the others', () => {
    const bench = new PacedBench();
    const all = bench.limit(() => RATE);
    const slow = bench.openEndless([bench.limit(() => RATE / 10), all], SLAB);
    const fast = bench.openEndless([bench.limit(() => null), all], SLAB);
    bench.advance(10_000);
    assert.ok(Math.abs(slow.consumer.bytes - RATE) <= 0.05 * RATE, `${slow.consumer.bytes}`);
    assert.ok(Math.abs(fast.consumer.bytes - 9 * RATE) <= 0.45 * RATE, `${fast.consumer.bytes}`);
  });

  it('what was granted by one limit and not by the next is left to others at the first', () => {
    const bench = new PacedBench();
    const first = bench.limit(() => 4 * RATE);
    const held = bench.openEndless([first, bench.limit(() => RATE)], SLAB);
    const other = bench.openEndless([first], SLAB);
    bench.advance(10_000);
    const bytes = [held.consumer.bytes, other.consumer.bytes];
    assert.ok(held.consumer.bytes <= 10 * RATE + BURST, bytes.join());
    assert.ok(held.consumer.bytes + other.consumer.bytes >= 38 * RATE, bytes.join());
  });

  it('a limit that appears, changes or goes holds within a slice', () => {
    const bench = new PacedBench();
    let rate: number | null = null;
    const limit = bench.limit(() => rate);
    const { source, consumer } = bench.open([bench.limit(() => null), limit]);
    const send = (bytes: number): void => source.say(Buffer.alloc(bytes));
    const during = (ms: number): number => {
      const before = consumer.bytes;
      bench.advance(ms);
      return consumer.bytes - before;
    };
    send(50 * RATE);
    assert.equal(during(0), 50 * RATE);
    rate = RATE;
    send(5 * RATE);
    assert.ok(during(1000) <= RATE + BURST);
    rate = 3 * RATE;
    const faster = during(1000);
    assert.ok(Math.abs(faster - 3 * RATE) <= BURST, `${faster}`);
    rate = RATE / 10;
    const slower = during(1000);
    assert.ok(Math.abs(slower - RATE / 10) <= BURST / 10 + 1024, `${slower}`);
    rate = null;
    during(105);
    assert.equal(consumer.bytes, 55 * RATE);
  });

  it('gives a paused consumer nothing, and is not waiting for its limit then', () => {
    const bench = new PacedBench();
    const { source, channel, consumer } = bench.open([bench.limit(() => RATE)]);
    source.say(Buffer.alloc(3 * RATE));
    bench.advance(500);
    assert.equal(channel.waiting, true);
    channel.pause();
    assert.equal(channel.waiting, false);
    const before = consumer.bytes;
    bench.advance(10_000);
    assert.deepEqual([consumer.bytes, channel.waiting, bench.timers.waiting], [before, false, 0]);
    channel.resume();
    bench.advance(1000);
    const came = consumer.bytes - before;
    assert.ok(came <= RATE + BURST + SLICE && came >= RATE, `${came}`);
  });

  it('stops within a chunk when the consumer pauses in the middle of it', () => {
    const bench = new PacedBench();
    const { source, channel, consumer } = bench.open([bench.limit(() => RATE)]);
    consumer.onData = () => channel.pause();
    source.say(pattern(3 * SLICE));
    source.say(pattern(3 * SLICE));
    bench.advance(1000);
    assert.equal(consumer.passed.length, 1);
    consumer.onData = undefined;
    channel.resume();
    bench.advance(1000);
    assert.equal(consumer.bytes, 6 * SLICE);
    assert.equal(source.paused, false);
  });

  it('goes on when the consumer pauses and resumes from within', () => {
    const bench = new PacedBench();
    const { source, channel, consumer } = bench.open([bench.limit(() => RATE)]);
    let inside = false;
    consumer.onData = () => {
      assert.equal(inside, false, 'one chunk after the other');
      inside = true;
      channel.pause();
      channel.resume();
      inside = false;
    };
    const bytes = pattern(2 * RATE);
    source.say(bytes);
    source.finish();
    bench.advance(3000);
    assert.ok(consumer.received.equals(bytes) && consumer.ended);
  });
});

describe('a throttled channel that is over', () => {
  it('tells a break at once, drops what it held and waits for nothing', () => {
    const bench = new PacedBench();
    const limits = [bench.limit(() => RATE), bench.limit(() => RATE)];
    const { source, channel, consumer } = bench.open(limits);
    source.say(Buffer.alloc(10 * RATE));
    bench.advance(500);
    const before = consumer.bytes;
    source.break();
    bench.settle();
    assert.equal(consumer.over?.code, 'ECONNRESET');
    assert.deepEqual([bench.timers.waiting, channel.waiting], [0, false]);
    bench.advance(10_000);
    assert.equal(consumer.bytes, before);
  });

  it('is reset at once, and what it had paid for is left to others', () => {
    const bench = new PacedBench();
    const all = bench.limit(() => RATE);
    const first = bench.open([bench.limit(() => null), all]);
    first.source.say(Buffer.alloc(BURST + 100));
    bench.advance(BANDWIDTH_LIMITS.slice);
    // It was granted a slice of which it needs 100 bytes.
    assert.equal(first.consumer.bytes, BURST + 100);
    first.channel.reset('given up');
    bench.settle();
    assert.deepEqual([first.source.resetWith, bench.timers.waiting], ['given up', 0]);
    assert.equal(first.consumer.over?.by, 'self');
    const second = bench.open([bench.limit(() => null), all]);
    second.source.say(Buffer.alloc(SLICE - 100));
    bench.settle();
    assert.equal(second.consumer.bytes, SLICE - 100);
  });

  it('gives back what one limit had granted while another let it wait', () => {
    for (const [ms, passed, left] of [
      [0, BURST, 9 * BURST],
      [BANDWIDTH_LIMITS.slice, BURST + SLICE, 10 * BURST],
    ] as const) {
      const bench = new PacedBench();
      const first = bench.limit(() => 10 * RATE);
      const { source, channel, consumer } = bench.open([first, bench.limit(() => RATE)]);
      source.say(Buffer.alloc(2 * BURST));
      bench.advance(ms);
      assert.deepEqual([consumer.bytes, channel.waiting], [passed, true]);
      channel.reset('given up');
      const other = bench.open([first]);
      other.source.say(Buffer.alloc(left));
      bench.settle();
      assert.equal(other.consumer.bytes, left);
    }
  });

  it('may be reset from within what it hands out', () => {
    const bench = new PacedBench();
    const pool = new SlabPool({ slab: SLAB, spare: 1 }, { poison: true });
    const { source, channel, consumer } = bench.open([bench.limit(() => RATE)]);
    let intact = false;
    consumer.onData = (chunk) => {
      const before = Buffer.from(chunk);
      channel.reset('enough');
      intact = before.equals(chunk);
    };
    lend(pool.take(), source);
    bench.advance(10_000);
    assert.ok(intact, 'the bytes stay while they are looked at');
    assert.equal(consumer.passed.length, 1);
    assert.deepEqual([pool.inUse, bench.timers.waiting], [0, 0]);
  });
});

function lend(slab: Slab, to: { lend(chunk: Uint8Array, lease: Slab): void }): void {
  pattern(SLAB).copy(slab.bytes);
  to.lend(slab.bytes, slab);
}

describe('bytes on loan', () => {
  it('are kept while they wait, lent on, and given back exactly once', () => {
    const bench = new PacedBench();
    const pool = new SlabPool({ slab: SLAB, spare: 4 }, { poison: true });
    const { source, consumer } = bench.open([bench.limit(() => RATE)]);
    let lent = 0;
    consumer.onData = (_chunk, lease) => {
      if (lease !== undefined) lent += 1;
    };
    for (let i = 0; i < 3; i += 1) lend(pool.take(), source);
    bench.advance(500);
    // One is held, two wait at the source; the poison would show if it had gone back too early.
    assert.ok(pool.inUse >= 2);
    bench.advance(2000);
    const expected = Buffer.concat([pattern(SLAB), pattern(SLAB), pattern(SLAB)]);
    assert.ok(consumer.received.equals(expected));
    assert.ok(lent > 3);
    assert.equal(pool.inUse, 0);
  });

  it('are copied where they fill little of a slab, so that no slab is kept for them', () => {
    const bench = new PacedBench();
    const pool = new SlabPool({ slab: SLAB, spare: 4 }, { poison: true });
    const { source, consumer } = bench.open([bench.limit(() => RATE)]);
    source.say(Buffer.alloc(BURST));
    const slab = pool.take();
    pattern(5000).copy(slab.bytes);
    source.lend(slab.bytes.subarray(0, 5000), slab);
    bench.settle();
    assert.deepEqual([consumer.bytes, pool.inUse], [BURST, 0]);
    bench.advance(100);
    assert.ok(consumer.received.subarray(BURST).equals(pattern(5000)));
  });

  it('are given back when the connection breaks', () => {
    const bench = new PacedBench();
    const pool = new SlabPool({ slab: SLAB, spare: 4 }, { poison: true });
    for (const end of ['break', 'reset'] as const) {
      const { source, channel } = bench.open([bench.limit(() => RATE)]);
      lend(pool.take(), source);
      bench.advance(60);
      assert.equal(pool.inUse, 1);
      if (end === 'break') source.break();
      else channel.reset('given up');
      bench.settle();
      assert.deepEqual([pool.inUse, bench.timers.waiting], [0, 0]);
    }
  });

  it('are copied for a consumer that does not borrow', () => {
    const bench = new PacedBench();
    const pool = new SlabPool({ slab: SLAB, spare: 4 }, { poison: true });
    const { source, consumer } = bench.open([bench.limit(() => RATE)], { borrows: false });
    let onLoan = 0;
    const kept: Uint8Array[] = [];
    consumer.onData = (chunk, lease) => {
      if (lease !== undefined) onLoan += 1;
      kept.push(chunk);
    };
    lend(pool.take(), source);
    bench.advance(1000);
    assert.deepEqual([onLoan, pool.inUse], [0, 0]);
    assert.ok(Buffer.concat(kept).equals(pattern(SLAB)));
  });
});
