import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import {
  linePattern,
  type LineDown,
  type LinePattern,
} from '../../../shared/diagnosis/line-pattern.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 0, 31, 22);

/** Losses so many milliseconds before now, each of four seconds. */
function lost(...ago: readonly number[]): LineDown[] {
  return ago.toSorted((a, b) => b - a).map((one) => ({ at: NOW - one, ms: 4 * SECOND }));
}

function seen(...ago: readonly number[]): LinePattern | undefined {
  return linePattern(lost(...ago), NOW);
}

/** Losses of connections that each had this age, the last an hour ago. */
function cutAt(...ages: readonly number[]): LineDown[] {
  let at = NOW - HOUR - ages.reduce((sum, age) => sum + age + 4 * SECOND, 0);
  return [0, ...ages].map((age, index) => {
    at += age + (index === 0 ? 0 : 4 * SECOND);
    return { at, ms: 4 * SECOND };
  });
}

suite('the pattern of a line’s losses', () => {
  test('is nothing where there were none, few, or none of late', () => {
    assert.equal(seen(), undefined);
    assert.equal(seen(HOUR, 5 * HOUR, 30 * HOUR), undefined);
    const longAgo = Array.from({ length: 30 }, (_, day) => (8 + day) * DAY);
    assert.equal(seen(...longAgo), undefined);
  });

  test('is a time of day where they are within half an hour of it on three of seven days', () => {
    const evenings = [2 * HOUR, DAY + 2 * HOUR - 20 * MINUTE, 4 * DAY + 2 * HOUR + 10 * MINUTE];
    assert.deepEqual(seen(...evenings), { is: 'daily', minute: 1200, days: 3, losses: 3 });
    const [one = 0, two = 0] = evenings;
    assert.equal(seen(one, two), undefined, 'two days are chance');
    assert.equal(seen(one, two, 4 * DAY + 4 * HOUR), undefined, 'the third is at another time');
  });

  test('is found on both sides of midnight, and counts several losses of an evening as one', () => {
    const midnight = 22 * HOUR;
    const nights = [midnight - 10 * MINUTE, DAY + midnight + 5 * MINUTE, 2 * DAY + midnight];
    const again = midnight - 12 * MINUTE;
    const pattern = seen(...nights, again);
    assert.deepEqual(pattern, { is: 'daily', minute: 0, days: 3, losses: 4 });
  });

  test('is no time of day where the line drops at others as well', () => {
    const evenings = [2, 26, 50].map((hours) => hours * HOUR);
    const others = [5, 33, 61, 90].map((hours) => hours * HOUR);
    assert.equal(seen(...evenings, ...others), undefined);
    assert.equal(seen(...evenings, others[0] ?? 0)?.is, 'daily', 'but for once');
  });

  test('is an age where connections are cut at the same one', () => {
    const each = Array.from({ length: 8 }, () => MINUTE);
    assert.deepEqual(linePattern(cutAt(...each), NOW), {
      is: 'regular',
      every: MINUTE,
      losses: 8,
    });
    const but = [MINUTE, 17 * SECOND, ...Array.from({ length: 6 }, () => 62 * SECOND)];
    assert.equal(linePattern(cutAt(...but), NOW)?.is, 'regular', 'one ended otherwise');
    assert.notEqual(linePattern(cutAt(...each.slice(0, 5)), NOW)?.is, 'regular', 'five are few');
  });

  test('is no age where they differ, or a proxy was mended days ago', () => {
    const ages = [40, 300, 95, 700, 150, 1200, 60, 480].map((seconds) => seconds * SECOND);
    assert.equal(linePattern(cutAt(...ages), NOW), undefined);
    const cut = cutAt(...Array.from({ length: 8 }, () => MINUTE));
    assert.equal(linePattern(cut, NOW + 2 * DAY), undefined);
  });

  test('is only that they are many where nothing else is to be seen', () => {
    const ages = [40, 300, 95, 700, 150, 1200, 60, 480, 33, 900].map((seconds) => seconds * SECOND);
    assert.deepEqual(linePattern(cutAt(...ages), NOW), { is: 'often', losses: 11 });
  });

  test('never counts more losses or days than there were', () => {
    const times = fc.array(fc.nat(9 * DAY), { maxLength: 60 });
    fc.assert(
      fc.property(times, (ago) => {
        const pattern = seen(...ago);
        if (pattern === undefined) return;
        const week = ago.filter((one) => one < 7 * DAY);
        assert.ok(pattern.losses > 0 && pattern.losses <= week.length);
        if (pattern.is !== 'daily') return;
        assert.ok(pattern.days >= 3 && pattern.days <= 8 && pattern.days <= week.length);
        assert.ok(pattern.minute >= 0 && pattern.minute < 1440);
      }),
    );
  });
});
