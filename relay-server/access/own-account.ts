import { GangwayError } from '../../shared/errors.ts';
import { ACCESS_LIMITS } from '../limits.ts';
import type { User } from '../store/access.ts';
import { hashSecret, newRecoveryCode } from '../store/secrets.ts';
import type { Store } from '../store/store.ts';
import { checkPassword, type Passwords } from './passwords.ts';
import { newTotpSecret, totpOffer, totpStep } from './second-factor.ts';
import type { SignIn } from './sign-in.ts';

export interface OwnAccountOptions {
  readonly store: Pick<Store, 'users' | 'logins'>;
  readonly signIn: SignIn;
  readonly passwords: Passwords;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What a user does with his own account. Everything that weakens it takes his password. */
export class OwnAccount {
  readonly #options: OwnAccountOptions;

  constructor(options: OwnAccountOptions) {
    this.#options = options;
  }

  /**
   * Ends his other logins.
   * @param login the one he is in with.
   * @throws GangwayError `password-wrong`, `password-unfit`, `password-same`, `too-many-attempts`.
   */
  async changePassword(user: User, login: string, current: string, next: string): Promise<void> {
    const { store, signIn, passwords } = this.#options;
    await signIn.confirm(user, current);
    checkPassword(next, user.name);
    if (next === current) {
      throw new GangwayError('password-same', 'that is the password you have', {
        remedy: 'Choose another one.',
        exitCode: 2,
      });
    }
    const password = await passwords.hash(next);
    await store.users.update(user.id, { password, mustChangePassword: false });
    await store.logins.endAll(user.id, login);
  }

  /** A second factor to be confirmed; one in use stays until then. @throws GangwayError `password-wrong`. */
  async offerTotp(
    user: User,
    password: string,
  ): Promise<{ secret: string; uri: string; qr: string }> {
    const { store, signIn } = this.#options;
    await signIn.confirm(user, password);
    const secret = newTotpSecret();
    await store.users.offerTotp(user.id, secret);
    return { secret, ...totpOffer(secret, user.name) };
  }

  /**
   * Takes the offered second factor into use.
   * @returns the recovery codes, the only time they are seen in clear.
   * @throws GangwayError `totp-not-offered`, `totp-code-wrong`.
   */
  async confirmTotp(user: User, code: string): Promise<string[]> {
    const { store, now } = this.#options;
    const secret = (await store.users.credentials(user.id))?.totpPending ?? undefined;
    if (secret === undefined) {
      throw new GangwayError('totp-not-offered', 'there is no second factor to confirm', {
        remedy: 'Ask for one first.',
      });
    }
    const step = totpStep(secret, code, now());
    const codes = Array.from({ length: ACCESS_LIMITS.recoveryCodes }, newRecoveryCode);
    const confirmed =
      step !== undefined &&
      (await store.users.confirmTotp(user.id, { secret, step, codes: codes.map(hashSecret) }));
    if (confirmed) return codes;
    throw new GangwayError('totp-code-wrong', 'that is not the code of this moment', {
      remedy: "Check that the phone's clock is right, and type the code it shows now.",
      exitCode: 2,
    });
  }

  /** @throws GangwayError `password-wrong`. */
  async removeTotp(user: User, password: string): Promise<void> {
    const { store, signIn } = this.#options;
    await signIn.confirm(user, password);
    await store.users.update(user.id, { totp: false });
  }
}
