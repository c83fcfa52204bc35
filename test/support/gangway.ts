import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatHostPort } from '../../shared/config/values.ts';
import { reservePortBlock } from './ports.ts';
import { runProgram } from './program.ts';

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
  readonly channels: number;
  readonly handles: number;
}

export interface Relay extends GangwayProcess {
  /** URL for agents and for the command line, `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly dataDir: string;
  /** First and last port of its passive range. */
  readonly passivePorts: readonly [number, number];
  /** Creates a tunnel by the command line; the port is a reserved one unless given. */
  createTunnel(name: string, options: TunnelOptions): Promise<TestTunnel>;
}

export interface TunnelOptions {
  /** HOST:PORT of the FTP server. */
  readonly server: string;
  /** A reserved one by default. */
  readonly port?: number;
  /** More flags of `tunnel create`. */
  readonly flags?: readonly string[];
}

/** A tunnel that was created, with what an agent needs to serve it. */
export interface TestTunnel {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly enrolmentCode: string;
}

export interface RelayOptions {
  /** Data directory that stays; by default a fresh one that goes with the relay. */
  readonly dir?: string;
  /** How many passive ports; 64 by default, as in the product. */
  readonly passivePorts?: number;
  /** Flags added to the command. They win over its own. */
  readonly flags?: readonly string[];
  /** A command that runs the program given after it, such as `ip netns exec NAME`; none by default. */
  readonly within?: readonly string[];
}

export interface AgentOptions {
  /** URL of the relay. */
  readonly relay: string;
  /** Enrolment code; left out for an agent that has its credential. */
  readonly code?: string;
  /** HOST:PORT of the FTP server. */
  readonly server: string;
  readonly stateDir: string;
  readonly flags?: readonly string[];
  /** A command that runs the program given after it, such as `ip netns exec NAME`; none by default. */
  readonly within?: readonly string[];
}

const PROGRAM = join(import.meta.dirname, '..', '..', 'deploy', 'bin', 'gangway.cjs');
const HOST = '127.0.0.1';
const DEFAULT_PASSIVE_PORTS = 64;
/** Tunnel ports a test relay may use. */
const TUNNEL_PORTS = 16;
const WAIT_MS = 10_000;
/** A busy machine starts Node slowly. */
const START_MS = 30_000;
const STOP_MS = 10_000;

/** Starts a relay process on free ports and waits until it is ready. @throws Error with its log. */
export async function startRelay(options: RelayOptions = {}): Promise<Relay> {
  const passive = options.passivePorts ?? DEFAULT_PASSIVE_PORTS;
  const ports = await reservePortBlock(passive + TUNNEL_PORTS);
  const dataDir = options.dir ?? (await mkdtemp(join(tmpdir(), 'gangway-relay-')));
  const last = ports.first + passive - 1;
  const relay = launch(options.within, [
    'relay',
    `--data-dir=${dataDir}`,
    `--http=${HOST}:0`,
    `--listen-host=${HOST}`,
    `--public-host=${HOST}`,
    `--passive-ports=${ports.first}-${last}`,
    '--first-tunnel=none',
    '--log-format=json',
    ...(options.flags ?? []),
  ]);
  void relay.ended.then(async () => {
    await ports.release();
    if (options.dir === undefined) await rm(dataDir, { recursive: true, force: true });
  });
  const ready = await relay.waitFor('ready', { timeoutMs: START_MS }).catch(giveUp(relay));
  const { host: httpHost, port: httpPort } = addressOf(ready['http']);
  let nextPort = last + 1;
  const createTunnel: Relay['createTunnel'] = async (name, tunnel) => {
    if (tunnel.port === undefined && nextPort > ports.last) throw new Error('no tunnel port left');
    const port = tunnel.port ?? nextPort++;
    const flags = [
      '--port',
      String(port),
      '--server',
      tunnel.server,
      '--data-dir',
      dataDir,
      ...(tunnel.flags ?? []),
    ];
    const created = await runGangway(
      ['tunnel', 'create', name, ...flags, '--json'],
      options.within,
    );
    if (created.status !== 0) throw new Error(`tunnel create ${name}: ${created.output}`);
    const { enrolmentCode } = JSON.parse(created.stdout) as { enrolmentCode: string };
    return { name, host: HOST, port, enrolmentCode };
  };
  const url = `http://${httpHost}:${httpPort}`;
  return { ...relay, url, dataDir, passivePorts: [ports.first, last], createTunnel };
}

