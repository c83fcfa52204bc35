import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';

/** What a program left behind. Output is bytes: file names need not be UTF-8. */
export interface ProgramResult {
  /** Exit code; null when a signal ended it. */
  status: number | null;
  stdout: Buffer;
  stderr: Buffer;
  /** Wall time in milliseconds. */
  ms: number;
}

/** How {@link runProgram} runs a program. */
export interface ProgramOptions {
  /** Hard limit in milliseconds; then the whole process group is killed. */
  timeoutMs?: number;
  stdin?: string | Uint8Array;
  cwd?: string;
  /** The complete environment; nothing is inherited but PATH. */
  env?: Readonly<Record<string, string>>;
}

/** A program that hangs fails its own test with its output instead of the whole run. */
const DEFAULT_TIMEOUT_MS = 60_000;
/** More output than any listing of these tests; a program gone wild is cut off here. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/**
 * Runs a program without a shell, in a process group of its own.
 * @throws Error when it cannot be started, when it runs out of time or prints more than 64 MiB.
 */
export async function runProgram(
  command: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  const started = performance.now();
  const child = spawn(command, args, {
    cwd: options.cwd,
    detached: true,
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let failure: string | undefined;
  const kill = (why: string): void => {
    failure ??= why;
    if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
  };
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const timer = setTimeout(() => kill(`still running after ${timeoutMs} ms`), timeoutMs);
  const out = collect(child.stdout, kill);
  const err = collect(child.stderr, kill);
  // A program that ends without reading its input is judged by its exit code.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.stdin);
  try {
    await once(child, 'close');
  } finally {
    clearTimeout(timer);
  }
  const [stdout, stderr] = [Buffer.concat(out), Buffer.concat(err)];
  if (failure !== undefined) {
    const tail = Buffer.concat([stdout, stderr]).toString('latin1').slice(-2000);
    throw new Error(`${command} ${failure}; its last output: ${tail}`);
  }
  return { status: child.exitCode, stdout, stderr, ms: performance.now() - started };
}

/** Keeps what comes from `stream`; the array grows as it comes. */
function collect(stream: Readable, kill: (why: string) => void): Buffer[] {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > MAX_OUTPUT_BYTES) kill('printed more than 64 MiB');
    else chunks.push(chunk);
  });
  return chunks;
}

/** Signals a process group; a group that is gone already is no error. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
