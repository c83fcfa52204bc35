import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAgent, startRelay } from '../support/gangway.ts';
import { startBenchProgram, type BenchProgram } from './bench-program.ts';
import { startServerAt } from './bench-server.ts';
import type { FtpClientAnswers } from './programs/ftp-client.ts';
import type { Way } from './programs/ftp-session.ts';
import { FAR_HOST, makeTcpPath, NEAR_HOST, type PathShape } from './tcp-path.ts';
import { DIRECT, GANGWAY, TUNNEL_FLAGS, type GangwayFlags } from './topologies.ts';

/** The FTP server and an agent at the far end of a path, clients and a relay at the near one. */
export interface PathBench {
  readonly ways: Readonly<Record<typeof DIRECT | typeof GANGWAY, Way>>;
  /** Takes times. */
  readonly small: BenchProgram<FtpClientAnswers>;
  /** Moves bulk data meanwhile. */
  readonly bulk: BenchProgram<FtpClientAnswers>;
  close(): Promise<void>;
}

const SERVER_PORT = 2021;
const TUNNEL_PORT = 2121;
const HTTP_PORT = 8080;

/** Starts everything. @throws Error where namespaces cannot be made */
export async function startPathBench(shape: PathShape, flags: GangwayFlags): Promise<PathBench> {
  const stops: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const stop of stops.toReversed()) await stop();
  };
  try {
    const path = await makeTcpPath(shape);
    stops.push(() => path.close());
    const server = await startServerAt({ host: FAR_HOST, port: SERVER_PORT }, path.far);
    stops.push(() => server.stop());
    const within = path.near;
    const small = await startBenchProgram<FtpClientAnswers>('ftp-client.ts', { within });
    stops.push(() => small.stop());
    const bulk = await startBenchProgram<FtpClientAnswers>('ftp-client.ts', { within });
    stops.push(() => bulk.stop());
    const gangway = await startGangwayOver(path, flags, stops);
    const direct = { host: FAR_HOST, port: SERVER_PORT, shift: 0 };
    return { ways: { [DIRECT]: direct, [GANGWAY]: gangway }, small, bulk, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startGangwayOver(
  { near, far }: { near: readonly string[]; far: readonly string[] },
  flags: GangwayFlags,
  stops: (() => Promise<unknown>)[],
): Promise<Way> {
  const stateDir = await mkdtemp(join(tmpdir(), 'gangway-agent-'));
  stops.push(() => rm(stateDir, { recursive: true, force: true }));
  const relay = await startRelay({
    within: near,
    flags: [`--http=${NEAR_HOST}:${HTTP_PORT}`, ...flags.relay],
  });
  stops.push(() => relay.stop());
  const server = `${FAR_HOST}:${SERVER_PORT}`;
  const options = { server, port: TUNNEL_PORT, flags: TUNNEL_FLAGS };
  const { host, port, enrolmentCode: code } = await relay.createTunnel('ftp', options);
  const url = `http://${NEAR_HOST}:${HTTP_PORT}`;
  const place = { relay: url, code, server, stateDir, within: far };
  const agent = await startAgent({ ...place, flags: flags.agent });
  stops.push(() => agent.stop());
  return { host, port, shift: 0 };
}
