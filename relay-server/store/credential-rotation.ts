import { GangwayError } from '../../shared/errors.ts';
import { PROBE_LIMITS } from '../../shared/limits.ts';
import type { Database } from './schema.ts';
import { credentialAgentId, hashSecret, newCredential } from './secrets.ts';

/**
 * Credentials that take the place of others. Which of them an agent has on its disk when one of the two
 * programs or the link between them ends is not known, so all that it was sent are good besides the one in
 * force, until one is used or the agent says that it has it: that one is in force from then on, and those
 * before it are void. Those sent after it stay good, as the agent may have them by now.
 */
export class CredentialRotation {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** One more. @throws GangwayError `rotation-pending` */
  async propose(agentId: string): Promise<string> {
    const credential = newCredential(agentId);
    await this.#db.transaction().execute(async (step) => {
      const pending = await step
        .selectFrom('pending_credentials')
        .select('number')
        .where('agent_id', '=', agentId)
        .orderBy('number')
        .execute();
      if (pending.length >= PROBE_LIMITS.pendingCredentials) throw tooMany();
      const number = (pending.at(-1)?.number ?? 0) + 1;
      await step
        .insertInto('pending_credentials')
        .values({ agent_id: agentId, number, credential_hash: hashSecret(credential) })
        .execute();
    });
    return credential;
  }

  /** It is in force from now on, in place of those before; false if it is not one that was sent. */
  async settle(credential: string): Promise<boolean> {
    const agentId = credentialAgentId(credential);
    if (agentId === undefined) return false;
    const hash = hashSecret(credential);
    return this.#db.transaction().execute(async (step) => {
      const found = await step
        .selectFrom('pending_credentials')
        .select('number')
        .where('agent_id', '=', agentId)
        .where('credential_hash', '=', hash)
        .executeTakeFirst();
      if (found === undefined) return false;
      await step
        .updateTable('agents')
        .set({ credential_hash: hash })
        .where('id', '=', agentId)
        .execute();
      await step
        .deleteFrom('pending_credentials')
        .where('agent_id', '=', agentId)
        .where('number', '<=', found.number)
        .execute();
      return true;
    });
  }

  /** The agent has it not. */
  async drop(credential: string): Promise<void> {
    await this.#db
      .deleteFrom('pending_credentials')
      .where('credential_hash', '=', hashSecret(credential))
      .execute();
  }
}

function tooMany(): GangwayError {
  return new GangwayError(
    'rotation-pending',
    'the agent was sent several credentials and has not said that it kept one',
    { remedy: 'Restart the agent: it connects with the last one that it has, and the others end.' },
  );
}
