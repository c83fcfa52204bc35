import { readFile } from 'node:fs/promises';
import { runProgram } from '../support/program.ts';

/** A set of network namespaces of this process. Nothing in them reaches the machine's own network. */
export interface Namespaces {
  /** `ip netns exec NAME`, to be put before a command. */
  within(name: string): readonly string[];
  /** Ends every process in the namespaces and removes them, with their interfaces. Idempotent. */
  remove(): Promise<void>;
}

/** The number of the process that made a namespace follows, so that the next run finds what is left. */
const PREFIX = 'gangway-nat-';
const STEP_TIMEOUT_MS = 60_000;

/**
 * Makes one namespace a name, each with loopback alone. Removes first what a killed run left.
 * @throws Error with what the system said when namespaces cannot be made here.
 */
export async function makeNamespaces(names: readonly string[]): Promise<Namespaces> {
  await sweep();
  const full = (name: string): string => `${PREFIX}${process.pid}-${name}`;
  const remove = (): Promise<void> => removeAll(names.map(full));
  try {
    for (const name of names) await must('ip', ['netns', 'add', full(name)]);
  } catch (error) {
    await remove();
    throw error;
  }
  return { within: (name) => ['ip', 'netns', 'exec', full(name)], remove };
}

/** Runs a configuring command and returns its output. @throws Error with what it said. */
export async function must(
  command: string,
  args: readonly string[],
  stdin?: string,
): Promise<string> {
  const options = { timeoutMs: STEP_TIMEOUT_MS, ...(stdin !== undefined && { stdin }) };
  const { status, stdout, stderr } = await runProgram(command, args, options);
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr.toString().trim()}`);
  return stdout.toString();
}

/** Runs a configuring command in a namespace. @throws Error with what it said. */
export function mustWithin(
  within: readonly string[],
  args: readonly string[],
  stdin?: string,
): Promise<string> {
  const [command = 'ip', ...rest] = [...within, ...args];
  return must(command, rest, stdin);
}

/** Why namespaces cannot be made on this machine; undefined when they can. */
export async function whyNoNamespaces(): Promise<string | undefined> {
  try {
    const made = await makeNamespaces(['try']);
    await made.remove();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Namespaces whose maker is gone; those of a run that still goes on stay. */
async function sweep(): Promise<void> {
  const left = await Promise.all(
    (await existing()).map(async (name) => {
      const maker = /^gangway-nat-(\d+)-/.exec(name)?.[1] ?? '';
      return maker === String(process.pid) || (await isTestRun(maker)) ? [] : [name];
    }),
  );
  await removeAll(left.flat());
}

async function existing(): Promise<string[]> {
  const lines = (await must('ip', ['netns', 'list'])).split('\n');
  return lines.map((line) => line.split(' ')[0] ?? '').filter((name) => name.startsWith(PREFIX));
}

/** A number is given again, so the process must also be Node. */
async function isTestRun(pid: string): Promise<boolean> {
  const command = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
  return command.includes('node');
}

async function removeAll(names: readonly string[]): Promise<void> {
  const there = new Set(await existing());
  const own = names.filter((name) => there.has(name));
  await Promise.all(own.map(endProcesses));
  for (const name of own) await must('ip', ['netns', 'delete', name]);
}

/** A process keeps its namespace alive after the name is gone. */
async function endProcesses(name: string): Promise<void> {
  const pids = (await must('ip', ['netns', 'pids', name])).split('\n').filter((pid) => pid !== '');
  for (const pid of pids) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It ended by itself meanwhile.
    }
  }
}