/** Starts an agent process and waits until its tunnel is up. @throws Error with its log. */
export async function startAgent(
  options: AgentOptions,
): Promise<GangwayProcess & { readonly address: string }> {
  const agent = launch(options.within, [
    'agent',
    `--relay=${options.relay}`,
    `--server=${options.server}`,
    `--state-dir=${options.stateDir}`,
    ...(options.code === undefined ? [] : [`--code=${options.code}`]),
    '--log-format=json',
    ...(options.flags ?? []),
  ]);
  const up = await agent.waitFor('tunnel-up', { timeoutMs: START_MS }).catch(giveUp(agent));
  return { ...agent, address: String(up['address']) };
}

/** Runs one gangway command to its end; `within` as in {@link RelayOptions}. */
export async function runGangway(
  args: readonly string[],
  within: readonly string[] = [],
): Promise<{ status: number | null; stdout: string; output: string }> {
  const [command, ...rest] = commandLine(within, args);
  const result = await runProgram(command, rest, { timeoutMs: START_MS });
  const stdout = result.stdout.toString();
  return { status: result.status, stdout, output: stdout + result.stderr.toString() };
}

/** Changes a tunnel, `ftp` unless said, by the command line. @throws Error with what it printed */
export async function updateTunnel(
  { dataDir }: Pick<Relay, 'dataDir'>,
  flags: readonly string[],
  name = 'ftp',
): Promise<void> {
  const args = ['tunnel', 'update', name, ...flags, '--data-dir', dataDir];
  const { status, output } = await runGangway(args);
  if (status !== 0) throw new Error(`tunnel update ${name}: ${output}`);
}

/** A tunnel and the agent that serves it. */
export interface ServedTunnel {
  readonly host: string;
  readonly port: number;
  readonly agent: GangwayProcess;
  /** Ends the agent; the tunnel stays. */
  close(): Promise<void>;
}

export interface ServedTunnelOptions {
  /** `ftp` by default. */
  readonly name?: string;
  /** A reserved one by default. */
  readonly port?: number;
  /** Flags of `tunnel create`, for its policy. */
  readonly tunnelFlags?: readonly string[];
  readonly agentFlags?: readonly string[];
}

/** Makes a tunnel at a relay and starts an agent for it. @throws Error with a program's log. */
export async function serveTunnel(
  relay: Relay,
  at: { readonly host: string; readonly port: number },
  options: ServedTunnelOptions = {},
): Promise<ServedTunnel> {
  const server = formatHostPort(at);
  const stateDir = await mkdtemp(join(tmpdir(), 'gangway-agent-'));
  const cleanUp = (): Promise<void> => rm(stateDir, { recursive: true, force: true });
  try {
    const { host, port, enrolmentCode } = await relay.createTunnel(options.name ?? 'ftp', {
      server,
      flags: options.tunnelFlags ?? [],
      ...(options.port !== undefined && { port: options.port }),
    });
    const flags = options.agentFlags ?? [];
    const code = enrolmentCode;
    const agent = await startAgent({ relay: relay.url, code, server, stateDir, flags });
    const close = async (): Promise<void> => {
      await agent.stop();
      await cleanUp();
    };
    return { host, port, agent, close };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

/** A relay and an agent in front of one FTP server. */
export interface GangwayInFront extends ServedTunnel {
  readonly relay: Relay;
}

/** Starts relay, tunnel and agent in front of an FTP server. @throws Error with a program's log. */
export async function gangwayFor(
  server: { readonly host: string; readonly port: number },
  options: RelayOptions & ServedTunnelOptions = {},
): Promise<GangwayInFront> {
  const relay = await startRelay(options);
  try {
    const tunnel = await serveTunnel(relay, server, options);
    const close = async (): Promise<void> => {
      await tunnel.close();
      await relay.stop();
    };
    return { ...tunnel, relay, close };
  } catch (error) {
    await relay.stop();
    throw error;
  }
}

function giveUp(program: GangwayProcess): (error: unknown) => Promise<never> {
  return async (error) => {
    await program.kill();
    throw error;
  };
}

function addressOf(value: unknown): { host: string; port: number } {
  const found = /^(?:https?:\/\/)?(.+):(\d+)\/?$/.exec(String(value));
  if (found === null) throw new Error(`not an address: ${String(value)}`);
  return { host: found[1] ?? '', port: Number(found[2]) };
}

function commandLine(within: readonly string[], args: readonly string[]): [string, ...string[]] {
  const [first, ...others] = [...within, process.execPath];
  return [first ?? process.execPath, ...others, PROGRAM, ...args];
}

function launch(within: readonly string[] = [], args: readonly string[]): GangwayProcess {
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
      return (await waitFor('counts', { from })) as unknown as Counts;
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
