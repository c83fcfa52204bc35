import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { GangwayError } from '../../shared/errors.ts';
import { parseJson } from '../../shared/proto/open-request.ts';

const LAUNCHER = fileURLToPath(new URL('../../deploy/bin/gangway.cjs', import.meta.url));
const START_MS = 30_000;
const STOP_MS = 10_000;

/** One of Gangway's own programs as a child process of the demo. */
export class Program {
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>;
  readonly #name: string;
  readonly #child: ChildProcess;
  #errors = '';

  /** @param env added to the environment; secrets go here, where other users cannot see them. */
  constructor(name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#name = name;
    this.#child = spawn(process.execPath, [LAUNCHER, ...args, '--log-format', 'json'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#errors = `${this.#errors}${chunk.toString()}`.slice(-4000);
    });
    this.ended = once(this.#child, 'close').then(() => undefined);
  }

  /**
   * Waits for a log line `{"event": …}`.
   * @throws GangwayError `demo-failed` with what the program said, if it ends or takes too long.
   */
  async event(name: string): Promise<Record<string, unknown>> {
    const { stdout } = this.#child;
    if (stdout === null) throw this.#failed('has no output');
    const timer = setTimeout(() => this.#child.kill(), START_MS);
    try {
      for await (const line of createInterface({ input: stdout })) {
        const fields = (parseJson(line) ?? {}) as Record<string, unknown>;
        if (fields['event'] === name) return fields;
      }
    } finally {
      clearTimeout(timer);
      stdout.resume();
    }
    throw this.#failed('did not come up');
  }

  /** Ends the program in an orderly way, or by force when that takes too long. */
  async stop(): Promise<void> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    this.#child.kill('SIGTERM');
    await this.ended;
    clearTimeout(timer);
  }

  /** The error for a program that ended by itself. */
  failure(): GangwayError {
    return this.#failed('ended by itself');
  }

  #failed(what: string): GangwayError {
    return new GangwayError(
      'demo-failed',
      `the demo's ${this.#name} ${what}: ${this.#errors.trim()}`,
    );
  }
}
