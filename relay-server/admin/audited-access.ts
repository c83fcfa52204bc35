import { differences, type Change } from '../audit.ts';
import type { ChangeUser, CreateToken, CreateUser, TokenView, UserView } from '../views/access.ts';
import type { CreatedToken } from '../views/tunnels.ts';
import type { AccessAdmin } from './access-admin.ts';

/** Users and API tokens in the hands of somebody, every change of whom is remembered. */
export class AuditedAccess implements AccessAdmin {
  readonly #access: AccessAdmin;
  readonly #record: (change: Change) => Promise<void>;

  constructor(access: AccessAdmin, record: (change: Change) => Promise<void>) {
    this.#access = access;
    this.#record = record;
  }

  async createUser(wanted: CreateUser): Promise<UserView> {
    const user = await this.#access.createUser(wanted);
    const after = { role: user.role };
    await this.#record({ action: 'user.create', target: user.name, after });
    return user;
  }

  async updateUser(
    name: string,
    changes: ChangeUser,
    condition?: { revision?: number },
  ): Promise<UserView> {
    const users = await this.#access.listUsers();
    const before = users.find((user) => user.name === name);
    const after = await this.#access.updateUser(name, changes, condition);
    const change = differences(changeable(before ?? after), changeable(after));
    if (changes.password !== undefined) Object.assign(change.after, { password: 'replaced' });
    await this.#record({ action: 'user.update', target: name, ...change });
    return after;
  }

  async deleteUser(name: string): Promise<void> {
    await this.#access.deleteUser(name);
    await this.#record({ action: 'user.delete', target: name });
  }

  async createToken(wanted: CreateToken): Promise<CreatedToken> {
    const created = await this.#access.createToken(wanted);
    const { role, expiresAt = null } = wanted;
    const after = { id: created.id, role, expiresAt };
    await this.#record({ action: 'token.create', target: created.name, after });
    return created;
  }

  async revokeToken(id: string): Promise<void> {
    const token = (await this.#access.listTokens()).find((one) => one.id === id);
    await this.#access.revokeToken(id);
    const before = { id, role: token?.role };
    await this.#record({ action: 'token.revoke', target: token?.name ?? id, before });
  }

  listUsers(): Promise<UserView[]> {
    return this.#access.listUsers();
  }

  listTokens(): Promise<TokenView[]> {
    return this.#access.listTokens();
  }
}

function changeable({ role, disabled, totp }: UserView): object {
  return { role, disabled, totp };
}
