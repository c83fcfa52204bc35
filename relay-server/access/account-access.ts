import type { Store } from '../store/store.ts';
import { OwnAccount } from './own-account.ts';
import { Passwords } from './passwords.ts';
import { SessionTokens } from './session-tokens.ts';
import { SignIn } from './sign-in.ts';

/** Everything by which people get in, and look after their own account. */
export interface AccountAccess {
  readonly store: Pick<Store, 'users' | 'logins'>;
  readonly signIn: SignIn;
  readonly own: OwnAccount;
  readonly sessions: SessionTokens;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * @param now milliseconds since 1970.
 * @param ticks milliseconds, never going back.
 */
export function accountAccess(
  store: Pick<Store, 'users' | 'logins'>,
  now: () => number,
  ticks: () => number,
): AccountAccess {
  const passwords = new Passwords();
  const signIn = new SignIn({ store, passwords, now, ticks });
  const own = new OwnAccount({ store, signIn, passwords, now });
  return { store, signIn, own, sessions: new SessionTokens(now), now };
}
