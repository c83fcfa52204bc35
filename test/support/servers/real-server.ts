import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { TEST_ACCOUNT, TEST_PASSWORD, testAccountIds } from '../debian.ts';
import { reservePortBlock } from '../ports.ts';
import { runProgram, signalGroup } from '../program.ts';
import type { ServerTls } from './server-tls.ts';

/** A running FTP server that is nobody's invention. */
export interface RealServer {
  readonly name: ServerName;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** The folder on disk that the user sees after login. Owned by {@link owner}. */
  readonly home: string;
  /** Whom files in {@link home} must belong to so that the server may change them. */
  readonly owner: { readonly uid: number; readonly gid: number };
  /** Number of the server's first process; its sessions are in the same process group. */
  readonly pid: number;
  /** What the server printed and logged so far. */
  log(): Promise<string>;
  /** Ends the server and its sessions, and removes its folder. Idempotent. */
  stop(): Promise<void>;
}

export type ServerName = 'vsftpd' | 'proftpd' | 'pure-ftpd' | 'pyftpdlib';

/** What a test may change of a server. */
export interface ServerOptions {
  /**
   * Lines added to the server's configuration; vsftpd and proftpd: lines of the file, pure-ftpd:
   * arguments, pyftpdlib: Python statements run before the server starts (`handler` is its class).
   */
  readonly config?: readonly string[];
  /** Address it listens on; 127.0.0.1 by default. */
  readonly host?: string;
  /** None by default. */
  readonly tls?: ServerTls;
  /**
   * A command that runs the program given after it, such as `ip netns exec NAME`; none by default.
   * Not for pyftpdlib, which does not start as root, and not with implicit TLS.
   */
  readonly within?: readonly string[];
}

/** What a server's own file says: how to run it in `folder` on `port`. */
export interface ServerLaunch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Runs as the owner of the home folder instead of root. */
  readonly asOwner?: boolean;
  /** Files the server logs to, below its folder. */
  readonly logFiles: readonly string[];
}

/** Where a server is to run. */
export interface ServerPlace {
  /** For configuration, logs and process numbers. */
  readonly folder: string;
  readonly home: string;
  readonly host: string;
  readonly port: number;
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly config: readonly string[];
  readonly tls: ServerTls | undefined;
}

const HOST = '127.0.0.1';
/** A port can be lost to a stranger between choosing and binding it. */
const START_TRIES = 5;
/** All four greet within a tenth of this on a busy machine. */
const GREETING_TIMEOUT_MS = 20_000;
const CONNECT_RETRY_MS = 10;
/** $0 is the host, $1 the port. */
const READ_GREETING = 'exec 3<>"/dev/tcp/$0/$1" && printf "QUIT\\r\\n" >&3 && cat <&3';
/** Time for an orderly end before the group is killed. */
const STOP_TIMEOUT_MS = 3_000;

/**
 * Starts a server and waits until it greets with 220.
 * @param prepare writes the configuration and says how to run it.
 * @throws Error with the server's output when it does not come up.
 */
export async function startServer(
  name: ServerName,
  options: ServerOptions,
  prepare: (place: ServerPlace) => Promise<ServerLaunch>,
): Promise<RealServer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(name, options, prepare);
    } catch (error) {
      if (attempt === START_TRIES) throw error;
    }
  }
}

