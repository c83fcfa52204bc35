/**
 * The benchmark of Gangway beside what else could carry the same bytes: throughput and CPU, latency, long
 * lines, memory. Real programs, each in a process of its own, on this machine alone; it needs Linux, and
 * root on Debian for the references and for networks in namespaces. It judges nothing by its exit code.
 *
 *     npm run bench -- [--only throughput|latency|long|memory] [--rounds 5] [--megabytes 1000]
 *         [--sessions 10000] [--relay-flags "--flag …"] [--agent-flags "--flag …"] [--quick]
 *
 * It takes about twenty minutes and rewrites its sections of results.md, except with --quick, which takes
 * two minutes, shows that everything runs, and prints only.
 */
import { parseArgs } from 'node:util';
import { latency } from './latency.ts';
import { long } from './long.ts';
import { describeMachine } from './machine.ts';
import { memory } from './memory.ts';
import { writeResults, type Section } from './results.ts';
import type { Part, Settings } from './settings.ts';
import { throughput } from './throughput.ts';

const PARTS = { throughput, latency, long, memory } satisfies Record<string, Part>;
type PartName = keyof typeof PARTS;
const MACHINE = 'Machine';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    rounds: { type: 'string' },
    megabytes: { type: 'string' },
    sessions: { type: 'string' },
    quick: { type: 'boolean', default: false },
    'relay-flags': { type: 'string', default: '' },
    'agent-flags': { type: 'string', default: '' },
  },
});

// Each program that is started ends with this one, also when it is told to end.
process.setMaxListeners(0);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const started = performance.now();
const { quick } = values;
const settings: Settings = {
  quick,
  rounds: number('rounds', quick ? 1 : 5),
  bytes: number('megabytes', quick ? 50 : 1000) * 1e6,
  sessions: number('sessions', quick ? 500 : 10_000),
  flags: { relay: words(values['relay-flags']), agent: words(values['agent-flags']) },
  progress: (what) => console.error(`${minutes()} ${what}`),
};

const titles = [MACHINE, ...Object.values(PARTS).map(({ title }) => title)];
await keep({ title: MACHINE, text: await describeMachine() });
for (const name of partNames()) {
  const part = PARTS[name];
  const text = `${circumstances()}\n\n${await part.run(settings)}`;
  console.log(`\n## ${part.title}\n\n${text}`);
  await keep({ title: part.title, text });
}

/** At once, so that a later part that fails costs nothing that was measured. */
async function keep(section: Section): Promise<void> {
  if (!quick) await writeResults([section], titles);
}

function partNames(): PartName[] {
  const all = Object.keys(PARTS) as PartName[];
  const unknown = values.only?.filter((name) => !all.includes(name as PartName)) ?? [];
  if (unknown.length > 0) throw new Error(`no such part: ${unknown.join(', ')}`);
  return all.filter((name) => values.only?.includes(name) ?? true);
}

function number(name: 'rounds' | 'megabytes' | 'sessions', otherwise: number): number {
  const value = Number(values[name] ?? otherwise);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} is a number from 1`);
  return value;
}

function words(text: string): string[] {
  return text.split(' ').filter((word) => word !== '');
}

/** When a section was measured, and with which settings of the programs. */
function circumstances(): string {
  const { relay, agent } = settings.flags;
  const flags = [
    relay.length > 0 ? ` relay ${relay.join(' ')};` : '',
    agent.length > 0 ? ` agent ${agent.join(' ')};` : '',
  ];
  return `${new Date().toISOString().slice(0, 10)}; flags:${flags.join('') || ' none'}`;
}

function minutes(): string {
  return `[${((performance.now() - started) / 60_000).toFixed(1)} min]`;
}
