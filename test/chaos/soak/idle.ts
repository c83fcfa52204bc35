import { setTimeout as delay } from 'node:timers/promises';
import type { Counts, GangwayProcess } from '../../support/gangway.ts';
import type { GangwayUnderFire } from '../gangway-under-fire.ts';

/** What relay and agents hold, in this order. */
export type Held = readonly Counts[];

const POLL_MS = 1_000;
/** Links close carriers they do not need any more after a minute. */
const IDLE_WITHIN_MS = 150_000;
/** Counted so often in a row. */
const SAME_COUNTS = 5;

/** What is held once nobody is there and the same was counted several times in a row; the last count in any case. */
export async function idleCounts(gangway: GangwayUnderFire): Promise<Held> {
  return pollCounts(gangway, (now, before) => sameCounts(now, before));
}

/** What is held once that is as much as before; the last count in any case. */
export async function returnToIdle(gangway: GangwayUnderFire, idle: Held): Promise<Held> {
  return pollCounts(gangway, (now) => sameCounts(now, idle));
}

export function sameCounts(one: Held, other: Held): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

async function pollCounts(
  gangway: GangwayUnderFire,
  isGood: (now: Held, before: Held) => boolean,
): Promise<Held> {
  const deadline = performance.now() + IDLE_WITHIN_MS;
  let before = await countAll(gangway);
  for (let good = 0; good < SAME_COUNTS && performance.now() < deadline;) {
    await delay(POLL_MS);
    const now = await countAll(gangway);
    const isIdle = now.every(({ sessions }) => sessions === 0);
    good = isIdle && isGood(now, before) ? good + 1 : 0;
    before = now;
  }
  return before;
}

function countAll({ relay, agents }: GangwayUnderFire): Promise<Held> {
  return Promise.all([relay, ...agents].map(count));
}

async function count(program: GangwayProcess): Promise<Counts> {
  const { sessions, streams, channels, handles } = await program.counts();
  return { sessions, streams, channels, handles };
}
