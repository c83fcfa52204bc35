/**
 * What metrics and alerts cost: per event of a session, and to collect them from a large relay.
 *
 *     node test/bench/metrics.ts [--events 2000000] [--tunnels 500]
 */
import { parseArgs } from 'node:util';
import { newsOfVisits } from '../../relay-server/alerts/news-of.ts';
import type { JournalReader } from '../../relay-server/journal/journal.ts';
import { Visit } from '../../relay-server/journal/visit.ts';
import type { RecordedEvent } from '../../shared/diagnosis/record.ts';
import { CLIENT, idle, metricsBench, transferred } from '../relay-server/metrics/bench.ts';
import { median } from './measures.ts';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '2000000' },
    tunnels: { type: 'string', default: '500' },
  },
});
const EVENTS = Number(values.events);
const TUNNELS = Number(values.tunnels);
const ROUNDS = 9;

/** A session that fetches one file, as events. */
const SESSION: readonly RecordedEvent[] = [
  { type: 'opened', client: CLIENT },
  { type: 'greeted', code: 220, text: 'ready' },
  { type: 'command', verb: 'USER', argument: 'ann' },
  { type: 'answered', verb: 'USER', code: 331, ms: 1 },
  { type: 'command', verb: 'PASS' },
  { type: 'logged-in', code: 230 },
  { type: 'command', verb: 'EPSV' },
  { type: 'passive-offered', verb: 'EPSV', port: 50_000, serverWay: 'EPSV', serverPort: 40_000 },
  { type: 'data-accepted', port: 50_000, from: CLIENT },
  { type: 'server-data', serverWay: 'EPSV', serverPort: 40_000 },
  { type: 'command', verb: 'RETR', argument: 'a.bin' },
  { type: 'transfer-started', verb: 'RETR', name: 'a.bin', direction: 'download' },
  transferred('download', 1_000_000),
  { type: 'answered', verb: 'RETR', code: 226, ms: 5 },
  { type: 'closed', by: 'client', code: 'quit', reason: 'quit', ms: 10 },
];

/** Nanoseconds for each event that a reader is told of. */
function nanosecondsAnEvent(reader: JournalReader): number {
  const visits = Array.from({ length: 1000 }, (_, i) => {
    const facts = { id: `v${i}`, tunnel: `t${i % TUNNELS}`, client: CLIENT, port: 21 };
    return new Visit(facts, 0, i);
  });
  let told = 0;
  const began = process.hrtime.bigint();
  while (told < EVENTS) {
    for (const visit of visits) {
      for (const event of SESSION) reader.event?.(visit, event, told);
      told += SESSION.length;
    }
  }
  return Number(process.hrtime.bigint() - began) / told;
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

const { metrics, stand } = metricsBench();
metrics.watchProcess();
stand(...Array.from({ length: TUNNELS }, (_, i) => idle(`t${i}`)));
const readers: Readonly<Record<string, JournalReader>> = {
  nobody: { event: () => {} },
  metrics: metrics.reader,
  alerts: newsOfVisits(() => {}),
};
for (const [name, reader] of Object.entries(readers)) {
  const rounds = Array.from({ length: ROUNDS }, () => nanosecondsAnEvent(reader));
  console.log(`${name}: ${median(rounds).toFixed(1)} ns an event`);
}
const rounds: number[] = [];
let size = 0;
for (let i = 0; i < ROUNDS; i++) {
  rounds.push(await milliseconds(async () => (size = (await metrics.text()).length)));
}
console.log(
  `collected from ${TUNNELS} tunnels: ${median(rounds).toFixed(1)} ms, ${Math.round(size / 1024)} KiB`,
);
