import { ensureReferences } from '../support/debian.ts';
import { serveTunnel, startRelay } from '../support/gangway.ts';
import { startHaproxy, type Haproxy } from '../support/haproxy.ts';
import { startSshTunnel } from '../support/openssh.ts';
import { reservePortBlock, type PortBlock } from '../support/ports.ts';
import { relayTls } from '../support/relay-tls.ts';
import { startHops } from './hops.ts';
import type { BenchServer } from './bench-server.ts';
import type { Way } from './programs/ftp-session.ts';

/** Flags for the programs under test, so that settings can be compared. */
export interface GangwayFlags {
  readonly relay: readonly string[];
  readonly agent: readonly string[];
}

/** One way from clients to the server, with the processes in it. */
export interface Topology {
  readonly name: string;
  readonly way: Way;
  /** The process where the relay is, and that where the agent is; none for the direct way. */
  readonly relayPid?: number;
  readonly agentPid?: number;
  close(): Promise<unknown>;
}

export const DIRECT = 'direct';
export const PIPE = 'Node pipe ×2';
export const SSH = 'ssh -R, default cipher';
export const SSH_GCM = 'ssh -R, aes128-gcm';
export const HAPROXY = 'HAProxy ×2';
export const GANGWAY = 'Gangway, ws';
export const GANGWAY_TLS = 'Gangway, wss';

const HOST = '127.0.0.1';
/** All clients come from one address, and each may have a data connection pending. */
const PASSIVE_PORTS = 128;
/** So do sessions; the tunnel's own limits are not what is measured. */
export const TUNNEL_FLAGS = ['--max-sessions-per-address=10000'];

/** All topologies that this machine has, and a sentence for each that it has not. */
export async function startTopologies(
  server: BenchServer,
  flags: GangwayFlags,
): Promise<{ topologies: Topology[]; missing: readonly string[] }> {
  const { missing } = await ensureReferences();
  const starts = [
    async () => directWay(server),
    () => startPipe(server),
    ...(missing.length > 0
      ? []
      : [
          () => startSsh(server, SSH),
          () => startSsh(server, SSH_GCM, 'aes128-gcm@openssh.com'),
          () => startHaproxies(server),
        ]),
    () => startGangway(server, flags, GANGWAY),
    () => startGangway(server, flags, GANGWAY_TLS),
  ];
  const topologies: Topology[] = [];
  try {
    for (const start of starts) topologies.push(await start());
  } catch (error) {
    await closeAll(topologies);
    throw error;
  }
  return { topologies, missing };
}

/** Ends what was started, the last first. */
export async function closeAll(topologies: readonly Topology[]): Promise<void> {
  for (const topology of topologies.toReversed()) await topology.close();
}

/** Straight to the server. */
export function directWay({ host, port }: BenchServer): Topology {
  return { name: DIRECT, way: { host, port, shift: 0 }, close: () => Promise.resolve() };
}

function shifted(server: BenchServer, first: number): Way {
  return { host: HOST, port: first, shift: first - server.port };
}

/** Two processes of Node that pipe. */
export async function startPipe(server: BenchServer): Promise<Topology> {
  const { ports: count } = server;
  const blocks = [await reservePortBlock(count), await reservePortBlock(count)] as const;
  const [near, far] = blocks;
  const hops = await startHops({
    near: { first: near.first, count },
    far: { first: far.first, count },
  });
  await hops.aim(server.port);
  const [relayPid, agentPid] = hops.pids;
  const close = async (): Promise<void> => {
    hops.close();
    await releaseAll(blocks);
  };
  return { name: PIPE, way: shifted(server, near.first), relayPid, agentPid, close };
}

async function startSsh(server: BenchServer, name: string, cipher?: string): Promise<Topology> {
  const { ports: count, port: to } = server;
  const block = await reservePortBlock(count);
  const from = block.first;
  const forwarding = { from, to, count, ...(cipher !== undefined && { cipher }) };
  const ssh = await startSshTunnel(forwarding);
  const close = async (): Promise<void> => {
    await ssh.stop();
    await block.release();
  };
  const pids = { relayPid: ssh.serverPid, agentPid: ssh.clientPid };
  return { name, way: shifted(server, from), ...pids, close };
}

async function startHaproxies(server: BenchServer): Promise<Topology> {
  const near = await reservePortBlock(server.ports);
  const far = await reservePortBlock(server.ports);
  const agent = await startForwarder(far, server.port);
  const relay = await startForwarder(near, far.first);
  const close = async (): Promise<void> => {
    await relay.stop();
    await agent.stop();
    await releaseAll([near, far]);
  };
  const pids = { relayPid: relay.pid, agentPid: agent.pid };
  return { name: HAPROXY, way: shifted(server, near.first), ...pids, close };
}

/** One thread, as Node has; sockets without Nagle, as everywhere here. */
function startForwarder({ first, last }: PortBlock, target: number): Promise<Haproxy> {
  const offset = target - first;
  const sections = [
    'global',
    '  nbthread 1',
    '  maxconn 4000',
    'listen forward',
    '  maxconn 2000',
    `  bind ${HOST}:${first}-${last}`,
    `  server next ${HOST}:${offset < 0 ? offset : `+${offset}`}`,
  ];
  return startHaproxy(sections, { host: HOST, port: first });
}

async function releaseAll(blocks: readonly PortBlock[]): Promise<void> {
  for (const block of blocks) await block.release();
}

/** A relay and an agent; the name says whether their link is TLS. */
export async function startGangway(
  server: BenchServer,
  flags: GangwayFlags,
  name: typeof GANGWAY | typeof GANGWAY_TLS,
): Promise<Topology> {
  const tls = name === GANGWAY_TLS ? await relayTls(HOST) : undefined;
  const relay = await startRelay({
    passivePorts: PASSIVE_PORTS,
    flags: [...(tls?.flags ?? []), ...flags.relay],
  });
  const url = tls === undefined ? relay.url : relay.url.replace('http:', 'https:');
  const agentFlags = [...(tls === undefined ? [] : [`--ca=${tls.caFile}`]), ...flags.agent];
  const options = { agentFlags, tunnelFlags: TUNNEL_FLAGS };
  const tunnel = await serveTunnel({ ...relay, url }, server, options).catch(async (error) => {
    await relay.stop();
    throw error;
  });
  const close = async (): Promise<void> => {
    await tunnel.close();
    await relay.stop();
  };
  const { host, port } = tunnel;
  const pids = { relayPid: relay.pid, agentPid: tunnel.agent.pid };
  return { name, way: { host, port, shift: 0 }, ...pids, close };
}
