/** Gangway beside TCP itself on paths as they are between networks: long, narrow, and lossy. */
import { setTimeout as delay } from 'node:timers/promises';
import { median, quantile } from './measures.ts';
import { startPathBench, type PathBench } from './path-bench.ts';
import type { Way } from './programs/ftp-session.ts';
import type { Settings } from './settings.ts';
import { shown, table, type Goal } from './table.ts';
import type { PathShape } from './tcp-path.ts';
import { DIRECT, GANGWAY } from './topologies.ts';

const FREE = { rate: null, queueBytes: null, loss: 0 } as const;
const LONG: PathShape = { ...FREE, delayMs: 50, large: true };
const NARROW_RATE = 25e6;
/** Bytes that come in 50 ms. */
const NARROW_QUEUE = NARROW_RATE / 20;
const NARROW: PathShape = {
  delayMs: 10,
  rate: NARROW_RATE,
  queueBytes: NARROW_QUEUE,
  loss: 0,
  large: false,
};
const LOSSY: PathShape = { delayMs: 10, rate: 100e6, queueBytes: 2e6, loss: 0.001, large: true };
const LOSSY_BYTES = 12e6;
/** Chance decides much on a lossy path. */
const LOSSY_ROUNDS = 2;
/** Round trips beside a transfer begin when it has filled the queues. */
const FILLING_MS = 1500;
/** Between round trips. */
const pauseMs = 20;
/** What a transfer that was broken off left on the way is gone then. */
const REST_MS = 2000;

type Name = typeof DIRECT | typeof GANGWAY;
const NAMES: readonly Name[] = [DIRECT, GANGWAY];

/** Samples by way. */
type Both<T> = Readonly<Record<Name, readonly T[]>>;

/** One table's text, and what its goals have reached. */
interface Measured {
  readonly text: string;
  readonly goals: readonly Goal[];
}

/** Measures all of them, one after the other. */
export async function tcpPaths(settings: Settings): Promise<{ text: string; goals: Goal[] }> {
  const alone = [
    await passesAlone({ ...FREE, delayMs: 0, large: true }, settings),
    await passesAlone({ ...FREE, delayMs: 0, large: false }, settings),
  ].map((rate) => shown(rate / 1e6, 0));
  const parts: Measured[] = [];
  for (const measure of [longPath, narrowPath, lossyPath]) {
    parts.push(await measure(settings));
    settings.progress(measure.name);
  }
  const head = `**Real TCP between network namespaces** (cubic), over a program that has each packet for as long as the path takes. Without delay it passes ${alone[0]} MB/s with packets of up to 64 KiB, ${alone[1]} MB/s with packets of 1500 bytes. Direct is the same client with the same server over the same path. Medians.`;
  return {
    text: [head, ...parts.map(({ text }) => text)].join('\n\n'),
    goals: parts.flatMap(({ goals }) => goals),
  };
}

/** What a download moves directly over a path without delay, in bytes a second. */
async function passesAlone(shape: PathShape, { flags }: Settings): Promise<number> {
  return withPath(shape, flags, async ({ ways, small }) => {
    const work = { way: ways[DIRECT], streams: 1, seconds: 2 };
    return (await small.ask('timed', work)).lastSecond;
  });
}

async function withPath<T>(
  shape: PathShape,
  flags: Settings['flags'],
  use: (bench: PathBench) => Promise<T>,
): Promise<T> {
  const bench = await startPathBench(shape, flags);
  try {
    return await use(bench);
  } finally {
    await bench.close();
  }
}

/** Both ways in turns, so many rounds. */
async function inTurns<T>(
  { ways }: PathBench,
  rounds: number,
  once: (way: Way) => Promise<T>,
): Promise<Both<T>> {
  const samples: Record<Name, T[]> = { [DIRECT]: [], [GANGWAY]: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const name of NAMES) samples[name].push(await once(ways[name]));
  }
  return samples;
}

