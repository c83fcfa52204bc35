import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Liveness } from '../../../shared/mux/liveness.ts';

const LIMITS = { pingAfter: 5_000, deadAfter: 15_000, lagAfter: 3_000 };

/** Verdicts of one check a second, from the first to the last second. */
function checks(life: Liveness, from: number, to: number): string[] {
  const seen: string[] = [];
  for (let second = from; second <= to; second += 1) {
    const verdict = life.check(second * 1000);
    if (verdict !== 'fine') seen.push(`${second}:${verdict}`);
  }
  return seen;
}

test('a silent carrier is asked twice and dead after 15 s', () => {
  const life = new Liveness(LIMITS, 0);
  assert.deepEqual(checks(life, 1, 15), ['5:ping', '10:ping', '15:dead']);
});

test('anything heard is life', () => {
  const life = new Liveness(LIMITS, 0);
  assert.deepEqual(checks(life, 1, 14), ['5:ping', '10:ping']);
  life.received(14_000);
  assert.deepEqual(checks(life, 15, 29), ['15:ping', '20:ping', '25:ping', '29:dead']);
});

test('a PING goes out on a busy carrier too: it measures the round trip', () => {
  const life = new Liveness(LIMITS, 0);
  for (let second = 1; second <= 5; second += 1) {
    life.received(second * 1000);
    assert.equal(life.check(second * 1000), second === 5 ? 'ping' : 'fine');
  }
});

test('the round trip is from the last PING to its PONG', () => {
  const life = new Liveness(LIMITS, 0);
  life.answered(life.token, 10);
  assert.equal(life.roundTrip, undefined, 'nothing was asked');
  checks(life, 1, 5);
  life.answered(life.token + 1, 5_001);
  assert.equal(life.roundTrip, undefined, 'a token never sent');
  life.answered(life.token, 5_042);
  assert.equal(life.roundTrip, 42);
  life.answered(life.token, 9_000);
  assert.equal(life.roundTrip, 42, 'answered once');
});

test('time in which this program stood still is no silence of the peer', () => {
  const life = new Liveness(LIMITS, 0);
  assert.deepEqual(checks(life, 1, 2), []);
  assert.equal(life.check(3_600_000), 'ping');
  assert.deepEqual(checks(life, 3_601, 3_613), ['3605:ping', '3610:ping', '3613:dead']);
});

test('a carrier that makes no progress while others do lags, also if it is heard', () => {
  const life = new Liveness(LIMITS, 0);
  life.ping(0);
  for (let second = 1; second <= 10; second += 1) life.received(second * 1000);
  assert.equal(life.lags(2_999, 2_000), false, 'it has not had its time');
  assert.equal(life.lags(3_000, 2_000), true);
  assert.equal(life.lags(3_000, -1), false, 'nobody does better');
  life.arrived(2_500);
  assert.equal(life.lags(3_000, 2_000), false, 'something has arrived');
  life.answered(life.token, 5_400);
  assert.equal(life.lags(20_000, 20_000), false, 'nothing waits for an answer');
});

test('a carrier with a long queue has more time', () => {
  const life = new Liveness(LIMITS, 0);
  life.ping(0);
  life.answered(life.token, 4_000);
  life.ping(5_000);
  assert.equal(life.lags(20_999, 20_000), false);
  assert.equal(life.lags(21_000, 20_000), true);
});

test('the shortest round trip is kept, whatever comes after it', () => {
  const life = new Liveness(LIMITS, 0);
  for (const [asked, answered] of [
    [0, 30],
    [100, 120],
    [200, 900],
  ] as const) {
    life.ping(asked);
    life.answered(life.token, answered);
  }
  assert.deepEqual([life.roundTrip, life.shortest], [700, 20]);
});

test('after a change of the network a carrier has seconds, not a quarter of a minute', () => {
  const life = new Liveness(LIMITS, 0);
  life.received(1_000);
  life.check(1_000);
  life.doubt(1_000, 3_000);
  assert.equal(life.check(3_999), 'fine');
  assert.equal(life.check(4_000), 'dead');
  const alive = new Liveness(LIMITS, 0);
  alive.doubt(0, 3_000);
  alive.received(50);
  assert.equal(alive.check(4_000), 'fine');
});
