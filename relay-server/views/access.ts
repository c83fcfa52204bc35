import { Type } from 'typebox';
import type { Static } from 'typebox';
import { API_LIMITS } from '../limits.ts';
import { BAN_LIMITS } from '../watch-limits.ts';
import { Millis, orNull, PRINTABLE } from './common.ts';

/** What somebody may do: look, or change everything. */
export const ROLES = ['viewer', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export const UserName = Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{0,62}$' });
export const Password = Type.String({
  minLength: API_LIMITS.passwordShortest,
  maxLength: API_LIMITS.secret,
});
const Name = Type.String({ minLength: 1, maxLength: API_LIMITS.displayName, pattern: PRINTABLE });

export const UserView = Type.Object({
  name: UserName,
  role: Type.Enum(ROLES),
  disabled: Type.Boolean(),
  totp: Type.Boolean(),
  createdAt: Millis,
  lastLoginAt: orNull(Millis),
  revision: Type.Integer(),
});
export type UserView = Static<typeof UserView>;

const Revision = Type.Integer({ minimum: 1 });

export const CreateUser = Type.Object(
  { name: UserName, role: Type.Enum(ROLES), password: Password },
  { additionalProperties: false },
);
export type CreateUser = Static<typeof CreateUser>;

const userChanges = {
  role: Type.Optional(Type.Enum(ROLES)),
  /** One that he has to replace when he logs in; it ends his logins. */
  password: Type.Optional(Password),
  disabled: Type.Optional(Type.Boolean()),
  /** Takes the second factor away from somebody who has lost it. */
  totp: Type.Optional(Type.Literal(false)),
};
export const ChangeUser = Type.Object(userChanges, { additionalProperties: false });
export type ChangeUser = Static<typeof ChangeUser>;

/** A change that is made only if the user still has the revision named. */
export const ChangeUserRequest = Type.Object(
  { ...userChanges, revision: Type.Optional(Revision) },
  { additionalProperties: false },
);

/** Who is logged in. */
export const Me = Type.Object({
  name: UserName,
  role: Type.Enum(ROLES),
  totp: Type.Boolean(),
  /** The password was not chosen by him: he has to choose one before anything else. */
  mustChangePassword: Type.Boolean(),
  recoveryCodesLeft: Type.Integer(),
});
export type Me = Static<typeof Me>;

/** A password as somebody typed it, right or wrong. */
const Typed = Type.String({ minLength: 1, maxLength: API_LIMITS.secret });
/** Of the authenticator app, or a recovery code. */
const Code = Type.String({ minLength: 1, maxLength: API_LIMITS.typedCode });

export const LoginRequest = Type.Object(
  {
    user: Type.String({ minLength: 1, maxLength: API_LIMITS.displayName }),
    password: Typed,
    code: Type.Optional(Code),
  },
  { additionalProperties: false },
);

export const ChangePassword = Type.Object(
  { current: Typed, next: Password },
  { additionalProperties: false },
);

export const TypedPassword = Type.Object({ password: Typed }, { additionalProperties: false });
export const TypedCode = Type.Object({ code: Code }, { additionalProperties: false });

/** A second factor to be confirmed. */
export const TotpOffer = Type.Object({
  secret: Type.String({ description: 'base32, to be typed' }),
  uri: Type.String({ description: 'otpauth://, to be opened on the phone' }),
  qr: Type.String({ description: 'the same as a picture, SVG' }),
});

/** Shown once; each is good for one login without the phone. */
export const RecoveryCodes = Type.Object({ recoveryCodes: Type.Array(Type.String()) });

/** A browser that is logged in. */
export const LoginView = Type.Object({
  id: Type.String(),
  current: Type.Boolean(),
  createdAt: Millis,
  lastUsedAt: Millis,
  from: Type.String(),
  browser: Type.String(),
});
export type LoginView = Static<typeof LoginView>;

export const TokenView = Type.Object({
  id: Type.String(),
  name: Name,
  role: Type.Enum(ROLES),
  createdAt: Millis,
  lastUsedAt: orNull(Millis),
  expiresAt: orNull(Millis),
});
export type TokenView = Static<typeof TokenView>;

export const CreateToken = Type.Object(
  { name: Name, role: Type.Enum(ROLES), expiresAt: Type.Optional(orNull(Millis)) },
  { additionalProperties: false },
);
export type CreateToken = Static<typeof CreateToken>;

export const AuditView = Type.Object({
  id: Type.String(),
  at: Millis,
  /** `user:NAME`, `token:NAME`, `command-line` or `relay`. */
  actor: Type.String(),
  from: Type.String(),
  /** `tunnel.update`, `agent.revoke`… */
  action: Type.String(),
  target: Type.String(),
  before: Type.Unknown(),
  after: Type.Unknown(),
});
export type AuditView = Static<typeof AuditView>;

export const BanView = Type.Object({
  id: Type.String(),
  network: Type.String({ description: 'address or network in CIDR notation' }),
  /** Null for all tunnels. */
  tunnel: orNull(Type.String()),
  reason: Type.String(),
  /** By failed logins, not by a person. */
  automatic: Type.Boolean(),
  createdAt: Millis,
  /** Null for ever. */
  until: orNull(Millis),
});
export type BanView = Static<typeof BanView>;

/** A ban that somebody wants. */
export const CreateBan = Type.Object(
  {
    network: Type.String({ minLength: 1, maxLength: 64 }),
    /** All tunnels if left out or null. */
    tunnel: Type.Optional(orNull(Type.String({ minLength: 1, maxLength: 63 }))),
    reason: Type.String({ minLength: 1, maxLength: BAN_LIMITS.reason, pattern: PRINTABLE }),
    /** For ever if left out or null. */
    until: Type.Optional(orNull(Millis)),
    /** Also if the network has the address the request comes from. */
    force: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
export type CreateBan = Static<typeof CreateBan>;
