import type { LinkFacts } from '../../shared/mux/link-facts.ts';
import type { LinkView } from '../views/links.ts';

/** Two clocks at the same moment. */
export interface Clocks {
  /** The link's, in milliseconds. */
  readonly link: number;
  /** Milliseconds since 1970. */
  readonly wall: number;
}

/**
 * A link as administration sees it.
 * @param lastResumedAt milliseconds since 1970; undefined if it never went on again
 */
export function linkView(
  facts: LinkFacts,
  now: Clocks,
  lastResumedAt: number | undefined,
): LinkView {
  const moment = (at: number): number => Math.round(now.wall - (now.link - at));
  const { carriers, waitingSince, ...counts } = facts;
  return {
    carrierCount: carriers.length,
    carriers: carriers.map(({ since, roundTrip, ...more }) => ({
      ...more,
      since: moment(since),
      roundTrip: roundTrip ?? null,
    })),
    waitingSince: waitingSince === undefined ? null : moment(waitingSince),
    ...counts,
    lastResumedAt: lastResumedAt ?? null,
  };
}
