import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** One line that a program logged. */
export type LogEvent = Readonly<Record<string, unknown>>;

/** A relay or agent process under test. */
export interface GangwayProcess {
  readonly pid: number;
  /** Everything it printed so far, standard error included. */
  log(): string;
  /** The JSON lines it logged so far. */
  events(): readonly LogEvent[];
  /**
   * Waits for a JSON line, past lines included from the `from`th on.
   * @throws Error with the log when the process ends first or `timeoutMs` (10,000) pass.
   */
  waitFor(event: string, options?: { from?: number; timeoutMs?: number }): Promise<LogEvent>;
  /** Asks for its present counts (SIGUSR2) and returns its answer. */
  counts(): Promise<Counts>;
  /** Orderly end by SIGTERM; resolves with the exit code. Kills it after 10 s. */
  stop(): Promise<number | null>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** Resolves when the process is gone, for whatever reason. */
  readonly ended: Promise<void>;
}

/** What a program holds at the moment, as it says on SIGUSR2. */
export interface Counts {
  readonly sessions: number;
  readonly streams: number;
  /** Open sockets and all handles, both without carriers, which come and go with what moves. */
  readonly channels: number;
  readonly handles: number;
}

const PROGRAM = join(import.meta.dirname, '..', '..', 'deploy', 'bin', 'gangway.cjs');
const WAIT_MS = 10_000;
const STOP_MS = 10_000;

/** What to spawn to run the published command, inside another one if there is one. */
export function commandLine(
  within: readonly string[],
  args: readonly string[],
): [string, ...string[]] {
  const [first, ...others] = [...within, process.execPath];
  return [first ?? process.execPath, ...others, PROGRAM, ...args];
}

/** Starts a gangway program. */
export function launch(within: readonly string[] = [], args: readonly string[]): GangwayProcess {
  const [command, ...rest] = commandLine(within, args);
  const child = spawn(command, rest, {
    env: ownEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines = collectLines(child);
  const gone = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const ended = once(child, 'close').then(() => undefined);
  const { pid } = child;
  if (pid === undefined) throw new Error(`cannot start ${PROGRAM}`);
  const endWithTests = (): void => void child.kill('SIGKILL');
  process.once('exit', endWithTests);
  child.once('exit', () => process.off('exit', endWithTests));
  const waitFor: GangwayProcess['waitFor'] = (event, options = {}) =>
    lines.next(event, options.from ?? 0, options.timeoutMs ?? WAIT_MS);
  return {
    pid,
    ended,
    log: () => lines.text(),
    events: () => lines.events,
    waitFor,
    async counts() {
      const from = lines.events.length;
      child.kill('SIGUSR2');
      const said = (await waitFor('counts', { from })) as unknown as Counts & { carriers: number };
      const { sessions, streams, carriers } = said;
      const [channels, handles] = [said.channels - carriers, said.handles - carriers];
      return { sessions, streams, channels, handles };
    },
    async stop() {
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      if (!gone()) child.kill('SIGTERM');
      await ended;
      clearTimeout(timer);
      return child.exitCode;
    },
    async kill() {
      if (!gone()) child.kill('SIGKILL');
      await ended;
    },
  };
}

/** This process's environment without what would configure Gangway or make it part of a test run. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env);
  return Object.fromEntries(entries.filter(([name]) => !/^(GANGWAY_|NODE_TEST_)/.test(name)));
}

interface Lines {
  readonly events: readonly LogEvent[];
  text(): string;
  next(event: string, from: number, timeoutMs: number): Promise<LogEvent>;
}

/** Keeps what a program prints and hands its JSON lines to those who wait for one. */
function collectLines(child: ChildProcess): Lines {
  const events: LogEvent[] = [];
  const waiting = new Set<() => void>();
  let text = '';
  let rest = '';
  let over = false;
  const wake = (): void => {
    for (const look of waiting) look();
  };
  child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    const parts = (rest + chunk.toString()).split('\n');
    rest = parts.pop() ?? '';
    events.push(...parts.flatMap(parseEvent));
    wake();
  });
  child.on('close', () => {
    over = true;
    wake();
  });
  const next: Lines['next'] = (event, from, timeoutMs) => {
    const { promise, resolve, reject } = Promise.withResolvers<LogEvent>();
    const fail = (why: string): void => reject(new Error(`${why} "${event}"; log:\n${text}`));
    const timer = setTimeout(fail, timeoutMs, `${timeoutMs} ms passed without`);
    const look = (): void => {
      const found = events.slice(from).find((each) => each['event'] === event);
      if (found !== undefined) resolve(found);
      else if (over) fail('the program ended without');
    };
    waiting.add(look);
    look();
    return promise.finally(() => {
      clearTimeout(timer);
      waiting.delete(look);
    });
  };
  return { events, text: () => text, next };
}

function parseEvent(line: string): LogEvent[] {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? [value as LogEvent] : [];
  } catch {
    return [];
  }
}
