import { setTimeout as delay } from 'node:timers/promises';
import { carriersKilled, faultNamed, frozen, loss } from '../faults.ts';
import type { Fault, Field } from '../faults.ts';
import type { Chance } from './chance.ts';

/** Between two faults, in milliseconds. */
const LEAST_PAUSE_MS = 3_000;
const MOST_PAUSE_MS = 15_000;
const KILLS: readonly Fault[] = [
  faultNamed('agents killed and started'),
  faultNamed('relay killed and started'),
];

/** When faults end, and until when they kill programs (`performance.now()`). */
export interface Until {
  readonly faults: number;
  readonly kills: number;
}

/**
 * One fault after the other until that time. Programs are killed in the beginning only: how much memory one
 * takes in the long run shows in one life.
 * @returns how often each happened
 * @throws Error when a program does not come up again
 */
export async function strikeAtRandom(
  field: Field,
  chance: Chance,
  until: Until,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (;;) {
    await delay(chance.between(LEAST_PAUSE_MS, MOST_PAUSE_MS));
    const now = performance.now();
    if (now > until.faults) return counts;
    const fault = chance.of([...harmless(chance), ...(now < until.kills ? KILLS : [])]);
    console.error(`${new Date().toISOString()} ${fault.name}`);
    await fault.strike(field);
    counts.set(fault.name, (counts.get(fault.name) ?? 0) + 1);
  }
}

/** What links are to outlive, of random length. */
function harmless(chance: Chance): Fault[] {
  const seconds = (): number => Math.round(chance.magnitude(1, 40));
  return [
    loss(seconds(), 'both'),
    loss(seconds(), 'out'),
    loss(seconds(), 'in'),
    frozen(seconds()),
    carriersKilled(Math.round(chance.between(1, 10))),
    faultNamed('every carrier reset'),
    faultNamed("the router's public address changed"),
  ];
}
