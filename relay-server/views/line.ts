import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Millis, orNull } from './common.ts';
import { CauseView } from './findings.ts';

/** The line between the relay and an agent was down: the agent's link had no carrier. */
export const LineLoss = Type.Object({
  id: Type.String(),
  tunnel: Type.String(),
  agent: Type.String({ description: 'id of the agent' }),
  /** When it began. */
  at: Millis,
  ms: Type.Integer({
    description: 'milliseconds until the link went on, or until it was given up',
  }),
  resumed: Type.Boolean({
    description: 'the link went on, and transfers with it; else they were broken off',
  }),
});
export type LineLoss = Static<typeof LineLoss>;

/** The line of a tunnel's agents: what its losses show, and the losses, the newest first. */
export const LineView = Type.Object({
  /** Null where no pattern is seen. */
  finding: orNull(CauseView),
  items: Type.Array(LineLoss),
  nextCursor: orNull(Type.String()),
});
export type LineView = Static<typeof LineView>;
