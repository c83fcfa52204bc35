import type { ChangeUser, CreateToken, CreateUser, TokenView, UserView } from '../views/access.ts';
import type { CreatedToken } from '../views/tunnels.ts';
import type { AccessAdmin } from './access-admin.ts';
import { everyPage } from './list-page.ts';
import { at, type RelayCalls } from './relay-calls.ts';

/** Administration of a running relay's users and API tokens through its HTTP API. */
export class HttpAccess implements AccessAdmin {
  readonly #relay: RelayCalls;

  constructor(relay: RelayCalls) {
    this.#relay = relay;
  }

  listUsers(): Promise<UserView[]> {
    return everyPage((page) => this.#relay.page('/users', { ...page }));
  }

  async createUser(wanted: CreateUser): Promise<UserView> {
    const { user } = await this.#relay.call<{ user: UserView }>('POST', '/users', wanted);
    return user;
  }

  async updateUser(
    name: string,
    changes: ChangeUser,
    condition: { revision?: number } = {},
  ): Promise<UserView> {
    const body = { ...changes, ...condition };
    const { user } = await this.#relay.call<{ user: UserView }>('PATCH', at('/users', name), body);
    return user;
  }

  async deleteUser(name: string): Promise<void> {
    await this.#relay.call('DELETE', at('/users', name));
  }

  listTokens(): Promise<TokenView[]> {
    return everyPage((page) => this.#relay.page('/tokens', { ...page }));
  }

  createToken(wanted: CreateToken): Promise<CreatedToken> {
    return this.#relay.call('POST', '/tokens', wanted);
  }

  async revokeToken(id: string): Promise<void> {
    await this.#relay.call('DELETE', at('/tokens', id));
  }
}
