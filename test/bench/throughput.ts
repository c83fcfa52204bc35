/** Bulk data through every topology: megabytes a second, and what they cost relay and agent. */
import assert from 'node:assert/strict';
import { startBenchProgram, type BenchProgram } from './bench-program.ts';
import { startBenchServer, type BenchServer } from './bench-server.ts';
import { treeCpuSeconds } from './measures.ts';
import type { FtpClientAnswers } from './programs/ftp-client.ts';
import type { Direction } from './programs/transfers.ts';
import type { Part, Settings } from './settings.ts';
import { throughputGoals } from './throughput-goals.ts';
import {
  CASES,
  cpuOf,
  rateOf,
  ThroughputSamples,
  type Case,
  type Sample,
} from './throughput-samples.ts';
import { goalTable, shown, table } from './table.ts';
import { closeAll, PIPE, startTopologies, type Topology } from './topologies.ts';

/** Payload of a warm-up in bytes; the compilers are done then. */
const WARM_UP_BYTES = 200e6;
export const throughput: Part = {
  title: 'Throughput and CPU',
  async run(settings) {
    const server = await startBenchServer();
    const client = await startBenchProgram<FtpClientAnswers>('ftp-client.ts');
    const { topologies, missing } = await startTopologies(server, settings.flags);
    try {
      const bench = { server, client, topologies };
      const samples = await measure(bench, settings);
      return report(samples, bench, settings, missing);
    } finally {
      await closeAll(topologies);
      await client.stop();
      await server.stop();
    }
  },
};

interface Bench {
  readonly server: BenchServer;
  readonly client: BenchProgram<FtpClientAnswers>;
  readonly topologies: readonly Topology[];
}

async function measure(bench: Bench, settings: Settings): Promise<ThroughputSamples> {
  const samples = new ThroughputSamples();
  const warmUp = Math.min(WARM_UP_BYTES, settings.bytes);
  for (const topology of bench.topologies) {
    for (const which of ['U1', 'D1'] as const) await transfer(bench, topology, which, warmUp);
  }
  for (let round = 0; round < settings.rounds; round += 1) {
    for (const which of CASES) {
      for (const topology of bench.topologies) {
        const sample = await transfer(bench, topology, which, settings.bytes);
        samples.add(topology.name, which, sample);
      }
    }
    settings.progress(`throughput, round ${round + 1} of ${settings.rounds}`);
  }
  return samples;
}

/** Moves the bytes once. @throws Error when others came out than went in */
async function transfer(
  { server, client }: Bench,
  { name, way, relayPid, agentPid }: Topology,
  which: Case,
  bytes: number,
): Promise<Sample> {
  const direction = which.charAt(0) as Direction;
  const cpu = (): Promise<number[]> =>
    Promise.all([relayPid, agentPid].map(async (pid) => (pid ? treeCpuSeconds(pid) : 0)));
  const totals = await server.program.ask('totals');
  const before = await cpu();
  const streams = Number(which.slice(1));
  const work = { way, direction, streams, bytes };
  const { seconds, moved } = await client.ask('transfer', work).catch((cause: unknown) => {
    throw new Error(`${name}, ${which}`, { cause });
  });
  const after = await cpu();
  const now = await server.program.ask('totals');
  const served = direction === 'U' ? now.received - totals.received : now.sent - totals.sent;
  assert.deepEqual({ moved, served }, { moved: bytes, served: bytes }, `${name}, ${which}`);
  const [relay = 0, agent = 0] = after.map((used, i) => ((used - (before[i] ?? 0)) / bytes) * 1e9);
  return { rate: bytes / 1e6 / seconds, relay, agent };
}

function report(
  samples: ThroughputSamples,
  { topologies }: Bench,
  { rounds, bytes }: Settings,
  missing: readonly string[],
): string {
  const means = ['mean', 'CPU s/GB'];
  const head = [
    'topology',
    ...CASES,
    ...means,
    'relay/agent U1',
    'relay/agent D1',
    'relay/agent U64',
    'relay/agent D64',
  ];
  const rows = topologies.map(({ name, relayPid }) => {
    const rates = CASES.map((which) => rateCell(samples, name, which));
    const faster = `${shown(samples.meanRatio(name, PIPE, CASES, rateOf), 2)}×`;
    return [name, ...rates, faster, ...(relayPid === undefined ? NO_CPU : cpuCells(samples, name))];
  });
  return [
    `U is client to server, D server to client, the number is that of parallel streams; ${bytes / 1e6} MB a transfer, shared by its streams. Cells are MB/s and × the Node pipe; the mean is geometric. CPU is user and system time of both processes and their children, in all cases on the average and apart for the relay's and the agent's place. Medians of ${rounds} rounds; a ratio is the median of the rounds' ratios. Client and server work on the same cores.`,
    ...missing,
    table(head, rows),
    goalTable(throughputGoals(samples)),
  ].join('\n\n');
}

const NO_CPU: readonly string[] = Array.from({ length: 5 }, () => '–');

function rateCell(samples: ThroughputSamples, name: string, which: Case): string {
  const rate = shown(samples.typical(name, which, rateOf), 0);
  return `${rate} ${shown(samples.ratio(name, PIPE, which, rateOf), 2)}×`;
}

function cpuCells(samples: ThroughputSamples, name: string): string[] {
  const each = CASES.map((which) => samples.typical(name, which, cpuOf));
  const mean = each.reduce((sum, value) => sum + value, 0) / each.length;
  const ratio = samples.meanRatio(name, PIPE, CASES, cpuOf);
  const split = (which: Case): string => {
    const relay = samples.typical(name, which, (sample) => sample.relay);
    const agent = samples.typical(name, which, (sample) => sample.agent);
    return `${shown(relay, 2)} / ${shown(agent, 2)}`;
  };
  const splits = (['U1', 'D1', 'U64', 'D64'] as const).map(split);
  return [`${shown(mean, 2)} ${shown(ratio, 2)}×`, ...splits];
}
