import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
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
      writeWhole(fresh, `${JSON.stringify(credential, null, 2)}\n`);
      renameSync(fresh, this.path);
      flushFolder(this.#dir);
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

/** To the disk, and not only to the system: the relay forgets the credential before. */
function writeWhole(path: string, text: string): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** The new name, too; not every system can open a folder. */
function flushFolder(path: string): void {
  try {
    const folder = openSync(path, 'r');
    fsyncSync(folder);
    closeSync(folder);
  } catch {
    // What the file system does by itself has to do.
  }
}

/** The credential in use: what is on disk. */
export class KeptCredential {
  readonly #file: CredentialFile;
  #stored: Credential;

  constructor(file: CredentialFile, stored: Credential) {
    this.#file = file;
    this.#stored = stored;
  }

  get current(): string {
    return this.#stored.credential;
  }

  /**
   * Another one from now on. It is on disk before it is used, and before anybody is told.
   * @throws GangwayError `state-dir-unusable`; then the one before stays in use.
   */
  replace(credential: string): void {
    const next = { ...this.#stored, credential };
    this.#file.write(next);
    this.#stored = next;
  }
}
