import { Type } from 'typebox';
import type { Static } from 'typebox';
import { API_LIMITS } from '../limits.ts';
import { ALERT_LIMITS } from '../watch-limits.ts';
import { ALERT_KINDS } from '../alerts/alert.ts';
import { CHANNELS } from '../alerts/channel.ts';
import { Millis, orNull } from './common.ts';

const Kinds = Type.Array(Type.Enum(ALERT_KINDS), { maxItems: ALERT_KINDS.length });
const Grace = Type.Integer({
  minimum: ALERT_LIMITS.shortestGrace,
  maximum: ALERT_LIMITS.longestGrace,
  description: 'milliseconds an agent may be away before somebody is told',
});

/** How alerts are set up. What may hold a secret (paths of URLs, passwords) is never shown. */
export const AlertSettingsView = Type.Object({
  revision: Type.Integer(),
  kinds: Kinds,
  agentGrace: Grace,
  webhook: Type.Object({
    enabled: Type.Boolean(),
    /** `https://HOST:PORT`; its path is not shown. */
    place: orNull(Type.String()),
    /** Whether there is a secret that it is signed with. */
    signed: Type.Boolean(),
  }),
  mail: Type.Object({
    enabled: Type.Boolean(),
    /** `smtp://HOST:PORT`; user and password are not shown. */
    place: orNull(Type.String()),
    from: orNull(Type.String()),
    to: Type.Array(Type.String()),
  }),
});
export type AlertSettingsView = Static<typeof AlertSettingsView>;

const Url = (schemes: string) =>
  Type.String({ maxLength: ALERT_LIMITS.url, pattern: `^(?:${schemes})://[^\\s]+$` });
/** Strict: an address as people have it, without comments, quotes or a display name (RFC 5321 §4.1.2). */
const MailAddress = Type.String({
  maxLength: ALERT_LIMITS.mailAddress,
  pattern: "^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)*$",
});
const strict = { additionalProperties: false };

/** A change: what is absent stays, null takes away. */
export const ChangeAlerts = Type.Partial(
  Type.Object(
    {
      revision: Type.Integer({ minimum: 0 }),
      kinds: Kinds,
      agentGrace: Grace,
      webhook: Type.Partial(
        Type.Object(
          {
            enabled: Type.Boolean(),
            url: orNull(Url('https?')),
            secret: orNull(
              Type.String({
                minLength: ALERT_LIMITS.shortestSecret,
                maxLength: API_LIMITS.secret,
              }),
            ),
          },
          strict,
        ),
      ),
      mail: Type.Partial(
        Type.Object(
          {
            enabled: Type.Boolean(),
            url: orNull(Url('smtps?')),
            from: orNull(MailAddress),
            to: Type.Array(MailAddress, { maxItems: ALERT_LIMITS.recipients }),
          },
          strict,
        ),
      ),
    },
    strict,
  ),
  strict,
);
export type ChangeAlerts = Static<typeof ChangeAlerts>;

/** An attempt to deliver an alert, or that it was given up. */
export const DeliveryView = Type.Object({
  id: Type.String(),
  at: Millis,
  channel: Type.Enum(CHANNELS),
  kind: Type.Enum([...ALERT_KINDS, 'test']),
  state: Type.Enum(['raised', 'resolved']),
  tunnel: orNull(Type.String()),
  text: Type.String(),
  attempt: Type.Integer(),
  /** `failed` is tried again, `refused` and `given-up` are not. */
  result: Type.Enum(['delivered', 'failed', 'refused', 'given-up']),
  /** What the receiver said, or what went wrong. */
  detail: Type.String(),
});
export type DeliveryView = Static<typeof DeliveryView>;
