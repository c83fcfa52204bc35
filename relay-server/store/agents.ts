import { CredentialRotation } from './credential-rotation.ts';
import type { AgentRow, Clock, Database } from './schema.ts';
import { credentialAgentId, secretMatches } from './secrets.ts';
import type { Agent, AgentStore, Authentication } from './store.ts';

/** Agents in SQL; they come into being by redeeming an enrolment code. */
export class SqlAgents implements AgentStore {
  readonly #db: Database;
  readonly #now: Clock;
  readonly #rotation: CredentialRotation;

  constructor(db: Database, now: Clock) {
    this.#db = db;
    this.#now = now;
    this.#rotation = new CredentialRotation(db);
  }

  async get(id: string): Promise<Agent | undefined> {
    const row = await this.#row(id);
    return row === undefined ? undefined : agentOf(row);
  }

  async list(tunnelId?: string): Promise<Agent[]> {
    let found = this.#db.selectFrom('agents').selectAll();
    if (tunnelId !== undefined) found = found.where('tunnel_id', '=', tunnelId);
    const rows = await found.orderBy('created_at').orderBy('id').execute();
    return rows.map(agentOf);
  }

  async authenticate(credential: string): Promise<Authentication> {
    const id = credentialAgentId(credential);
    const row = id === undefined ? undefined : await this.#row(id);
    if (row === undefined) return { ok: false, reason: 'unknown' };
    const isGood =
      secretMatches(credential, row.credential_hash) || (await this.#rotation.settle(credential));
    if (!isGood) return { ok: false, reason: 'unknown' };
    return row.revoked_at === null
      ? { ok: true, agent: agentOf(row) }
      : { ok: false, reason: 'revoked' };
  }

  async newCredential(id: string): Promise<string | undefined> {
    const row = await this.#row(id);
    if (row === undefined || row.revoked_at !== null) return undefined;
    return this.#rotation.propose(id);
  }

  async settleCredential(credential: string): Promise<void> {
    await this.#rotation.settle(credential);
  }

  dropCredential(credential: string): Promise<void> {
    return this.#rotation.drop(credential);
  }

  async seen(id: string, how: { at: number; from: string; version: string }): Promise<void> {
    await this.#db
      .updateTable('agents')
      .set({ last_seen_at: how.at, last_seen_from: how.from, version: how.version })
      .where('id', '=', id)
      .execute();
  }

  async revoke(id: string): Promise<boolean> {
    const result = await this.#db
      .updateTable('agents')
      .set({ revoked_at: this.#now() })
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  #row(id: string): Promise<AgentRow | undefined> {
    return this.#db.selectFrom('agents').selectAll().where('id', '=', id).executeTakeFirst();
  }
}

/** A row as the rest of the relay sees it: without the hash. */
export function agentOf(row: AgentRow): Agent {
  return {
    id: row.id,
    tunnelId: row.tunnel_id,
    name: row.name,
    version: row.version,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    lastSeenFrom: row.last_seen_from,
    revokedAt: row.revoked_at,
  };
}
