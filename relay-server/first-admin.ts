import { Passwords } from './access/passwords.ts';
import { auditTrail } from './audit.ts';
import { THE_RELAY } from './http/principal.ts';
import { API_LIMITS } from './limits.ts';
import { newPassword } from './store/secrets.ts';
import type { Store } from './store/store.ts';

/** The user made at the first start. */
export interface FirstAdmin {
  readonly name: string;
  /** The only time it is seen in clear; absent if it was given. */
  readonly password?: string;
  /** Has to be changed at the first login. */
  readonly mustChange: boolean;
}

const NAMES = ['admin', 'gangway-admin'] as const;

/**
 * Makes a user who may change everything, if there is none: at the first start of a relay, and of one that
 * had no users before.
 * @param given his password; one that is too short to be kept has to be changed. Without it one is made.
 */
export async function createFirstAdmin(
  store: Pick<Store, 'users' | 'audit'>,
  given: string | undefined,
): Promise<FirstAdmin | undefined> {
  const users = await store.users.list();
  if (users.some(({ role, disabled }) => role === 'admin' && !disabled)) return undefined;
  const name = NAMES.find((each) => users.every((user) => user.name !== each));
  if (name === undefined) return undefined;
  const password = given ?? newPassword();
  const mustChange = given === undefined || given.length < API_LIMITS.passwordShortest;
  const hash = await new Passwords().hash(password);
  const user = { name, role: 'admin', password: hash, mustChangePassword: mustChange } as const;
  await store.users.create(user);
  const change = { action: 'user.create', target: name, after: { role: 'admin' } };
  await auditTrail(store.audit).record(change, THE_RELAY);
  return { name, mustChange, ...(given === undefined && { password }) };
}
