import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import { API_LIMITS } from '../limits.ts';
import { agentOf } from './agents.ts';
import type { AgentRow, Clock, Database, Schema } from './schema.ts';
import { canonicalCode, hashSecret, newCredential, newEnrolmentCode } from './secrets.ts';
import type { CodeStore, Redemption } from './store.ts';
import { tunnelOf } from './tunnels.ts';

/** Enrolment codes in SQL. */
export class SqlCodes implements CodeStore {
  readonly #db: Database;
  readonly #now: Clock;

  constructor(db: Database, now: Clock) {
    this.#db = db;
    this.#now = now;
  }

  async create(tunnelId: string): Promise<{ code: string; expiresAt: number }> {
    const at = this.#now();
    const code = newEnrolmentCode();
    const expiresAt = at + API_LIMITS.codeValidity;
    await this.#forgetOld(at);
    await this.#db
      .insertInto('enrolment_codes')
      .values({
        id: randomUUID(),
        tunnel_id: tunnelId,
        code_hash: hashSecret(code),
        created_at: at,
        expires_at: expiresAt,
        used_at: null,
        used_by: null,
      })
      .execute();
    return { code, expiresAt };
  }

  async redeem(typed: string, agent: { name: string; version: string }): Promise<Redemption> {
    const code = canonicalCode(typed);
    if (code === undefined) return { ok: false, reason: 'unknown' };
    const hash = hashSecret(code);
    return this.#db.transaction().execute(async (step) => {
      const id = randomUUID();
      const tunnelId = await this.#take(step, hash, id);
      if (tunnelId === undefined) return { ok: false, reason: await this.#reason(step, hash) };
      return this.#enrol(step, { id, tunnelId, ...agent });
    });
  }

  /** The one statement that decides who gets the code; it comes first, so it also takes the write lock. */
  async #take(
    step: Transaction<Schema>,
    hash: string,
    agentId: string,
  ): Promise<string | undefined> {
    const at = this.#now();
    const row = await step
      .updateTable('enrolment_codes')
      .set({ used_at: at, used_by: agentId })
      .where('code_hash', '=', hash)
      .where('used_at', 'is', null)
      .where('expires_at', '>', at)
      .where('tunnel_id', 'is not', null)
      .returning('tunnel_id')
      .executeTakeFirst();
    return row?.tunnel_id ?? undefined;
  }

  async #reason(
    step: Transaction<Schema>,
    hash: string,
  ): Promise<'unknown' | 'used' | 'expired' | 'tunnel-deleted'> {
    const found = step.selectFrom('enrolment_codes').selectAll().where('code_hash', '=', hash);
    const row = await found.executeTakeFirst();
    if (row === undefined) return 'unknown';
    if (row.used_at !== null) return 'used';
    return row.tunnel_id === null ? 'tunnel-deleted' : 'expired';
  }

  async #enrol(
    step: Transaction<Schema>,
    wanted: { id: string; tunnelId: string; name: string; version: string },
  ): Promise<Redemption> {
    const credential = newCredential(wanted.id);
    const row: AgentRow = {
      id: wanted.id,
      tunnel_id: wanted.tunnelId,
      name: wanted.name,
      version: wanted.version,
      credential_hash: hashSecret(credential),
      created_at: this.#now(),
      last_seen_at: null,
      last_seen_from: null,
      revoked_at: null,
    };
    await step.insertInto('agents').values(row).execute();
    const tunnel = await step
      .selectFrom('tunnels')
      .selectAll()
      .where('id', '=', wanted.tunnelId)
      .executeTakeFirstOrThrow();
    return { ok: true, agent: agentOf(row), tunnel: tunnelOf(tunnel), credential };
  }

  async #forgetOld(at: number): Promise<void> {
    const before = at - API_LIMITS.codeMemory;
    await this.#db.deleteFrom('enrolment_codes').where('expires_at', '<', before).execute();
  }
}
