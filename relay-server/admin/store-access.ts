import { checkPassword, Passwords } from '../access/passwords.ts';
import { GangwayError } from '../../shared/errors.ts';
import type { User, UserChanges } from '../store/access.ts';
import type { Store } from '../store/store.ts';
import type { ChangeUser, CreateToken, CreateUser, TokenView, UserView } from '../views/access.ts';
import type { CreatedToken } from '../views/tunnels.ts';
import type { AccessAdmin } from './access-admin.ts';

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;

export type AccessStore = Pick<Store, 'users' | 'logins' | 'tokens'>;

/** Administration of users and API tokens on the store itself. */
export class StoreAccess implements AccessAdmin {
  readonly #store: AccessStore;
  readonly #passwords = new Passwords();
  readonly #now: () => number;

  /** @param now milliseconds since 1970. */
  constructor(store: AccessStore, now: () => number = Date.now) {
    this.#store = store;
    this.#now = now;
  }

  async listUsers(): Promise<UserView[]> {
    return (await this.#store.users.list()).map(userView);
  }

  async createUser({ name, role, password }: CreateUser): Promise<UserView> {
    checkUserName(name);
    checkPassword(password, name);
    const hash = await this.#passwords.hash(password);
    const user = { name, role, password: hash, mustChangePassword: true };
    return userView(await this.#store.users.create(user));
  }

  async updateUser(
    name: string,
    changes: ChangeUser,
    condition: { revision?: number } = {},
  ): Promise<UserView> {
    const user = await this.#user(name);
    const { password, ...same } = changes;
    const change: UserChanges = {
      ...same,
      ...(password !== undefined && (await this.#given(password, name))),
    };
    const after = await this.#store.users.update(user.id, change, condition.revision);
    if (after === undefined) throw unknownUser(name);
    if (password !== undefined || changes.disabled === true)
      await this.#store.logins.endAll(user.id);
    return userView(after);
  }

  async deleteUser(name: string): Promise<void> {
    const user = await this.#user(name);
    await this.#store.users.delete(user.id);
  }

  listTokens(): Promise<TokenView[]> {
    return this.#store.tokens.list();
  }

  async createToken(wanted: CreateToken): Promise<CreatedToken> {
    const { expiresAt } = wanted;
    if (typeof expiresAt === 'number' && expiresAt <= this.#now()) {
      throw new GangwayError('token-expired', 'that token would have expired already', {
        remedy: 'Name a time to come, in milliseconds since 1970, or none.',
        exitCode: 2,
      });
    }
    return this.#store.tokens.create({ ...wanted, expiresAt: expiresAt ?? null });
  }

  async revokeToken(id: string): Promise<void> {
    if (await this.#store.tokens.revoke(id)) return;
    throw new GangwayError('token-unknown', `there is no API token ${id.slice(0, 64)}`, {
      remedy: '`gangway token list` shows the tokens with their ids.',
    });
  }

  async #given(password: string, name: string): Promise<UserChanges> {
    checkPassword(password, name);
    return { password: await this.#passwords.hash(password), mustChangePassword: true };
  }

  async #user(name: string): Promise<User> {
    const user = await this.#store.users.byName(name);
    if (user === undefined) throw unknownUser(name);
    return user;
  }
}

/** A user as administration shows him. */
function userView(user: User): UserView {
  const { name, role, disabled, totp, createdAt, lastLoginAt, revision } = user;
  return { name, role, disabled, totp, createdAt, lastLoginAt, revision };
}

/** @throws GangwayError `user-name-invalid`. */
export function checkUserName(name: string): void {
  if (NAME.test(name)) return;
  throw new GangwayError(
    'user-name-invalid',
    `"${name.slice(0, 63)}" cannot be the name of a user`,
    {
      remedy:
        'Use small letters, digits, dots, dashes and underscores, beginning with a letter or digit, at most 63 characters.',
      exitCode: 2,
    },
  );
}

function unknownUser(name: string): GangwayError {
  return new GangwayError('user-unknown', `there is no user named ${name.slice(0, 63)}`, {
    remedy: '`gangway user list` shows the users there are.',
  });
}
