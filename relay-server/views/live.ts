import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Millis, orNull } from './common.ts';
import { FindingView } from './findings.ts';
import { SessionView, TransferView } from './sessions.ts';

/** A tunnel as the overview has it. */
export const TunnelBrief = Type.Object({
  name: Type.String(),
  publicAddress: Type.String(),
  /** `up`; `waiting`: no agent was ever there; `down`: its agent is away, or its port is not open. */
  state: Type.Enum(['up', 'waiting', 'down']),
  /** Since when it is so; null if that is not known. */
  since: orNull(Millis),
  /** Why it is down, or what holds it up. */
  problem: orNull(Type.String()),
  sessions: Type.Integer(),
  transfers: Type.Integer(),
});
export type TunnelBrief = Static<typeof TunnelBrief>;

/** A moment of the whole relay. Rates are bytes per second. */
export const Sample = Type.Object({
  at: Millis,
  sessions: Type.Integer(),
  transfers: Type.Integer(),
  rateDown: Type.Number(),
  rateUp: Type.Number(),
});
export type Sample = Static<typeof Sample>;

/** Once a second: the relay as it stands. */
export const Tick = Type.Object({
  sample: Sample,
  tunnelsUp: Type.Integer(),
  tunnelsDown: Type.Integer(),
  /** Grows whenever history has something new: lists of it can be read again. */
  written: Type.Integer(),
  /** Running transfers, largest rate first; as many as a screen shows. */
  transfers: Type.Array(SessionView),
  /** Tunnels whose brief has changed since the tick before; all in the first. */
  tunnels: Type.Array(TunnelBrief),
});
export type Tick = Static<typeof Tick>;

/** The relay at a glance. */
export const Overview = Type.Object({
  tick: Tick,
  /** Of the last day, newest first. */
  findings: Type.Array(FindingView),
});
export type Overview = Static<typeof Overview>;

/**
 * The page of live sessions that is watched, once a second while it changes. Positions are those of the list
 * that `GET /sessions` has with the same filter.
 */
export const WatchedSessions = Type.Object({
  total: Type.Integer(),
  items: Type.Array(SessionView),
  nextCursor: orNull(Type.String()),
});
export type WatchedSessions = Static<typeof WatchedSessions>;

/** Kinds of server-sent events and what they carry. Those that are news have ids and can be resumed. */
export const LiveEvents = {
  tick: Tick,
  sessions: WatchedSessions,
  /** A tunnel was made, changed or deleted; null stands for deleted. */
  tunnel: Type.Object({ name: Type.String(), brief: orNull(TunnelBrief) }),
  transfer: TransferView,
  finding: FindingView,
  /** Events were lost: read everything anew. */
  resync: Type.Object({}),
} as const;
