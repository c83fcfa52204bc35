import { Type } from 'typebox';
import type { Static } from 'typebox';
import { CLIENT_PROGRAMS } from '../../shared/diagnosis/programs.ts';
import { Millis, orNull } from './common.ts';
import { ExplanationView } from './findings.ts';

const Direction = Type.Enum(['download', 'upload']);

/** A transfer under way. */
export const RunningTransfer = Type.Object({
  verb: Type.String(),
  name: Type.String(),
  direction: Direction,
  startedAt: Millis,
  /** Payload bytes delivered on the public side so far. */
  bytes: Type.Integer(),
  /** The whole file's, where the server has said it. */
  size: orNull(Type.Integer()),
  /** Bytes per second over the last seconds. */
  rate: Type.Number(),
});
export type RunningTransfer = Static<typeof RunningTransfer>;

/** A live session. */
export const SessionView = Type.Object({
  id: Type.String(),
  tunnel: Type.String(),
  client: Type.String({ description: 'IP address' }),
  clientPort: Type.Integer(),
  user: orNull(Type.String()),
  /** Logged in. */
  loggedIn: Type.Boolean(),
  program: Type.Enum(CLIENT_PROGRAMS),
  /** As the client calls itself, or what it is taken for. */
  programName: orNull(Type.String()),
  /** `TLSv1.3`…; null in clear. */
  tls: orNull(Type.String()),
  /** How its last data connection came about: PASV, EPSV, PORT or EPRT. */
  mode: orNull(Type.String()),
  openedAt: Millis,
  /** The last command, without secrets. */
  command: orNull(Type.String()),
  transfer: orNull(RunningTransfer),
  /** Payload bytes of all its transfers. */
  bytesDown: Type.Integer(),
  bytesUp: Type.Integer(),
});
export type SessionView = Static<typeof SessionView>;

/** How a visit ended. */
export const OUTCOMES = ['ok', 'failed-transfer', 'failed-login', 'turned-away', 'broken'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** A session that is over, or an attempt that led to none. */
export const PastSession = Type.Object({
  id: Type.String(),
  tunnel: Type.String(),
  client: Type.String(),
  user: orNull(Type.String()),
  program: Type.Enum(CLIENT_PROGRAMS),
  programName: orNull(Type.String()),
  tls: orNull(Type.String()),
  openedAt: Millis,
  closedAt: Millis,
  outcome: Type.Enum(OUTCOMES),
  /** Who ended it, and why. */
  closedBy: Type.String(),
  reason: Type.String(),
  transfers: Type.Integer(),
  bytesDown: Type.Integer(),
  bytesUp: Type.Integer(),
  /** Codes of its findings. */
  findings: Type.Array(Type.String()),
});
export type PastSession = Static<typeof PastSession>;

/** One step of a visit in words. */
export const TimelineEntry = Type.Object({
  at: Millis,
  side: Type.Enum(['client', 'relay', 'agent', 'server']),
  text: Type.String(),
  /** Something that went wrong. */
  fault: Type.Boolean(),
});
export type TimelineEntry = Static<typeof TimelineEntry>;

/** A visit with its story; `live` and `past` exclude each other. */
export const SessionStory = Type.Object({
  live: orNull(SessionView),
  past: orNull(PastSession),
  timeline: Type.Array(TimelineEntry),
  /** Entries between that were not kept. */
  omitted: Type.Integer(),
  findings: Type.Array(ExplanationView),
});
export type SessionStory = Static<typeof SessionStory>;

/** A transfer that is over. */
export const TransferView = Type.Object({
  id: Type.String(),
  session: Type.String(),
  tunnel: Type.String(),
  client: Type.String(),
  user: orNull(Type.String()),
  verb: Type.String(),
  name: Type.String(),
  direction: Direction,
  bytes: Type.Integer(),
  size: orNull(Type.Integer()),
  startedAt: Millis,
  ms: Type.Integer(),
  code: Type.Integer(),
  ok: Type.Boolean(),
  /** Who broke it off and why, if somebody did. */
  broken: orNull(Type.String()),
});
export type TransferView = Static<typeof TransferView>;
