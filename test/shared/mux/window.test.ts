import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Window, WindowBudget } from '../../../shared/mux/window.ts';

const LIMITS = { least: 10, first: 40, most: 1000 };
const ROUND_TRIP = 100;

/** A sender that always has more, on a path of so many bytes per millisecond: it consumes for so many round trips. */
function consume(
  window: Window,
  rate: number,
  roundTrips: number,
  roundTrip = ROUND_TRIP,
): number[] {
  const sizes: number[] = [];
  let consumed = 0;
  window.follow(consumed, 0, roundTrip);
  for (let trip = 1; trip <= roundTrips; trip += 1) {
    consumed += Math.min(window.size, rate * roundTrip);
    sizes.push(window.follow(consumed, trip * roundTrip, roundTrip));
  }
  return sizes;
}

test('it doubles with each round trip while it is what limits the flow, up to the most', () => {
  const window = new Window(LIMITS, new WindowBudget(10_000));
  assert.deepEqual(consume(window, Infinity, 6), [80, 160, 320, 640, 1000, 1000]);
});

test('it looks for what the path carries, and rests at twice that', () => {
  const window = new Window(LIMITS, new WindowBudget(10_000));
  assert.deepEqual(consume(window, 1, 8), [80, 160, 320, 400, 200, 200, 200, 200]);
});

test('when the path carries more later on it follows', () => {
  const window = new Window(LIMITS, new WindowBudget(10_000));
  consume(window, 1, 8);
  let consumed = 800;
  const sizes: number[] = [];
  for (let trip = 9; trip <= 12; trip += 1) {
    consumed += Math.min(window.size, 2 * ROUND_TRIP);
    sizes.push(window.follow(consumed, trip * ROUND_TRIP, ROUND_TRIP));
  }
  assert.deepEqual(sizes, [400, 400, 400, 400]);
});

test('on a short path it stays as it is', () => {
  const window = new Window(LIMITS, new WindowBudget(10_000));
  assert.equal(consume(window, 10, 6, 2).at(-1), 40);
});

test('less than a round trip shows nothing of the path', () => {
  const window = new Window(LIMITS, new WindowBudget(10_000));
  window.follow(0, 0, ROUND_TRIP);
  assert.equal(window.follow(40, 1, ROUND_TRIP), 40);
});

test('without a measured round trip nothing grows', () => {
  const window = new Window(LIMITS, new WindowBudget(10_000));
  window.follow(0, 0, undefined);
  assert.equal(window.follow(40, 100, undefined), 40);
});

test('a pause in the flow is no sign of a slow path, and none of a fast one', () => {
  const window = new Window(LIMITS, new WindowBudget(10_000));
  window.follow(0, 0, ROUND_TRIP);
  assert.equal(window.follow(40, 60_000, ROUND_TRIP), 40);
  assert.equal(window.follow(80, 60_100, ROUND_TRIP), 80);
});

test('the budget bounds the sum, in the link and in the whole; the least is free', () => {
  const whole = new WindowBudget(100);
  const link = new WindowBudget(70, whole);
  const first = new Window(LIMITS, link);
  consume(first, Infinity, 9);
  assert.equal(first.size, 80, '10 free and 70 of the link');
  const second = new Window(LIMITS, link);
  assert.equal(second.size, 10);
  const elsewhere = new Window(LIMITS, new WindowBudget(70, whole));
  assert.equal(elsewhere.size, 40);
  assert.deepEqual([link.used, whole.used], [70, 100]);
  first.close();
  first.close();
  assert.deepEqual([link.used, whole.used], [0, 30]);
});

test('what rests gives back what it grew by, and may grow again', () => {
  const budget = new WindowBudget(10_000);
  const window = new Window(LIMITS, budget);
  consume(window, Infinity, 3);
  assert.equal(window.hasGrown, true);
  assert.equal(window.rest(), 40);
  assert.equal(budget.used, 30);
  assert.deepEqual(consume(window, Infinity, 1), [80]);
});
