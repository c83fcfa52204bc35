import { Type } from 'typebox';
import type { Static, TInteger } from 'typebox';
import { Millis, orNull } from './common.ts';

/** Links of agents as they are now. Sizes are bytes. */

function bytes(description: string): TInteger {
  return Type.Integer({ description: `bytes: ${description}` });
}

const RoundTrip = orNull(
  Type.Number({
    description: 'milliseconds, queues included; null before the first measurement',
  }),
);

/** One WebSocket of a link. */
export const CarrierView = Type.Object({
  id: Type.Integer({ description: 'counts the carriers of this link, from 1' }),
  since: Millis,
  roundTrip: RoundTrip,
  backlog: bytes('handed to it, and not taken by the kernel yet'),
  sent: bytes('of frames sent on it'),
  received: bytes('of frames received on it'),
});
export type CarrierView = Static<typeof CarrierView>;

/** The link of an agent: how it is, and what has happened to it since it began. */
export const LinkView = Type.Object({
  carrierCount: Type.Integer({ description: 'carriers it has; 0 while it waits for the agent' }),
  carriers: Type.Array(CarrierView),
  waitingSince: orNull(
    Type.Integer({
      description:
        'milliseconds since 1970 from which on it has had no carrier, and transfers wait; null while it has one',
    }),
  ),
  carriersLost: Type.Integer({ description: 'carriers that were lost, whatever for' }),
  resumes: Type.Integer({
    description: 'times it lost its last carrier and went on over another one',
  }),
  lastResumedAt: orNull(Millis),
  stalls: Type.Integer({
    description: 'carriers given up because others of the link answered and they did not',
  }),
  resent: bytes('sent again because their carrier was lost'),
  windows: bytes('receive windows granted to all its streams together'),
  largestWindow: bytes('the largest of these windows'),
  unacknowledged: bytes('sent, and kept until the agent acknowledges them'),
});
export type LinkView = Static<typeof LinkView>;
