import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { GangwayError, systemCode } from '../shared/errors.ts';
import { parseJson } from '../shared/proto/open-request.ts';

const CredentialSchema = Type.Object({
  relay: Type.String(),
  server: Type.String(),
  agentId: Type.String(),
  credential: Type.String(),
  tunnel: Type.String(),
  /** Hash of the enrolment code it came from. */
  codeHash: Type.String(),
  /** Short form of the relay's public key, if the code came with it. */
  pin: Type.Optional(Type.String()),
});

/** What an agent keeps of its enrolment. */
export type Credential = Static<typeof CredentialSchema>;

/** Where an agent keeps its state unless told: the user's own state folder. */
export function defaultStateDir(): string {
  const base = process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state');
  return join(base, 'gangway');
}

/** An enrolment code as it is compared: the code itself is not kept. */
export function hashCode(code: string): string {
  return createHash('sha256').update(code.trim().toUpperCase()).digest('hex');
}

/**
 * The stored credential of one (relay, FTP server) pair, so that agents of several servers can share
 * a state folder.
 */
export class CredentialFile {
  readonly path: string;
  readonly #dir: string;

  constructor(stateDir: string, relay: string, server: string) {
    this.#dir = stateDir;
    const name = createHash('sha256').update(`${relay}\n${server}`).digest('hex').slice(0, 16);
    this.path = join(stateDir, `agent-${name}.json`);
  }

  /** Undefined if there is none. @throws GangwayError `credential-unreadable`. */
  read(): Credential | undefined {
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
    } catch (cause) {
      if (systemCode(cause) === 'ENOENT') return undefined;
      throw this.#unreadable(systemCode(cause) ?? String(cause), cause);
    }
    const value = parseJson(text);
    if (!Value.Check(CredentialSchema, value)) throw this.#unreadable('it is damaged', undefined);
    return value;
  }

  /** Replaces the file in one step; only its owner can read it. @throws GangwayError `state-dir-unusable`. */
  write(credential: Credential): void {
    const fresh = `${this.path}.${randomBytes(4).toString('hex')}`;
    try {
      mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
      writeFileSync(fresh, `${JSON.stringify(credential, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
      renameSync(fresh, this.path);
    } catch (cause) {
      throw new GangwayError(
        'state-dir-unusable',
        `cannot write ${this.path}: ${systemCode(cause) ?? String(cause)}`,
        { remedy: 'Give a folder this user can write with --state-dir.', cause },
      );
    }
  }

  #unreadable(why: string, cause: unknown): GangwayError {
    return new GangwayError('credential-unreadable', `cannot read ${this.path}: ${why}`, {
      remedy: 'Run as the user that enrolled, or remove the file and enrol again with a new code.',
      cause,
    });
  }
}
