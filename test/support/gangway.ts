import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatHostPort } from '../../shared/config/values.ts';
import { commandLine, launch, type GangwayProcess } from './gangway-process.ts';
import { reservePortBlock, type PortBlock } from './ports.ts';
import { runProgram } from './program.ts';

export type { Counts, GangwayProcess, LogEvent } from './gangway-process.ts';

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
  /**
   * Ports for passive mode and then for tunnels, which stay the caller's; by default a fresh block that goes
   * with the relay. A relay that comes back needs it: between its lives nobody else may have its ports.
   */
  readonly ports?: PortBlock;
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

const HOST = '127.0.0.1';
const DEFAULT_PASSIVE_PORTS = 64;
/** Tunnel ports a test relay may use. */
const TUNNEL_PORTS = 16;
/** A busy machine starts Node slowly. */
const START_MS = 30_000;

/** Starts a relay process on free ports and waits until it is ready. @throws Error with its log. */
export async function startRelay(options: RelayOptions = {}): Promise<Relay> {
  const passive = options.passivePorts ?? DEFAULT_PASSIVE_PORTS;
  const ports = options.ports ?? (await reservePortBlock(passive + TUNNEL_PORTS));
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
    // Most tests that lose an agent are not about its link, and need not wait for its end.
    ...(options.flags?.some((flag) => flag.startsWith('--link-grace')) === true
      ? []
      : ['--link-grace=2s']),
    ...(options.flags ?? []),
  ]);
  void relay.ended.then(async () => {
    if (options.ports === undefined) await ports.release();
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
