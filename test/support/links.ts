/** Links of agents as they are seen, made up. */
import type { LinkView } from '../../relay-server/views/links.ts';
import type { CarrierFacts, LinkFacts } from '../../shared/mux/link-facts.ts';

/** A carrier to which nothing has happened. */
export function carrierFacts(changes: Partial<CarrierFacts> = {}): CarrierFacts {
  return { id: 1, since: 0, roundTrip: 20, backlog: 0, sent: 0, received: 0, ...changes };
}

/** A link with one carrier to which nothing has happened. */
export function linkFacts(changes: Partial<LinkFacts> = {}): LinkFacts {
  return {
    carriers: [carrierFacts()],
    waitingSince: undefined,
    carriersLost: 0,
    resumes: 0,
    stalls: 0,
    resent: 0,
    windows: 0,
    largestWindow: 0,
    unacknowledged: 0,
    ...changes,
  };
}

/** The same as the API shows it. */
export function shownLink(changes: Partial<LinkView> = {}): LinkView {
  const { carriers, ...counts } = linkFacts();
  return {
    ...counts,
    carrierCount: carriers.length,
    carriers: [{ ...carrierFacts(), roundTrip: 20 }],
    waitingSince: null,
    lastResumedAt: null,
    ...changes,
  };
}
