/**
 * `npm run soak`: many sessions for a long time, while the way between agents and relay breaks in every way
 * the long run of faults knows; then quiet. At the end every session must have been right or told of its
 * failure, and relay and agents must hold as little as in the beginning. Needs root on Debian.
 *
 *     npm run soak -- [--minutes 20] [--sessions 50] [--seed N]
 */
import { parseArgs } from 'node:util';
import { GangwayUnderFire, HTTP_PORT } from '../gangway-under-fire.ts';
import { layGround, type Ground, type Sample } from '../ground.ts';
import { Middle } from '../middle.ts';
import { missingParts } from '../missing-parts.ts';
import { backAfter } from '../scenario.ts';
import { tallyOf } from './account.ts';
import { Chance } from './chance.ts';
import { idleCounts, returnToIdle, sameCounts } from './idle.ts';
import { Memory, grew, memoryTable } from './memory.ts';
import { NodeClients } from './node-clients.ts';
import { strikeAtRandom } from './random-faults.ts';
import { keepVisiting, makeListedFolders, type Diary, type Surroundings } from './sessions.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '20' },
    sessions: { type: 'string', default: '50' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 32)) },
  },
});
const MINUTE_MS = 60_000;
const SESSIONS = Number(values.sessions);
const SAMPLES = 12;
const SAMPLE_BYTES = [1, 16e6] as const;
/** Programs are killed in this part of the time. */
const KILLS = 0.25;

const missing = await missingParts();
if (missing.length > 0) {
  console.error(missing.join(' '));
  process.exitCode = 1;
} else {
  process.exitCode = (await soak()) ? 0 : 1;
}

/** Whether nobody has anything to complain of. */
async function soak(): Promise<boolean> {
  console.log(`seed ${values.seed}, ${values.minutes} min, ${SESSIONS} sessions`);
  const chance = new Chance(Number(values.seed));
  const ground = await layGround();
  const closing: (() => Promise<void>)[] = [() => ground.close()];
  const close = async (): Promise<void> => {
    for (const each of closing.splice(0).toReversed()) await each();
  };
  const interrupted = (): void => void close().finally(() => process.exit(130));
  process.once('SIGINT', interrupted);
  try {
    await makeListedFolders(ground.servers);
    const samples = await makeSamples(ground, chance);
    const nodeClients = new NodeClients(ground.lab);
    closing.push(() => nodeClients.stop());
    const middle = await Middle.start(ground.lab, HTTP_PORT);
    closing.push(() => middle.stop());
    const gangway = await GangwayUnderFire.start(ground, 'middle');
    closing.push(() => gangway.stop());
    const around = { ground, samples, nodeClients, diary: newDiary() };
    return report(await live(around, { gangway, middle, chance }));
  } finally {
    process.off('SIGINT', interrupted);
    await close();
  }
}

async function makeSamples(ground: Ground, chance: Chance): Promise<Sample[]> {
  const sizes = Array.from({ length: SAMPLES }, () => chance.magnitude(...SAMPLE_BYTES));
  return Promise.all(sizes.map((size) => ground.sample(Math.floor(size))));
}

function newDiary(): Diary {
  return { entries: [], wrong: [], listings: 0, failedListings: 0 };
}

interface Parts {
  readonly gangway: GangwayUnderFire;
  readonly middle: Middle;
  readonly chance: Chance;
}

interface Report {
  /** Lines that say what happened. */
  readonly lines: readonly string[];
  /** What is wrong, a sentence each. */
  readonly wrong: readonly string[];
}

/** Quiet, storm, quiet. */
async function live(around: Surroundings, { gangway, middle, chance }: Parts): Promise<Report> {
  const { ground, diary } = around;
  const { servers, lab } = ground;
  await visitAll(around, chance, performance.now());
  const first = await tallyOf(servers, { entries: diary.entries.splice(0) });
  const idle = await idleCounts(gangway);
  const memory = new Memory(gangway);
  const length = Number(values.minutes) * MINUTE_MS;
  const [start, end] = [performance.now(), performance.now() + length];
  const until = { faults: end, kills: start + length * KILLS };
  const [faults] = await Promise.all([
    strikeAtRandom({ lab, gangway, middle }, chance.fork(), until),
    visitAll(around, chance, end),
  ]);
  const back = await backAfter(ground);
  const tally = await tallyOf(servers, { entries: diary.entries.splice(0) });
  await visitAll(around, chance, performance.now());
  const last = await tallyOf(servers, diary);
  const now = await returnToIdle(gangway, idle);
  const lives = memory.stop();
  const quiet = first.loud + last.loud;
  return {
    lines: [
      ...Array.from(faults, ([name, count]) => `${count} × ${name}`),
      `${tally.whole} transfers whole, ${tally.loud} broken loudly, ${tally.bad.length} BAD; ` +
        `${diary.listings} listings, ${diary.failedListings} of them failed`,
      `idle before: ${JSON.stringify(idle)}`,
      `idle after:  ${JSON.stringify(now)}`,
      memoryTable(lives),
    ],
    wrong: [
      ...diary.wrong,
      ...[first, tally, last].flatMap(({ bad }) => bad),
      ...(back === undefined ? ['a tunnel did not come back'] : []),
      ...(quiet === 0 ? [] : [`${quiet} transfers failed while nothing happened`]),
      ...(sameCounts(idle, now) ? [] : ['relay or agents hold something else than before']),
      ...lives.filter(grew).map(({ program }) => `the memory of ${program} grows`),
    ],
  };
}

/** All sessions at once, each until that time and at least one. */
async function visitAll(around: Surroundings, chance: Chance, until: number): Promise<void> {
  const sessions = Array.from({ length: SESSIONS }, (_, index) =>
    keepVisiting(around, chance.fork(), { index, until }),
  );
  await Promise.all(sessions);
}

function report({ lines, wrong }: Report): boolean {
  for (const line of [...lines, ...wrong]) console.log(line);
  console.log(wrong.length === 0 ? 'nothing is wrong' : `seed ${values.seed}`);
  return wrong.length === 0;
}
