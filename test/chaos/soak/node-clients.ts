import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Endpoint } from '../../support/clients/client.ts';
import type { Laboratory } from '../laboratory.ts';
import type { Verb } from '../verdict.ts';

/** One thing to do in a session. */
export interface Work {
  readonly verb: Verb | 'LIST';
  readonly remote: string;
  /** File to send or to fetch into. */
  readonly local: string;
}

/** What came of it: 0 for success, and the names of a listing, the last reply, or the error. */
export interface WorkResult {
  readonly status: number;
  readonly said: string;
}

/** One session: a login and what is done then. */
export interface NodeVisit {
  readonly id: number;
  readonly endpoint: Endpoint;
  readonly works: readonly Work[];
  /** With it TLS is spoken; the file of the only root that is trusted then. */
  readonly caFile?: string;
}

export interface NodeVisitResult {
  readonly id: number;
  readonly results: readonly WorkResult[];
}

const PROGRAM = join(import.meta.dirname, '..', 'fixtures', 'node-clients.ts');

/** Clients of package basic-ftp in the place of clients. */
export class NodeClients {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (results: readonly WorkResult[]) => void>();
  #lastId = 0;

  constructor(lab: Laboratory) {
    const [command = 'ip', ...args] = lab.within('client');
    this.#child = spawn(command, [...args, process.execPath, PROGRAM], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child.on('message', ({ id, results }: NodeVisitResult) => {
      this.#waiting.get(id)?.(results);
      this.#waiting.delete(id);
    });
    const kill = (): void => void this.#child.kill('SIGKILL');
    process.once('exit', kill);
    this.#child.once('exit', () => process.off('exit', kill));
  }

  /** Makes one visit; a result a work. */
  visit(visit: Omit<NodeVisit, 'id'>): Promise<readonly WorkResult[]> {
    this.#lastId += 1;
    const { promise, resolve } = Promise.withResolvers<readonly WorkResult[]>();
    this.#waiting.set(this.#lastId, resolve);
    this.#child.send({ ...visit, id: this.#lastId } satisfies NodeVisit);
    return promise;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}
