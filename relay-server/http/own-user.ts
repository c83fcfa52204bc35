import type { FastifyRequest } from 'fastify';
import type { AccountAccess } from '../access/account-access.ts';
import { GangwayError } from '../../shared/errors.ts';
import type { User } from '../store/access.ts';
import type { Me } from '../views/access.ts';

/** Who is logged in. @throws GangwayError `user-needed` for a token, which has no account. */
export async function userOf(
  { store }: Pick<AccountAccess, 'store'>,
  { principal }: FastifyRequest,
): Promise<User> {
  const user = principal.kind === 'user' ? await store.users.byName(principal.name) : undefined;
  if (user !== undefined) return user;
  throw new GangwayError('user-needed', 'this is for people who are logged in', {
    remedy: 'Log in with a name and a password instead of a token.',
  });
}

/** What a user is told of himself. */
export function meView(user: User): Me {
  const { name, role, totp, mustChangePassword, recoveryCodesLeft } = user;
  return { name, role, totp, mustChangePassword, recoveryCodesLeft };
}