async function startOnce(
  name: ServerName,
  options: ServerOptions,
  prepare: (place: ServerPlace) => Promise<ServerLaunch>,
): Promise<RealServer> {
  const { place, cleanUp } = await makePlace(name, options);
  const launch = await prepare(place).catch(async (error: unknown) => {
    await cleanUp();
    throw error;
  });
  const within = options.within ?? [];
  const { child, output } = run(within, launch, place);
  const log = (): Promise<string> => readLogs(launch, place.folder, output());
  const endWithTests = (): void => void child.kill('SIGKILL');
  process.once('exit', endWithTests);
  const stop = stopOnce(async () => {
    process.off('exit', endWithTests);
    await stopTree(child);
    await cleanUp();
  });
  try {
    await greeting(child, () => firstLine(within, place));
  } catch (error) {
    const text = await log();
    await stop();
    throw new Error(`${name} did not start: ${text}`, { cause: error });
  }
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name} has no process`);
  const account = { user: TEST_ACCOUNT, password: TEST_PASSWORD };
  const { host, port, home, owner } = place;
  return { name, host, port, ...account, home, owner, pid, log, stop };
}

async function makePlace(
  name: ServerName,
  options: ServerOptions,
): Promise<{ place: ServerPlace; cleanUp: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), `gangway-${name}-`));
  const ports = await reservePortBlock(1);
  const home = join(folder, 'home');
  const owner = await testAccountIds();
  await mkdir(home);
  await chown(home, owner.uid, owner.gid);
  await chmod(folder, 0o755);
  const config = options.config ?? [];
  const host = options.host ?? HOST;
  const cleanUp = async (): Promise<void> => {
    await ports.release();
    await rm(folder, { recursive: true, force: true });
  };
  const { tls } = options;
  return { place: { folder, home, host, port: ports.first, owner, config, tls }, cleanUp };
}

function run(
  within: readonly string[],
  launch: ServerLaunch,
  place: ServerPlace,
): { child: ChildProcess; output: () => string } {
  const [command, ...args] = [...within, launch.command, ...launch.args] as [string, ...string[]];
  const child = spawn(command, args, {
    cwd: place.folder,
    detached: true,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...launch.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(launch.asOwner === true ? { uid: place.owner.uid, gid: place.owner.gid } : {}),
  });
  let output = '';
  const take = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.on('error', (error) => take(Buffer.from(error.message)));
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  return { child, output: () => output };
}

async function readLogs(launch: ServerLaunch, folder: string, output: string): Promise<string> {
  const files = launch.logFiles.map((file) => readFile(join(folder, file), 'utf8').catch(() => ''));
  return [output, ...(await Promise.all(files))].filter((text) => text !== '').join('\n');
}

async function greeting(
  child: ChildProcess,
  ask: () => Promise<string | undefined>,
): Promise<void> {
  const deadline = performance.now() + GREETING_TIMEOUT_MS;
  while (performance.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('it ended at once');
    const text = await ask();
    if (text?.startsWith('220')) return;
    // A listener that appears sends nobody an event.
    await delay(CONNECT_RETRY_MS);
  }
  throw new Error(`no greeting within ${GREETING_TIMEOUT_MS} ms`);
}

function firstLine(within: readonly string[], place: ServerPlace): Promise<string | undefined> {
  return within.length === 0 ? firstLineHere(place) : firstLineWithin(within, place);
}

async function firstLineHere({ host, port, tls }: ServerPlace): Promise<string | undefined> {
  // Whom the certificate names is the business of those who use the server.
  const socket =
    tls?.mode === 'implicit'
      ? connectTls({ host, port, rejectUnauthorized: false })
      : connect({ host, port });
  socket.setTimeout(GREETING_TIMEOUT_MS, () => socket.destroy(new Error('silence')));
  try {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    socket.end('QUIT\r\n');
    socket.resume();
    await once(socket, 'close');
    return chunk.toString('latin1');
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}

/** A socket of this process is where this process is. */
async function firstLineWithin(
  within: readonly string[],
  { host, port }: ServerPlace,
): Promise<string | undefined> {
  const [command, ...args] = [...within, '/bin/bash', '-c', READ_GREETING, host, String(port)];
  const result = await runProgram(command ?? '', args, { timeoutMs: GREETING_TIMEOUT_MS });
  return result.status === 0 ? result.stdout.toString('latin1') : undefined;
}

async function stopTree(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  // Sessions of vsftpd leave the process group, and lose their parent when it ends.
  const tree = await descendants(pid);
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  }
  signalGroup(pid, 'SIGKILL');
  for (const each of tree) signalGroup(each, 'SIGKILL');
}

/** Processes below `root` that lead a process group, `root` not among them. */
async function descendants(root: number): Promise<number[]> {
  const entries = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(
    entries.map((name) => readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')),
  );
  // After the name in parentheses: state, parent, process group.
  const rows = stats.map((stat, index) => {
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { pid: Number(entries[index]), parent: Number(fields[1]), group: Number(fields[2]) };
  });
  const found = new Set([root]);
  for (let before = 0; before !== found.size;) {
    before = found.size;
    for (const row of rows) if (found.has(row.parent)) found.add(row.pid);
  }
  found.delete(root);
  return rows.filter((row) => found.has(row.pid) && row.group === row.pid).map((row) => row.pid);
}

function stopOnce(work: () => Promise<void>): () => Promise<void> {
  let stopped: Promise<void> | undefined;
  return () => (stopped ??= work());
}
