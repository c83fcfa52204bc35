import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Answer, Answers, Question } from './programs/answering.ts';

/** A program of the benchmark in a process of its own, which answers questions. */
export interface BenchProgram<A extends Answers> {
  readonly pid: number;
  /** @throws Error with what went wrong there, or when the program is gone */
  ask<N extends keyof A & string>(
    name: N,
    ...argument: Parameters<A[N]>
  ): Promise<Awaited<ReturnType<A[N]>>>;
  stop(): Promise<void>;
}

/** How {@link startBenchProgram} starts a program. */
export interface BenchProgramOptions {
  readonly args?: readonly (string | number)[];
  /** A command that runs the program given after it, such as `ip netns exec NAME`; none by default. */
  readonly within?: readonly string[];
}

const PROGRAMS = join(import.meta.dirname, 'programs');

/** Starts a file of `programs/` and waits until it is ready. @throws Error when it ends before */
export async function startBenchProgram<A extends Answers>(
  file: string,
  { args = [], within = [] }: BenchProgramOptions = {},
): Promise<BenchProgram<A>> {
  const [command, ...rest] = [...within, process.execPath, join(PROGRAMS, file)];
  const child = spawn(command, [...rest, ...args.map(String)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const endWithBench = (): void => void child.kill('SIGKILL');
  process.once('exit', endWithBench);
  const ended = once(child, 'exit').then(() => undefined);
  const answers = new OpenAnswers(child, file);
  await answers.next(0);
  let next = 0;
  return {
    pid: child.pid ?? 0,
    async ask(name, ...[argument]) {
      next += 1;
      const answer = answers.next(next);
      child.send({ id: next, name, argument } satisfies Question);
      return (await answer) as never;
    },
    async stop() {
      process.off('exit', endWithBench);
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Answers that are awaited. */
class OpenAnswers {
  readonly #open = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #file: string;
  #over = false;

  constructor(child: ChildProcess, file: string) {
    this.#file = file;
    child.on('message', (answer: Answer) => this.#settle(answer));
    child.on('exit', () => {
      this.#over = true;
      for (const id of this.#open.keys()) this.#settle({ id, failure: 'it ended' });
    });
  }

  next(id: number): Promise<unknown> {
    const open = Promise.withResolvers<unknown>();
    this.#open.set(id, open);
    if (this.#over) this.#settle({ id, failure: 'it has ended' });
    return open.promise;
  }

  #settle({ id, value, failure }: Answer): void {
    const open = this.#open.get(id);
    this.#open.delete(id);
    if (failure === undefined) open?.resolve(value);
    else open?.reject(new Error(`${this.#file}: ${failure}`));
  }
}
