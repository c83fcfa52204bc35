/** One download over a link with a long line in it, from cold: how soon and how far the window opens. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAgent, startRelay, type GangwayProcess } from '../support/gangway.ts';
import { reservePortBlock } from '../support/ports.ts';
import { startBenchProgram, type BenchProgram } from './bench-program.ts';
import { startBenchServer, type BenchServer } from './bench-server.ts';
import { median } from './measures.ts';
import type { FtpClientAnswers } from './programs/ftp-client.ts';
import type { Way } from './programs/ftp-session.ts';
import type { Settings } from './settings.ts';
import { shown, table, type Goal } from './table.ts';
import { GANGWAY, TUNNEL_FLAGS } from './topologies.ts';

const HOST = '127.0.0.1';
const ROUND_TRIPS_MS = [100, 200] as const;
const WARM_UP_BYTES = 100e6;
/** The largest window that the figures to reach suppose, in bytes. */
const WINDOW_BYTES = 16 * 1024 * 1024;

/** What else the machine does must not count for what the line cannot do. */
const TRIES = 3;

interface Bench {
  readonly server: BenchServer;
  readonly client: BenchProgram<FtpClientAnswers>;
}

/** Bytes a second: over the whole time from the first command on, and in its last second. */
interface Rates {
  readonly mean: number;
  readonly last: number;
}

/** Measures through the delay proxy. @returns text, and the goals with what was reached */
export async function delayLine(settings: Settings): Promise<{ text: string; goals: Goal[] }> {
  const server = await startBenchServer();
  const client = await startBenchProgram<FtpClientAnswers>('ftp-client.ts');
  const seconds = settings.quick ? 2 : 4;
  try {
    const alone = await throughLineAlone({ server, client });
    const rates = new Map<number, Rates>();
    for (const roundTripMs of ROUND_TRIPS_MS) {
      const of: Rates[] = [];
      for (let round = 0; round < settings.rounds; round += 1) {
        of.push(await fromCold({ server, client }, settings, roundTripMs, seconds));
      }
      rates.set(roundTripMs, {
        mean: median(of.map(({ mean }) => mean)),
        last: median(of.map(({ last }) => last)),
      });
      settings.progress(`a line of ${roundTripMs} ms`);
    }
    return { text: textOf(rates, settings.rounds, seconds, alone), goals: goalsOf(rates) };
  } finally {
    await client.stop();
    await server.stop();
  }
}

/** What the line itself passes at best, in bytes a second. */
async function throughLineAlone({ server, client }: Bench): Promise<number> {
  const block = await reservePortBlock(server.ports);
  const args = [block.first, server.ports, server.port, ROUND_TRIPS_MS[0] / 2];
  const line = await startBenchProgram('delay-proxy.ts', { args });
  try {
    const way: Way = { host: HOST, port: block.first, shift: block.first - server.port };
    const rates: number[] = [];
    for (let i = 0; i < TRIES; i += 1) {
      const { lastSecond } = await client.ask('timed', { way, streams: 1, seconds: 2 });
      rates.push(lastSecond);
    }
    return Math.max(...rates);
  } finally {
    await line.stop();
    await block.release();
  }
}

/** A relay that has moved data before, and a link over the line that has not. */
async function fromCold(
  { server, client }: Bench,
  { flags }: Settings,
  roundTripMs: number,
  seconds: number,
): Promise<Rates> {
  const stateDir = await mkdtemp(join(tmpdir(), 'gangway-agent-'));
  const relay = await startRelay({ flags: flags.relay });
  const block = await reservePortBlock(1);
  const args = [block.first, 1, new URL(relay.url).port, roundTripMs / 2];
  const line = await startBenchProgram('delay-proxy.ts', { args });
  const agents: GangwayProcess[] = [];
  try {
    const linkBy = async (url: string, name: string): Promise<Way> => {
      const at = `${server.host}:${server.port}`;
      const tunnel = await relay.createTunnel(name, { server: at, flags: TUNNEL_FLAGS });
      const options = { relay: url, server: at, stateDir: join(stateDir, name) };
      const code = tunnel.enrolmentCode;
      agents.push(await startAgent({ ...options, code, flags: flags.agent }));
      return { host: tunnel.host, port: tunnel.port, shift: 0 };
    };
    const near = await linkBy(relay.url, 'near');
    await client.ask('transfer', { way: near, direction: 'D', streams: 1, bytes: WARM_UP_BYTES });
    const far = await linkBy(`http://${HOST}:${block.first}`, 'far');
    const result = await client.ask('timed', { way: far, streams: 1, seconds });
    return { mean: result.moved / result.seconds, last: result.lastSecond };
  } finally {
    for (const agent of agents) await agent.stop();
    await line.stop();
    await relay.stop();
    await block.release();
    await rm(stateDir, { recursive: true, force: true });
  }
}

/** What the window allows, in bytes a second. */
function ceiling(roundTripMs: number): number {
  return WINDOW_BYTES / (roundTripMs / 1000);
}

function textOf(
  rates: ReadonlyMap<number, Rates>,
  rounds: number,
  seconds: number,
  alone: number,
): string {
  const rows = [...rates].map(([roundTripMs, { mean, last }]) => {
    const share = (rate: number): string =>
      `${shown(rate / 1e6, 1)} ${shown(rate / ceiling(roundTripMs), 2)}`;
    return [`${roundTripMs} ms`, share(mean), share(last)];
  });
  const head = [
    `${GANGWAY}, round trip`,
    'MB/s, share of 16 MiB a round trip',
    'in the last second',
  ];
  return [
    `**A line that only delays**, between agent and relay: a program that ends TCP on both sides, so the tunnel's own window is what counts. It alone passes up to ${shown(alone / 1e6, 0)} MB/s. One download on a new link, ${seconds} s from its first command; median of ${rounds} rounds.`,
    table(head, rows),
  ].join('\n\n');
}

function goalsOf(rates: ReadonlyMap<number, Rates>): Goal[] {
  return [...rates].map(([roundTripMs, { mean }]) => ({
    what: `one download from cold at ${roundTripMs} ms, share of 16 MiB a round trip`,
    measured: mean / ceiling(roundTripMs),
    must: 0.6,
    stretch: 0.8,
    better: 'more',
    unit: '',
  }));
}
