import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import { GangwayError } from '../../shared/errors.ts';
import { ACCESS_LIMITS } from '../limits.ts';
import type {
  ConfirmedTotp,
  Credentials,
  NewUser,
  User,
  UserChanges,
  UserStore,
} from './access.ts';
import { uniqueColumn } from './conflicts.ts';
import type { Clock, Database, Schema, UserRow } from './schema.ts';

/** Users in SQL. There is always one who may change everything. */
export class SqlUsers implements UserStore {
  readonly #db: Database;
  readonly #now: Clock;

  constructor(db: Database, now: Clock) {
    this.#db = db;
    this.#now = now;
  }

  async create({ name, role, password, mustChangePassword }: NewUser): Promise<User> {
    if ((await this.list()).length >= ACCESS_LIMITS.users) throw tooMany();
    const at = this.#now();
    const row: UserRow = {
      id: randomUUID(),
      name,
      role,
      password,
      must_change: mustChangePassword ? 1 : 0,
      disabled: 0,
      totp_secret: null,
      totp_pending: null,
      totp_step: null,
      recovery_codes: '[]',
      created_at: at,
      updated_at: at,
      last_login_at: null,
      revision: 1,
    };
    try {
      await this.#db.insertInto('users').values(row).execute();
    } catch (error) {
      throw uniqueColumn(error) === 'users.name' ? taken(name, error) : error;
    }
    return userOf(row);
  }

  async list(): Promise<User[]> {
    const rows = await this.#db.selectFrom('users').selectAll().orderBy('name').execute();
    return rows.map(userOf);
  }

  get(id: string): Promise<User | undefined> {
    return this.#one('id', id);
  }

  byName(name: string): Promise<User | undefined> {
    return this.#one('name', name);
  }

  async credentials(id: string): Promise<Credentials | undefined> {
    const found = this.#db.selectFrom('users').selectAll().where('id', '=', id);
    const row = await found.executeTakeFirst();
    if (row === undefined) return undefined;
    const { password, totp_secret: totpSecret, totp_pending: totpPending } = row;
    return { password, totpSecret, totpPending };
  }

  async update(id: string, changes: UserChanges, revision?: number): Promise<User | undefined> {
    const row = await this.#db.transaction().execute(async (step) => {
      let change = step
        .updateTable('users')
        .set((column) => ({
          ...changedColumns(changes),
          updated_at: this.#now(),
          revision: column('revision', '+', 1),
        }))
        .where('id', '=', id);
      if (revision !== undefined) change = change.where('revision', '=', revision);
      const changed = await change.returningAll().executeTakeFirst();
      if (changes.role === 'viewer' || changes.disabled === true) await keepAnAdmin(step);
      return changed;
    });
    if (row !== undefined) return userOf(row);
    const current = await this.get(id);
    if (current === undefined) return undefined;
    throw new GangwayError(
      'revision-conflict',
      `user ${current.name} was changed meanwhile (revision ${current.revision}, not ${revision})`,
      { remedy: 'Look at him again and repeat the change with the new revision.' },
    );
  }

  async delete(id: string): Promise<boolean> {
    return this.#db.transaction().execute(async (step) => {
      const gone = step.deleteFrom('users').where('id', '=', id).returning('role');
      const row = await gone.executeTakeFirst();
      if (row?.role === 'admin') await keepAnAdmin(step);
      return row !== undefined;
    });
  }

  async loggedIn(id: string): Promise<void> {
    const at = this.#now();
    await this.#db.updateTable('users').set({ last_login_at: at }).where('id', '=', id).execute();
  }

  async offerTotp(id: string, secret: string): Promise<void> {
    const offer = this.#db.updateTable('users').set({ totp_pending: secret });
    await offer.where('id', '=', id).execute();
  }

  async confirmTotp(id: string, { secret, step, codes }: ConfirmedTotp): Promise<boolean> {
    const result = await this.#db
      .updateTable('users')
      .set((column) => ({
        totp_secret: secret,
        totp_pending: null,
        totp_step: step,
        recovery_codes: JSON.stringify(codes),
        revision: column('revision', '+', 1),
      }))
      .where('id', '=', id)
      .where('totp_pending', '=', secret)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  async spendTotpStep(id: string, step: number): Promise<boolean> {
    const result = await this.#db
      .updateTable('users')
      .set({ totp_step: step })
      .where('id', '=', id)
      .where((row) => row.or([row('totp_step', 'is', null), row('totp_step', '<', step)]))
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  async spendRecoveryCode(id: string, hash: string): Promise<boolean> {
    const found = this.#db.selectFrom('users').selectAll().where('id', '=', id);
    const row = await found.executeTakeFirst();
    if (row === undefined) return false;
    const left = codesOf(row);
    if (!left.includes(hash)) return false;
    // Only if nobody used one meanwhile: of two requests with the same code one succeeds.
    const result = await this.#db
      .updateTable('users')
      .set({ recovery_codes: JSON.stringify(left.filter((code) => code !== hash)) })
      .where('id', '=', id)
      .where('recovery_codes', '=', row.recovery_codes)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  async #one(column: 'id' | 'name', value: string): Promise<User | undefined> {
    const found = this.#db.selectFrom('users').selectAll().where(column, '=', value);
    const row = await found.executeTakeFirst();
    return row === undefined ? undefined : userOf(row);
  }
}

/** A row as the rest of the relay sees it: without secrets. */
export function userOf(row: UserRow): User {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    disabled: row.disabled === 1,
    mustChangePassword: row.must_change === 1,
    totp: row.totp_secret !== null,
    recoveryCodesLeft: row.totp_secret === null ? 0 : codesOf(row).length,
    createdAt: row.created_at,
    lastLoginAt: row.last_login_at,
    revision: row.revision,
  };
}

function codesOf({ recovery_codes: codes }: UserRow): string[] {
  return JSON.parse(codes) as string[];
}

function changedColumns(changes: UserChanges): Partial<UserRow> {
  const { role, disabled, password, mustChangePassword, totp } = changes;
  return {
    ...(role !== undefined && { role }),
    ...(disabled !== undefined && { disabled: disabled ? 1 : 0 }),
    ...(password !== undefined && { password }),
    ...(mustChangePassword !== undefined && { must_change: mustChangePassword ? 1 : 0 }),
    ...(totp === false && { totp_secret: null, totp_pending: null, recovery_codes: '[]' }),
  };
}

/** The step fails if it leaves nobody who may change anything. */
async function keepAnAdmin(step: Transaction<Schema>): Promise<void> {
  const found = step.selectFrom('users').select('id').where('role', '=', 'admin');
  if ((await found.where('disabled', '=', 0).executeTakeFirst()) !== undefined) return;
  throw new GangwayError('last-admin', 'that would leave no user who may change anything', {
    remedy: 'Make another user an admin first.',
  });
}

function taken(name: string, cause: unknown): GangwayError {
  return new GangwayError('user-name-taken', `there is already a user named ${name}`, {
    remedy: 'Choose another name, or change that user.',
    cause,
  });
}

function tooMany(): GangwayError {
  return new GangwayError('too-many-users', `there are ${ACCESS_LIMITS.users} users`, {
    remedy: 'Delete those who left.',
  });
}
