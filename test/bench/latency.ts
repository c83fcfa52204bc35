/** How long small things take through every topology, alone and beside bulk data. */
import { setTimeout as delay } from 'node:timers/promises';
import { startBenchProgram, type BenchProgram } from './bench-program.ts';
import { startBenchServer } from './bench-server.ts';
import { median, quantile } from './measures.ts';
import type { FtpClientAnswers } from './programs/ftp-client.ts';
import type { Direction } from './programs/transfers.ts';
import type { Part, Settings } from './settings.ts';
import { goalTable, shown, table, type Goal } from './table.ts';
import { closeAll, GANGWAY, PIPE, startTopologies, type Topology } from './topologies.ts';

/** What one topology answered in one round: milliseconds, MB/s, sessions a second. */
interface Sample {
  readonly idle: readonly number[];
  readonly besideD: Beside;
  readonly besideU: Beside;
  readonly firstByte: readonly number[];
  readonly sessions: number;
}

/** Round trips in milliseconds, and the bulk data beside them in MB/s. */
interface Beside {
  readonly times: readonly number[];
  readonly rate: number;
}

const SESSIONS_AT_ONCE = 16;
/** More round trips than fit into the time. */
const MANY = 1e6;
/** Between round trips beside bulk data: else most would be taken in the moments when they are short. */
const pauseMs = 3;
/** So long the programs have to forget a transfer that was broken off. */
const REST_MS = 300;

export const latency: Part = {
  title: 'Latency',
  async run(settings) {
    const server = await startBenchServer();
    const clients = {
      small: await startBenchProgram<FtpClientAnswers>('ftp-client.ts'),
      bulk: await startBenchProgram<FtpClientAnswers>('ftp-client.ts'),
    };
    const { topologies, missing } = await startTopologies(server, settings.flags);
    try {
      const samples = await measure(clients, topologies, settings);
      return report(samples, settings, missing);
    } finally {
      await closeAll(topologies);
      await clients.small.stop();
      await clients.bulk.stop();
      await server.stop();
    }
  },
};

/** Bulk data is another process's, so that it does not keep the one that takes times. */
interface Clients {
  readonly small: BenchProgram<FtpClientAnswers>;
  readonly bulk: BenchProgram<FtpClientAnswers>;
}

type Samples = ReadonlyMap<string, readonly Sample[]>;

async function measure(
  clients: Clients,
  topologies: readonly Topology[],
  settings: Settings,
): Promise<Samples> {
  const samples = new Map<string, Sample[]>(topologies.map(({ name }) => [name, []]));
  for (const { way } of topologies) await clients.small.ask('firstBytes', { way, count: 50 });
  for (let round = 0; round < settings.rounds; round += 1) {
    for (const topology of topologies) {
      samples.get(topology.name)?.push(await sampleOf(clients, topology, settings));
    }
    settings.progress(`latency, round ${round + 1} of ${settings.rounds}`);
  }
  return samples;
}

async function sampleOf(
  clients: Clients,
  { name, way }: Topology,
  { quick }: Settings,
): Promise<Sample> {
  const seconds = quick ? 0.3 : 1.5;
  const beside = async (direction: Direction): Promise<Beside> => {
    await clients.bulk.ask('startBulk', { way, direction });
    const times = await clients.small.ask('roundTrips', { way, count: MANY, seconds, pauseMs });
    const bulk = await clients.bulk.ask('stopBulk');
    await delay(REST_MS);
    return { times, rate: bulk.moved / 1e6 / bulk.seconds };
  };
  try {
    const count = quick ? 200 : 2000;
    return {
      idle: await clients.small.ask('roundTrips', { way, count, seconds }),
      besideD: await beside('D'),
      besideU: await beside('U'),
      // ssh takes 40 ms for each.
      firstByte: await clients.small.ask('firstBytes', { way, count: quick ? 10 : 100 }),
      sessions: (await clients.small.ask('sessions', { way, parallel: SESSIONS_AT_ONCE, seconds }))
        .perSecond,
    };
  } catch (cause) {
    throw new Error(name, { cause });
  }
}

/** The median of the rounds' ratios to another topology; NaN without it. */
function ratio(
  samples: Samples,
  name: string,
  base: string,
  take: (sample: Sample) => number,
): number {
  const others = samples.get(base) ?? [];
  return median(
    (samples.get(name) ?? []).map((sample, round) => {
      const other = others[round];
      return other === undefined ? NaN : take(sample) / take(other);
    }),
  );
}

const idleOf = ({ idle }: Sample): number => median(idle);
const firstByteOf = ({ firstByte }: Sample): number => median(firstByte);
const sessionsOf = ({ sessions }: Sample): number => sessions;

function report(samples: Samples, { rounds }: Settings, missing: readonly string[]): string {
  const head = ['topology', 'idle', 'beside D', 'beside U', 'first byte', 'sessions/s'];
  const rows = [...samples.keys()].map((name) => {
    const of = samples.get(name) ?? [];
    const times = (take: (sample: Sample) => readonly number[]): string => {
      const all = of.flatMap(take);
      return [0.5, 0.9, 0.99].map((share) => shown(quantile(all, share), 2)).join(' / ');
    };
    const beside = (take: (sample: Sample) => Beside): string => {
      const rate = shown(median(of.map((sample) => take(sample).rate)), 0);
      return `${times((sample) => take(sample).times)} (${rate})`;
    };
    const perSecond = shown(median(of.map(sessionsOf)), 0);
    return [
      name,
      times(({ idle }) => idle),
      beside(({ besideD }) => besideD),
      beside(({ besideU }) => besideU),
      times(({ firstByte }) => firstByte),
      `${perSecond} ${shown(ratio(samples, name, PIPE, sessionsOf), 2)}×`,
    ];
  });
  return [
    `Milliseconds, median / 90th / 99th percentile of all of ${rounds} rounds. Round trips are NOOPs on one control connection, one after the other alone, and every few milliseconds beside one endless download (D) or upload (U) of another process, whose MB/s are in parentheses. First byte: from connecting to the data port, RETR sent at once, to the file's only byte. Sessions: ${SESSIONS_AT_ONCE} at once connect, log in, say NOOP three times and QUIT; × the Node pipe.`,
    ...missing,
    table(head, rows),
    goalTable(goals(samples)),
  ].join('\n\n');
}

function goals(samples: Samples): Goal[] {
  const against = (
    what: string,
    take: (sample: Sample) => number,
    must: number,
    stretch: number,
    better: Goal['better'] = 'less',
  ): Goal => {
    const measured = ratio(samples, GANGWAY, PIPE, take);
    return { what: `${what}, against ${PIPE}`, measured, must, stretch, better, unit: '×' };
  };
  return [
    against('idle round trip', idleOf, 1.3, 1.1),
    against('round trip beside D', ({ besideD }) => median(besideD.times), 0.3, 0.1),
    against('round trip beside U', ({ besideU }) => median(besideU.times), 0.3, 0.1),
    against('first byte', firstByteOf, 1.3, 1),
    against('sessions a second', sessionsOf, 0.8, 1, 'more'),
  ];
}
