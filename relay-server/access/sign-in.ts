import { GangwayError } from '../../shared/errors.ts';
import { ACCESS_LIMITS } from '../limits.ts';
import { FixedWindow } from '../http/fixed-window.ts';
import type { Login, OpenedLogin, User } from '../store/access.ts';
import { canonicalRecoveryCode, hashSecret } from '../store/secrets.ts';
import type { Store } from '../store/store.ts';
import { counting } from './attempts.ts';
import type { Passwords } from './passwords.ts';
import { totpStep } from './second-factor.ts';

export interface SignInOptions {
  readonly store: Pick<Store, 'users' | 'logins'>;
  readonly passwords: Passwords;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds, never going back; for counting attempts. */
  readonly ticks: () => number;
}

/** What somebody shows to get in. */
export interface Attempt {
  readonly user: string;
  readonly password: string;
  /** Of the second factor, or a recovery code. */
  readonly code?: string;
  /** The key his address is counted by. */
  readonly address: string;
  readonly from: string;
  readonly browser: string;
}

/** Somebody who got in. */
export interface Entry extends OpenedLogin {
  readonly user: User;
  /** By which means, besides the password. */
  readonly by: 'password' | 'totp' | 'recovery-code';
}

/** The way in: password, second factor, and how often one may be wrong. */
export class SignIn {
  readonly #options: SignInOptions;
  readonly #byAddress: FixedWindow;
  readonly #byUser: FixedWindow;
  readonly #codesByUser: FixedWindow;

  constructor(options: SignInOptions) {
    this.#options = options;
    const { addressFailures, addressWindow, userFailures, userWindow } = ACCESS_LIMITS;
    const counted = { keys: ACCESS_LIMITS.counted, now: options.ticks };
    this.#byAddress = new FixedWindow({
      ...counted,
      limit: addressFailures,
      window: addressWindow,
    });
    this.#byUser = new FixedWindow({ ...counted, limit: userFailures, window: userWindow });
    const codes = { limit: ACCESS_LIMITS.codeFailures, window: userWindow };
    this.#codesByUser = new FixedWindow({ ...counted, ...codes });
  }

  /**
   * Opens a login. Whether there is such a user can be told neither from the answer nor from its time.
   * @throws GangwayError `login-refused`, `second-factor-required`, `login-busy`, `too-many-attempts`.
   */
  async enter(attempt: Attempt): Promise<Entry> {
    const { users, logins } = this.#options.store;
    const name = attempt.user.trim().toLowerCase();
    const user = await users.byName(name);
    let by: Entry['by'] = 'password';
    const against = [
      { window: this.#byAddress, key: attempt.address },
      { window: this.#byUser, key: name },
    ];
    const passed = await counting(against, async () => {
      const known = await users.credentials(user?.id ?? '');
      const right = await this.#options.passwords.matches(attempt.password, known?.password);
      if (!right || user === undefined || user.disabled) return false;
      if (known === undefined || known.totpSecret === null) return true;
      if (attempt.code === undefined) throw secondFactorRequired();
      const way = await this.#spend(user.id, known.totpSecret, attempt.code);
      by = way ?? by;
      return way !== undefined;
    });
    if (!passed || user === undefined) throw refused();
    await users.loggedIn(user.id);
    const { from, browser } = attempt;
    const opened = await logins.open({ userId: user.id, from, browser });
    // Read anew: a code that was used up is one less.
    return { user: (await users.get(user.id)) ?? user, by, ...opened };
  }

  /**
   * Whether the password is that of a user who is in already.
   * @throws GangwayError `password-wrong`, `login-busy`, `too-many-attempts`.
   */
  async confirm(user: User, password: string): Promise<void> {
    const { store, passwords } = this.#options;
    // Apart from those at the door, so that nobody outside can keep him from changing his password.
    const against = [{ window: this.#codesByUser, key: `inside ${user.id}` }];
    const right = await counting(against, async () =>
      passwords.matches(password, (await store.users.credentials(user.id))?.password),
    );
    if (right) return;
    throw new GangwayError('password-wrong', 'that is not your password', {
      remedy: 'Type the password you logged in with.',
    });
  }

  /**
   * Goes on with a login.
   * @returns the login, and the next secret unless another tab has just had it.
   * @throws GangwayError `login-over`; `login-reused` if somebody has a copy of the secret.
   */
  async goOn(secret: string, from: string): Promise<{ login: Login; user: User; secret?: string }> {
    const { logins } = this.#options.store;
    const answer = await logins.refresh(secret, from);
    if (!answer.ok) throw over(answer.reason);
    const found = await logins.find(answer.login.id);
    if (found === undefined) throw over('unknown');
    return { ...found, ...(answer.secret !== undefined && { secret: answer.secret }) };
  }

  /** Ends the login of a secret, if that is still good. */
  async leave(secret: string, from: string): Promise<void> {
    const { logins } = this.#options.store;
    const answer = await logins.refresh(secret, from);
    if (answer.ok) await logins.end(answer.login.id, answer.login.userId);
  }

  /** Uses a code up. Undefined if it is none. */
  async #spend(id: string, secret: string, code: string): Promise<Entry['by'] | undefined> {
    const { store, now } = this.#options;
    let by: Entry['by'] | undefined;
    await counting([{ window: this.#codesByUser, key: id }], async () => {
      const step = totpStep(secret, code, now());
      const recovery = step === undefined ? canonicalRecoveryCode(code) : undefined;
      if (step !== undefined && (await store.users.spendTotpStep(id, step))) by = 'totp';
      if (recovery !== undefined && (await store.users.spendRecoveryCode(id, hashSecret(recovery))))
        by = 'recovery-code';
      return by !== undefined;
    });
    return by;
  }
}

function refused(): GangwayError {
  return new GangwayError('login-refused', 'user, password or code is wrong', {
    remedy: 'Check for capitals; `gangway user passwd NAME` on the relay gives a new password.',
  });
}

function secondFactorRequired(): GangwayError {
  return new GangwayError('second-factor-required', 'this user has a second factor', {
    remedy: 'Send the code your authenticator app shows, or one of your recovery codes.',
  });
}

function over(reason: 'unknown' | 'reused'): GangwayError {
  const reused = reason === 'reused';
  return new GangwayError(
    reused ? 'login-reused' : 'login-over',
    reused
      ? 'this login was continued from two places, so it was ended'
      : 'you are not logged in any more',
    { remedy: 'Log in.' },
  );
}