async function longPath({ rounds, quick, flags }: Settings): Promise<Measured> {
  const seconds = quick ? 2 : 4;
  const rates = await withPath(LONG, flags, async (bench) => {
    const download = (streams: number) => async (way: Way) => {
      const { moved, seconds: took } = await bench.small.ask('timed', { way, streams, seconds });
      await delay(REST_MS);
      return moved / 1e6 / took;
    };
    // The programs' compilers have done their work before.
    await inTurns(bench, 1, download(1));
    return {
      1: await inTurns(bench, rounds, download(1)),
      8: await inTurns(bench, rounds, download(8)),
    };
  });
  const rows = NAMES.map((name) => [
    name,
    ...[rates[1], rates[8]].map((of) => shown(median(of[name]), 1)),
  ]);
  const goal = (streams: 1 | 8, must: number, stretch: number): Goal => ({
    what: `100 ms round trip, ${streams === 1 ? 'one download' : 'eight downloads'} against direct`,
    measured: median(rates[streams][GANGWAY]) / median(rates[streams][DIRECT]),
    must,
    stretch,
    better: 'more',
    unit: '×',
  });
  return {
    text: `Round trip 100 ms, no limit: MB/s of downloads in their first ${seconds} s.\n\n${table(['way', '1 download', '8 downloads'], rows)}`,
    goals: [goal(1, 0.9, 1), goal(8, 0.5, 0.9)],
  };
}

/** Round trips in milliseconds without and with a download beside them, and its MB/s. */
interface Beside {
  readonly idle: readonly number[];
  readonly busy: readonly number[];
  readonly rate: number;
}

async function narrowPath({ rounds, quick, flags }: Settings): Promise<Measured> {
  const seconds = quick ? 1 : 3;
  const samples = await withPath(NARROW, flags, (bench) =>
    inTurns(bench, rounds, async (way): Promise<Beside> => {
      const idle = await bench.small.ask('roundTrips', { way, count: 30, seconds, pauseMs });
      await bench.bulk.ask('startBulk', { way, direction: 'D' });
      await delay(FILLING_MS);
      const busy = await bench.small.ask('roundTrips', { way, count: 1000, seconds, pauseMs });
      const { moved, seconds: took } = await bench.bulk.ask('stopBulk');
      await delay(REST_MS);
      return { idle, busy, rate: moved / 1e6 / took };
    }),
  );
  const busyOf = (name: Name): readonly number[] => samples[name].flatMap(({ busy }) => busy);
  const rows = NAMES.map((name) => [
    name,
    shown(median(samples[name].flatMap(({ idle }) => idle)), 1),
    [0.5, 0.9, 1].map((share) => shown(quantile(busyOf(name), share), 1)).join(' / '),
    shown(median(samples[name].map(({ rate }) => rate)), 1),
  ]);
  const head = ['way', 'idle, ms', 'beside a download, ms', 'download, MB/s'];
  return {
    text: `Round trip 20 ms, 25 MB/s, a queue of 50 ms: round trips of NOOP; beside the download median / 90th percentile / longest.\n\n${table(head, rows)}`,
    goals: [
      {
        what: 'narrow path, round trip beside a download, more than direct',
        measured: median(busyOf(GANGWAY)) - median(busyOf(DIRECT)),
        must: 20,
        stretch: 0,
        better: 'less',
        unit: 'ms',
      },
    ],
  };
}

async function lossyPath({ rounds, flags }: Settings): Promise<Measured> {
  const rates = await withPath(LOSSY, flags, (bench) =>
    inTurns(bench, rounds * LOSSY_ROUNDS, async (way) => {
      const work = { way, direction: 'D', streams: 1, bytes: LOSSY_BYTES } as const;
      const { seconds } = await bench.small.ask('transfer', work);
      return LOSSY_BYTES / 1e6 / seconds;
    }),
  );
  const rows = NAMES.map((name) => [
    name,
    shown(median(rates[name]), 1),
    rates[name]
      .toSorted((a, b) => a - b)
      .map((rate) => shown(rate, 1))
      .join(' '),
  ]);
  return {
    text: `Round trip 20 ms, 100 MB/s, a queue of 2 MB, 0.1 % of segments lost: one download of 12 MB, whole.\n\n${table(['way', 'MB/s', 'all of them'], rows)}`,
    goals: [],
  };
}
