import type { Page } from '../views/common.ts';
import type { Role } from '../views/access.ts';

/** Somebody who logs in to the dashboard. */
export interface User {
  readonly id: string;
  /** `[a-z0-9][a-z0-9._-]{0,62}`, unique. */
  readonly name: string;
  readonly role: Role;
  readonly disabled: boolean;
  /** His password was chosen by somebody else. */
  readonly mustChangePassword: boolean;
  /** He has a second factor. */
  readonly totp: boolean;
  readonly recoveryCodesLeft: number;
  readonly createdAt: number;
  readonly lastLoginAt: number | null;
  /** Starts at 1, grows by one with each change by an administrator or by himself. */
  readonly revision: number;
}

/** What a user proves himself with. Never shown. */
export interface Credentials {
  /** Argon2id in PHC form. */
  readonly password: string;
  /** Base32; null without a second factor. */
  readonly totpSecret: string | null;
  /** A secret that was shown and not confirmed yet. */
  readonly totpPending: string | null;
}

export interface NewUser {
  readonly name: string;
  readonly role: Role;
  /** Argon2id in PHC form. */
  readonly password: string;
  readonly mustChangePassword: boolean;
}

/** What of a user can be changed; an absent field stays. `totp` can be taken away only. */
export interface UserChanges {
  readonly role?: Role;
  readonly disabled?: boolean;
  readonly password?: string;
  readonly mustChangePassword?: boolean;
  readonly totp?: false;
}

/** A second factor that its user has shown to have. */
export interface ConfirmedTotp {
  readonly secret: string;
  /** The time step he has shown it with, which is used up. */
  readonly step: number;
  /** Hashes of his recovery codes. */
  readonly codes: readonly string[];
}

export interface UserStore {
  /** @throws GangwayError `user-name-taken`, `too-many-users`. */
  create(user: NewUser): Promise<User>;
  /** By name. */
  list(): Promise<User[]>;
  get(id: string): Promise<User | undefined>;
  byName(name: string): Promise<User | undefined>;
  credentials(id: string): Promise<Credentials | undefined>;
  /**
   * @param revision the change is made only if the user still has this revision.
   * @returns undefined if there is no such user.
   * @throws GangwayError `revision-conflict`; `last-admin` if nobody could change anything any more.
   */
  update(id: string, changes: UserChanges, revision?: number): Promise<User | undefined>;
  /** With his logins. False if there is none. @throws GangwayError `last-admin`. */
  delete(id: string): Promise<boolean>;
  /** Notes a login. */
  loggedIn(id: string): Promise<void>;
  /** Keeps a secret that is to be confirmed; the one in use stays. */
  offerTotp(id: string, secret: string): Promise<void>;
  /** Makes the secret the one in use. False if it is not the one offered last. */
  confirmTotp(id: string, confirmed: ConfirmedTotp): Promise<boolean>;
  /** Uses up a time step and all before it. False if that was done before: a code counts once. */
  spendTotpStep(id: string, step: number): Promise<boolean>;
  /** Uses up a recovery code. False if it is none that is left. @param hash of the code. */
  spendRecoveryCode(id: string, hash: string): Promise<boolean>;
}

/** A browser that is logged in. */
export interface Login {
  readonly id: string;
  readonly userId: string;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly expiresAt: number;
  /** The address it was last refreshed from. */
  readonly from: string;
  readonly browser: string;
}

export interface NewLogin {
  readonly userId: string;
  readonly from: string;
  readonly browser: string;
}

/** A login with the secret that refreshes it; the only time that is seen in clear. */
export interface OpenedLogin {
  readonly login: Login;
  readonly secret: string;
}

/** The answer to a secret that is to refresh a login. */
export type Refreshment =
  /** `secret` is the next one; absent if another tab has just had it. */
  | { readonly ok: true; readonly login: Login; readonly secret?: string }
  /** `reused`: the secret was used before, so somebody has a copy; the login has been ended. */
  | { readonly ok: false; readonly reason: 'unknown' | 'reused' };

export interface LoginStore {
  open(login: NewLogin): Promise<OpenedLogin>;
  /** The login with its user, while it lasts and he is not disabled. */
  find(id: string): Promise<{ login: Login; user: User } | undefined>;
  /** Of a user, the last used first. */
  list(userId: string): Promise<Login[]>;
  refresh(secret: string, from: string): Promise<Refreshment>;
  /** False if it is not a login of this user. */
  end(id: string, userId: string): Promise<boolean>;
  /** Ends the user's logins, but for the one excepted. */
  endAll(userId: string, except?: string): Promise<number>;
}

export interface ApiToken {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
  /** Null for never. */
  readonly expiresAt: number | null;
}

export interface NewToken {
  readonly name: string;
  /** `admin` if left out. */
  readonly role?: Role;
  /** Never if left out. */
  readonly expiresAt?: number | null;
}

export interface TokenStore {
  /** A new token; the only time it is seen in clear. @throws GangwayError `too-many-tokens`. */
  create(token: NewToken): Promise<{ id: string; name: string; token: string }>;
  /** By creation. */
  list(): Promise<ApiToken[]>;
  get(id: string): Promise<ApiToken | undefined>;
  /** False if there is none. */
  revoke(id: string): Promise<boolean>;
  /** The token's entry, its use noted; undefined if it is not one of ours or has expired. */
  verify(token: string): Promise<ApiToken | undefined>;
}

/** A change as it is remembered. */
export interface AuditEntry {
  readonly id: string;
  readonly at: number;
  readonly actor: string;
  readonly from: string;
  readonly action: string;
  readonly target: string;
  /** Null if there is nothing to tell. */
  readonly before: unknown;
  readonly after: unknown;
}

/** Which entries are wanted; times inclusive. */
export interface AuditFilter {
  readonly actor?: string;
  readonly action?: string;
  readonly target?: string;
  readonly since?: number;
  readonly until?: number;
  readonly cursor?: string;
  readonly limit?: number;
}

export interface AuditStore {
  append(entry: Omit<AuditEntry, 'id' | 'at'>): Promise<void>;
  /** The newest first. @throws GangwayError `cursor-invalid`. */
  page(filter: AuditFilter): Promise<Page<AuditEntry>>;
}
