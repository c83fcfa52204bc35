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
