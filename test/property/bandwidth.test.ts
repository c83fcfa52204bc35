import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { BANDWIDTH_LIMITS } from '../../shared/limits.ts';
import { SlabPool } from '../../shared/net/slab-pool.ts';
import { PacedBench, type Paced, type Passed } from '../support/paced.ts';

const SECONDS = 10;
const SLAB = 128 * 1024;

const anyRate = fc.integer({ min: 10_000, max: 200_000 });
const anyChunk = fc.constantFrom(536, 1460, 16_384, 65_536, 131_072);

const burstOf = (rate: number): number => (rate * BANDWIDTH_LIMITS.burst) / 1000;
const sliceOf = (rate: number): number =>
  Math.max((rate * BANDWIDTH_LIMITS.slice) / 1000, BANDWIDTH_LIMITS.leastSlice);

/** The slow oracle: in every stretch of time, however short, no more than the rate and a burst. */
function assertWithin(passed: readonly Passed[], rate: number, slack: number): void {
  for (const [i, first] of passed.entries()) {
    let sum = 0;
    for (const { at, bytes } of passed.slice(i)) {
      sum += bytes;
      const most = (rate * (at - first.at)) / 1000 + burstOf(rate) + slack;
      // No message of its own in the loop: it would be made a million times.
      if (sum > most + 1) assert.fail(`${sum} bytes from ${first.at} to ${at} ms, ${most} allowed`);
    }
  }
}

/** What passed in all, by moments. */
function together(all: readonly Paced[]): Passed[] {
  const byMoment = new Map<number, number>();
  const passed = all.flatMap(({ consumer }) => consumer.passed);
  for (const { at, bytes } of passed) byMoment.set(at, (byMoment.get(at) ?? 0) + bytes);
  return [...byMoment].map(([at, bytes]) => ({ at, bytes })).sort((a, b) => a.at - b.at);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

test('sources that keep up get their limits within 5 % over 10 s, and never more; all get the same', () => {
  fc.assert(
    fc.property(
      fc.array(anyChunk, { minLength: 1, maxLength: 5 }),
      anyRate,
      fc.option(anyRate),
      (chunks, rate, sessionRate) => {
        const bench = new PacedBench();
        const tunnel = bench.limit(() => rate);
        const all = chunks.map((chunk) =>
          bench.openEndless([bench.limit(() => sessionRate), tunnel], chunk),
        );
        bench.advance(SECONDS * 1000);
        const each = all.map(({ consumer }) => consumer.bytes);
        const share = Math.min(rate / all.length, sessionRate ?? Infinity);
        const due = SECONDS * share * all.length;
        assert.ok(sum(each) >= 0.95 * due, `${sum(each)} of ${due}`);
        assert.ok(sum(each) <= SECONDS * rate + burstOf(rate) + 1);
        assertWithin(together(all), rate, 0);
        for (const one of sessionRate === null ? [] : all) {
          assertWithin(together([one]), sessionRate ?? 0, sliceOf(sessionRate ?? 0));
        }
        // Apart from the first burst, which whoever comes first has for himself.
        const fair = burstOf(Math.min(rate, sessionRate ?? rate)) + 3 * sliceOf(rate);
        assert.ok(Math.max(...each) - Math.min(...each) <= fair, each.join());
      },
    ),
    { numRuns: 40 },
  );
});

type Step =
  | { do: 'say'; to: number; bytes: number }
  | { do: 'pause' | 'resume' | 'reset' | 'break'; to: number }
  | { do: 'rate'; rate: number | null }
  | { do: 'wait'; ms: number };

const to = fc.nat(3);
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('say' as const),
    to,
    bytes: fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: SLAB })),
  }),
  fc.record({ do: fc.constantFrom('pause' as const, 'resume' as const), to }),
  fc.record({ do: fc.constant('rate' as const), rate: fc.option(anyRate) }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 400 }) }),
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('reset' as const, 'break' as const), to }),
  },
);

/** Four connections on a limit that changes; what each was sent is numbered byte by byte. */
class Traffic {
  readonly bench = new PacedBench();
  readonly pool = new SlabPool({ slab: SLAB, spare: 8 }, { poison: true });
  rate: number | null = null;
  readonly all: Paced[];
  readonly said = [0, 0, 0, 0];
  /** What the rates of the time allow: their areas, and a burst and the slices for each. */
  allowed = 0;

  constructor() {
    const limits = [this.bench.limit(() => this.rate), this.bench.limit(() => this.rate)];
    this.all = this.said.map(() => this.bench.open(limits));
  }

  apply(step: Step): void {
    if (step.do === 'wait') {
      this.allowed += ((this.rate ?? Infinity) * step.ms) / 1000;
      this.bench.advance(step.ms);
    } else if (step.do === 'rate') {
      const before = this.rate;
      this.rate = step.rate;
      const most = Math.max(before ?? Infinity, step.rate ?? Infinity);
      this.allowed += burstOf(most) + 4 * sliceOf(most);
    } else {
      this.#touch(this.all[step.to]!, step);
    }
    this.bench.settle();
  }

  #touch(paced: Paced, step: Exclude<Step, { do: 'wait' | 'rate' }>): void {
    if (step.do === 'say') this.#say(paced, step.to, step.bytes);
    else if (step.do === 'pause') paced.channel.pause();
    else if (step.do === 'resume') paced.channel.resume();
    else if (step.do === 'reset') paced.channel.reset('given up');
    else paced.source.break();
  }

  #say(paced: Paced, index: number, bytes: number): void {
    if (!paced.source.open) return;
    const slab = this.pool.take();
    const first = this.said[index]!;
    for (let i = 0; i < bytes; i += 1) slab.bytes[i] = (first + i) % 251;
    this.said[index] = first + bytes;
    paced.source.lend(slab.bytes.subarray(0, bytes), slab);
  }
}

test('whatever happens: bytes in order, none lost, never more than the rates allow, no lease kept', () => {
  fc.assert(
    fc.property(anyRate, fc.array(anyStep, { maxLength: 60, size: 'max' }), (rate, steps) => {
      const traffic = new Traffic();
      traffic.rate = rate;
      traffic.allowed = burstOf(rate);
      for (const step of steps) {
        traffic.apply(step);
        const bytes = sum(traffic.all.map(({ consumer }) => consumer.bytes));
        assert.ok(bytes <= traffic.allowed + 1, `${bytes} of ${traffic.allowed}`);
      }
      traffic.rate = null;
      const open = traffic.all.map(({ source }) => source.open);
      for (const { source, channel } of traffic.all) {
        channel.resume();
        if (source.open) source.finish();
      }
      traffic.bench.advance(1000);
      for (const [i, { consumer }] of traffic.all.entries()) {
        const { received } = consumer;
        const expected = Buffer.from(
          Uint8Array.from({ length: received.length }, (_, n) => n % 251),
        );
        assert.ok(received.equals(expected), 'a prefix of what was sent');
        assert.equal(consumer.ended, open[i]);
        if (open[i] === true) assert.equal(received.length, traffic.said[i]);
      }
      assert.equal(traffic.bench.timers.waiting, 0);
      assert.equal(traffic.pool.inUse, 0);
    }),
    { numRuns: 200 },
  );
});
