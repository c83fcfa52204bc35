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
  readonly before: Resident;
  readonly during: Resident;
  /** How long it took to log all in. */
  readonly seconds: number;
}

export const memory: Part = {
  title: 'Memory of idle sessions',
  async run(settings) {
    const most = (await openFilesLimit()) - OTHER_FILES;
    const sessions = Math.min(settings.sessions, most);
    const server = await startBenchServer();
    const samples = new Map<string, Sample>();
    try {
      for (const start of [
        () => startPipe(server),
        () => startGangway(server, settings.flags, GANGWAY),
      ]) {
        const topology = await start();
        const client = await startBenchProgram<FtpClientAnswers>('ftp-client.ts');
        try {
          samples.set(topology.name, await sampleOf(client, topology, sessions, settings));
        } finally {
          await client.stop();
          await topology.close();
        }
        settings.progress(`memory, ${topology.name}`);
      }
    } finally {
      await server.stop();
    }
    const fewer = sessions < settings.sessions ? ' This machine lets a program open no more.' : '';
    return report(samples, sessions, fewer);
  },
};

/** How many files and connections a program may have open here. */
async function openFilesLimit(): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'utf8');
  return Number(/^Max open files\s+\d+\s+(\d+)/m.exec(limits)?.[1] ?? 1024);
}

async function sampleOf(
  client: BenchProgram<FtpClientAnswers>,
  { way, relayPid = 0, agentPid = 0 }: Topology,
  count: number,
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
  await client.ask('hold', { way, count });
  const seconds = (performance.now() - started) / 1000;
  await settle();
  const during = resident();
  const answering = await client.ask('nudge');
  assert.equal(answering, count, 'sessions were lost while they did nothing');
  return { before, during, seconds };
}

function report(samples: ReadonlyMap<string, Sample>, sessions: number, fewer: string): string {
  const perSession = ({ before, during }: Sample, who: keyof Resident): number =>
    (during[who] - before[who]) / sessions / KIB;
  const megabytes = ({ relay, agent }: Resident): string =>
    `${shown(relay / 1e6, 0)} / ${shown(agent / 1e6, 0)}`;
  const rows = [...samples].map(([name, sample]) => [
    name,
    megabytes(sample.before),
    megabytes(sample.during),
    shown(perSession(sample, 'relay'), 1),
    shown(perSession(sample, 'agent'), 1),
    shown(sessions / sample.seconds, 0),
  ]);
  const head = [
    'topology',
    'MB before, relay / agent',
    'MB with them',
    'relay, KiB a session',
    'agent, KiB a session',
    'logins/s',
  ];
  const gangway = samples.get(GANGWAY);
  return [
    `Resident memory with ${sessions} sessions logged in that do nothing, some seconds after the last login and without asking for a collection; before them ${WARM_UP_SESSIONS} others came and went.${fewer}`,
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
