/** What sessions cost that are logged in and do nothing. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { residentBytes } from '../interop/resident-memory.ts';
import { startBenchProgram, type BenchProgram } from './bench-program.ts';
import { startBenchServer } from './bench-server.ts';
import type { FtpClientAnswers } from './programs/ftp-client.ts';
import type { Part, Settings } from './settings.ts';
import { goalTable, shown, table } from './table.ts';
import { GANGWAY, startGangway, startPipe, type Topology } from './topologies.ts';

/** Sessions that came and went before anything is counted. */
const WARM_UP_SESSIONS = 300;
/** Files that a program has open besides its sessions'. */
const OTHER_FILES = 500;
const KIB = 1024;

/** Resident bytes of both processes. */
interface Resident {
  readonly relay: number;
  readonly agent: number;
}

/** One topology before and with all sessions. */
interface Sample {
  readonly sessions: number;
  readonly before: Resident;
  readonly during: Resident;
  /** How long it took to log all in. */
  readonly seconds: number;
}

export const memory: Part = {
  title: 'Memory of idle sessions',
  async run(settings) {
    const files = (await openFilesLimit()) - OTHER_FILES;
    const server = await startBenchServer();
    const samples = new Map<string, Sample>();
    try {
      for (const [start, filesEach] of [
        // Each hop has two connections for a session; relay and agent have one, and share the link.
        [() => startPipe(server), 2],
        [() => startGangway(server, settings.flags, GANGWAY), 1],
      ] as const) {
        const topology = await start();
        const sessions = Math.min(settings.sessions, Math.floor(files / filesEach));
        samples.set(topology.name, await sampleOf(topology, sessions, settings));
        settings.progress(`memory, ${topology.name}`);
      }
    } finally {
      await server.stop();
    }
    return report(samples);
  },
};

/** How many files and connections a program may have open here. */
async function openFilesLimit(): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'utf8');
  return Number(/^Max open files\s+\d+\s+(\d+)/m.exec(limits)?.[1] ?? 1024);
}

/** Fills a topology with sessions, looks at it and closes it. */
async function sampleOf(topology: Topology, sessions: number, settings: Settings): Promise<Sample> {
  const client = await startBenchProgram<FtpClientAnswers>('ftp-client.ts');
  try {
    return await fill(client, topology, sessions, settings);
  } catch (cause) {
    throw new Error(`${topology.name}, ${sessions} idle sessions`, { cause });
  } finally {
    await client.stop();
    await topology.close();
  }
}

async function fill(
  client: BenchProgram<FtpClientAnswers>,
  { way, relayPid = 0, agentPid = 0 }: Topology,
  sessions: number,
  { quick }: Settings,
): Promise<Sample> {
  const settle = (): Promise<void> => delay(quick ? 1000 : 10_000);
  const resident = (): Resident => ({
    relay: residentBytes(relayPid),
    agent: residentBytes(agentPid),
  });
  await client.ask('hold', { way, count: WARM_UP_SESSIONS });
  await client.ask('letGo');
  await settle();
  const before = resident();
  const started = performance.now();
  await client.ask('hold', { way, count: sessions });
  const seconds = (performance.now() - started) / 1000;
  await settle();
  const during = resident();
  const answering = await client.ask('nudge');
  assert.equal(answering, sessions, 'sessions were lost while they did nothing');
  return { sessions, before, during, seconds };
}

function report(samples: ReadonlyMap<string, Sample>): string {
  const perSession = ({ sessions, before, during }: Sample, who: keyof Resident): number =>
    (during[who] - before[who]) / sessions / KIB;
  const megabytes = ({ relay, agent }: Resident): string =>
    `${shown(relay / 1e6, 0)} / ${shown(agent / 1e6, 0)}`;
  const rows = [...samples].map(([name, sample]) => [
    name,
    String(sample.sessions),
    megabytes(sample.before),
    megabytes(sample.during),
    shown(perSession(sample, 'relay'), 1),
    shown(perSession(sample, 'agent'), 1),
    shown(sample.sessions / sample.seconds, 0),
  ]);
  const head = [
    'topology',
    'sessions',
    'MB before, relay / agent',
    'MB with them',
    'relay, KiB a session',
    'agent, KiB a session',
    'logins/s',
  ];
  const gangway = samples.get(GANGWAY);
  return [
    `Resident memory with sessions logged in that do nothing, some seconds after the last login and without asking for a collection; before them ${WARM_UP_SESSIONS} others came and went. A program that may not have so many files open has fewer.`,
    table(head, rows),
    goalTable([
      {
        what: 'idle session at the relay',
        measured: gangway === undefined ? NaN : perSession(gangway, 'relay'),
        must: 16,
        stretch: 8,
        better: 'less',
        unit: 'KiB',
      },
    ]),
  ].join('\n\n');
}
