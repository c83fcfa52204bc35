import { Type } from 'typebox';
import type { Static } from 'typebox';
import { BAN_LIMITS, HISTORY_LIMITS } from '../watch-limits.ts';

const BanTime = Type.Integer({
  minimum: BAN_LIMITS.shortest,
  maximum: BAN_LIMITS.longest,
  description: 'milliseconds',
});

const banRules = {
  /** Whether addresses are banned by themselves. */
  enabled: Type.Boolean(),
  /** Failed logins of one address after which it is banned. */
  failures: Type.Integer({ minimum: 1, maximum: 1_000 }),
  /** Time within which they count. */
  within: BanTime,
  /** How long it is banned. */
  duration: BanTime,
  /** Whether that goes for the relay's own machine, too. */
  loopback: Type.Boolean(),
  /** Networks that are never banned by themselves. */
  never: Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: BAN_LIMITS.never }),
};

const RetentionDays = Type.Integer({
  minimum: HISTORY_LIMITS.shortestDays,
  maximum: HISTORY_LIMITS.longestDays,
});

/** What is set for the whole relay while it runs. */
export const SettingsView = Type.Object({
  /** How long history is kept. */
  retentionDays: RetentionDays,
  bans: Type.Object(banRules),
  revision: Type.Integer(),
});
export type SettingsView = Static<typeof SettingsView>;

/** A change; what is left out stays. It is made only if the revision named is still the present one. */
export const ChangeSettings = Type.Object(
  {
    retentionDays: Type.Optional(RetentionDays),
    bans: Type.Optional(
      Type.Object(
        {
          enabled: Type.Optional(banRules.enabled),
          failures: Type.Optional(banRules.failures),
          within: Type.Optional(banRules.within),
          duration: Type.Optional(banRules.duration),
          loopback: Type.Optional(banRules.loopback),
          never: Type.Optional(banRules.never),
        },
        { additionalProperties: false },
      ),
    ),
    revision: Type.Optional(Type.Integer({ minimum: 1 })),
  },
  { additionalProperties: false },
);
export type ChangeSettings = Static<typeof ChangeSettings>;
