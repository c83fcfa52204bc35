import { DIAGNOSIS_LIMITS } from '../limits.ts';

/** The line to an agent was down from `at`, milliseconds since 1970, for `ms` milliseconds. */
export interface LineDown {
  readonly at: number;
  readonly ms: number;
}

/** What the losses of a line have in common. `losses` is how many show it. */
export type LinePattern =
  /** Each connection was cut at the same age; `every` is that age in milliseconds. */
  | { readonly is: 'regular'; readonly every: number; readonly losses: number }
  /** At the same time of day, `minute` of the day in UTC, on so many of the last seven days. */
  | {
      readonly is: 'daily';
      readonly minute: number;
      readonly days: number;
      readonly losses: number;
    }
  /** Many within a day, at no particular time. */
  | { readonly is: 'often'; readonly losses: number };

const DAY = 86_400_000;
/** How far back losses say something. */
export const PATTERN_TIME = 7 * DAY;

/**
 * What the losses of the last seven days show; undefined where that is nothing. Pure.
 * @param losses in the order of time
 * @param now milliseconds since 1970
 */
export function linePattern(losses: readonly LineDown[], now: number): LinePattern | undefined {
  const week = losses.filter(({ at }) => at > now - PATTERN_TIME && at <= now);
  const today = week.filter(({ at }) => at > now - DAY);
  const isLive = today.length > 0;
  return (isLive ? regular(week) : undefined) ?? daily(week) ?? often(today);
}

/** Whatever cuts connections at a certain age cuts nearly all of them; one or two may have ended otherwise. */
function regular(losses: readonly LineDown[]): LinePattern | undefined {
  const { lineAges, lineAgesAlike, lineAgeShortest, lineAgeLongest } = DIAGNOSIS_LIMITS;
  const ages = losses
    .map(({ at }, index) => at - endOf(losses[index - 1]))
    .slice(1)
    .slice(-lineAges);
  const every = median(ages);
  if (every < lineAgeShortest || every > lineAgeLongest) return undefined;
  const alike = ages.filter((age) => Math.abs(age - every) <= every / 10).length;
  return alike < lineAgesAlike ? undefined : { is: 'regular', every, losses: alike };
}

function endOf(loss: LineDown | undefined): number {
  return loss === undefined ? 0 : loss.at + loss.ms;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** Losses close behind one another are one trouble: a bad quarter of an hour is no pattern. */
function daily(losses: readonly LineDown[]): LinePattern | undefined {
  const { lineWindow, lineDays } = DIAGNOSIS_LIMITS;
  const troubles = losses
    .map(({ at }) => at)
    .filter((at, index, all) => at - (all[index - 1] ?? -Infinity) > lineWindow);
  let best: { days: number; at: number; near: readonly number[] } | undefined;
  for (const centre of troubles) {
    const near = troubles.filter((at) => Math.abs(distance(at, centre)) <= lineWindow);
    const days = new Set(near.map((at) => Math.round((at - centre) / DAY))).size;
    if (best === undefined || days > best.days) best = { days, at: centre, near };
  }
  if (best === undefined || best.days < lineDays) return undefined;
  const { days, at, near } = best;
  // Where it drops at any time, it drops at this one, too.
  if (near.length * 3 < troubles.length * 2) return undefined;
  const middle = at + median(near.map((one) => distance(one, at)));
  const minute = Math.floor((((middle % DAY) + DAY) % DAY) / 60_000);
  const within = losses.filter((one) => Math.abs(distance(one.at, middle)) <= lineWindow);
  return { is: 'daily', minute, days, losses: within.length };
}

/** Milliseconds from one time of day to another, at most half a day either way. */
function distance(at: number, from: number): number {
  const ahead = (((at - from) % DAY) + DAY) % DAY;
  return ahead > DAY / 2 ? ahead - DAY : ahead;
}

function often(losses: readonly LineDown[]): LinePattern | undefined {
  if (losses.length < DIAGNOSIS_LIMITS.lineLosses) return undefined;
  return { is: 'often', losses: losses.length };
}
