import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MIDDLE, RELAY } from './laboratory.ts';
import type { Laboratory } from './laboratory.ts';

/** What the proxy is told. */
export interface MiddleRequest {
  readonly op: 'reset-oldest';
}

/** What the proxy tells. */
export type MiddleReport =
  | { readonly event: 'listening' | 'expired' }
  | { readonly event: 'reset'; readonly left: number };

const PROGRAM = join(import.meta.dirname, 'fixtures', 'middle-proxy.ts');
const ANSWER_MS = 10_000;

/** A proxy between agents and relay that does not let connections live. */
export class Middle {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** @param lifeMs how long it lets a connection live; for ever by default */
  static async start(lab: Laboratory, port: number, lifeMs?: number): Promise<Middle> {
    const life = lifeMs === undefined ? [] : [String(lifeMs)];
    const own = [PROGRAM, MIDDLE, String(port), RELAY, String(port), ...life];
    const [command = 'ip', ...args] = [...lab.within('middle'), process.execPath, ...own];
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const middle = new Middle(child);
    const kill = (): void => void child.kill('SIGKILL');
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    await middle.#report('listening', ANSWER_MS);
    return middle;
  }

  /** Resets the oldest connection, if there is one, each second for so many seconds. */
  async resetOneEachSecond(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      const request: MiddleRequest = { op: 'reset-oldest' };
      this.#child.send(request);
      await this.#report('reset', ANSWER_MS);
      if (second + 1 < seconds) await delay(1_000);
    }
  }

  /** Resolves when a connection was ended for its age. @throws Error when none is for `withinMs` */
  async expiry(withinMs: number): Promise<void> {
    await this.#report('expired', withinMs);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }

  async #report(event: MiddleReport['event'], withinMs: number): Promise<void> {
    const signal = AbortSignal.timeout(withinMs);
    for (;;) {
      const [message] = (await once(this.#child, 'message', { signal })) as [MiddleReport];
      if (message.event === event) return;
    }
  }
}
