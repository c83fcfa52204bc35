import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Millis, orNull } from './common.ts';

/** What was checked, what was seen, and what to do. */
export const CheckView = Type.Object({
  /** Stable: `public-address`, `passive-ports`… */
  code: Type.String(),
  area: Type.Enum(['outside', 'server', 'through']),
  result: Type.Enum(['ok', 'warning', 'failed', 'skipped']),
  title: Type.String(),
  did: Type.String(),
  saw: Type.String(),
  remedy: orNull(Type.String()),
  ms: Type.Integer(),
});
export type CheckView = Static<typeof CheckView>;

export const DoctorRun = Type.Object({
  id: Type.String(),
  tunnel: Type.String(),
  startedAt: Millis,
  /** Null while it runs. */
  finishedAt: orNull(Millis),
  result: Type.Enum(['running', 'ok', 'warning', 'failed']),
  checks: Type.Array(CheckView),
});
export type DoctorRun = Static<typeof DoctorRun>;

export const StartDoctor = Type.Object(
  {
    tunnel: Type.String({ minLength: 1, maxLength: 63 }),
    /** To log in with; without it what needs a login is skipped. Never stored. */
    account: Type.Optional(
      Type.Object(
        {
          user: Type.String({ minLength: 1, maxLength: 256 }),
          password: Type.String({ maxLength: 256 }),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
);
export type StartDoctor = Static<typeof StartDoctor>;
