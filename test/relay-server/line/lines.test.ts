import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lines } from '../../../relay-server/line/lines.ts';
import type { LineLoss } from '../../../relay-server/views/line.ts';
import { LINE_LIMITS } from '../../../relay-server/watch-limits.ts';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const NOW = Date.UTC(2026, 0, 31, 22);

/** Lines on a clock that the test owns, and what they gave to be kept. */
function bench() {
  const clock = { at: NOW };
  const kept: LineLoss[] = [];
  const lines = new Lines({ now: () => clock.at, keep: (loss) => kept.push(loss) });
  return { lines, clock, kept };
}

function loss(at: number, tunnel = 'ftp'): Omit<LineLoss, 'id'> {
  return { tunnel, agent: 'a', at, ms: 4_000, resumed: true };
}

/** About 20:00 on each of these days ago. */
const EVENINGS = [3, 2, 1, 0].map((days) => NOW - days * DAY - 120 * MINUTE);

test('a loss is kept, and shows a pattern at once', () => {
  const { lines, kept } = bench();
  for (const at of EVENINGS) {
    assert.equal(lines.pattern('ftp')?.is, at === EVENINGS[3] ? 'daily' : undefined);
    lines.record(loss(at));
  }
  assert.equal(lines.pattern('shop'), undefined);
  assert.equal(new Set(kept.map(({ id }) => id)).size, EVENINGS.length);
});

test('a pattern survives the relay, in whatever order its losses are read', () => {
  const before = bench();
  for (const at of EVENINGS) before.lines.record(loss(at));
  const { lines, kept } = bench();
  lines.recall(before.kept.toReversed());
  assert.deepEqual(lines.pattern('ftp'), before.lines.pattern('ftp'));
  assert.deepEqual(kept, [], 'what was read is not written again');
});

test('a pattern is forgotten when its days are over, without a further loss', () => {
  const { lines, clock } = bench();
  for (const at of EVENINGS) lines.record(loss(at));
  assert.equal(lines.pattern('ftp')?.is, 'daily');
  clock.at += 6 * DAY;
  assert.equal(lines.pattern('ftp'), undefined);
});

test('of a line that drops all the time the last losses are remembered, and of tunnels the last ones', () => {
  const { lines } = bench();
  for (let i = 0; i < LINE_LIMITS.losses + 50; i++) lines.record(loss(NOW - DAY / 2 + i));
  assert.equal(lines.pattern('ftp')?.losses, LINE_LIMITS.losses);
  for (let i = 0; i < LINE_LIMITS.tunnels; i++) lines.record(loss(NOW, `t${i}`));
  assert.equal(lines.pattern('ftp'), undefined);
});
