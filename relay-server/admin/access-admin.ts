import type { ChangeUser, CreateToken, CreateUser, TokenView, UserView } from '../views/access.ts';
import type { CreatedToken } from '../views/tunnels.ts';

/** Administration of who may administer. */
export interface AccessAdmin {
  /** By name. */
  listUsers(): Promise<UserView[]>;
  /**
   * The user has to choose another password when he first logs in.
   * @throws GangwayError `user-name-invalid`, `password-unfit`, `user-name-taken`, `too-many-users`.
   */
  createUser(wanted: CreateUser): Promise<UserView>;
  /**
   * A new password or being disabled ends his logins at once.
   * @throws GangwayError `user-unknown`, `password-unfit`, `revision-conflict`, `last-admin`.
   */
  updateUser(
    name: string,
    changes: ChangeUser,
    condition?: { revision?: number },
  ): Promise<UserView>;
  /** @throws GangwayError `user-unknown`, `last-admin`. */
  deleteUser(name: string): Promise<void>;
  /** By creation, those that have expired included. */
  listTokens(): Promise<TokenView[]>;
  /** @throws GangwayError `token-expired` if it would end in the past, `too-many-tokens`. */
  createToken(wanted: CreateToken): Promise<CreatedToken>;
  /** @throws GangwayError `token-unknown`. */
  revokeToken(id: string): Promise<void>;
}
