/**
 * How long history and bans hold up everything else, as SQLite works in the relay's process.
 *
 *     node test/bench/history.ts [ROWS]
 *
 * Fills a store with ROWS transfers (1,000,000 unless said) and prints, for each job, how long it took and the
 * longest time in which the event loop had no turn: by the clock, which other programs and the disk lengthen, and
 * in CPU time of its thread.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BanIndex } from '../../relay-server/ban-index.ts';
import type { TransferHistoryFilter } from '../../relay-server/store/history.ts';
import { openSqliteStore } from '../../relay-server/store/sqlite.ts';
import { pastTransfer, pastVisit } from '../relay-server/history/fixtures.ts';

const ROWS = Number(process.argv[2] ?? 1_000_000);
const BATCH = 10_000;

/** Does a job and prints how long it took, and how long it held up others. */
async function measured(name: string, job: () => Promise<unknown>): Promise<void> {
  let last = { clock: performance.now(), cpu: cpuMs() };
  const longest = { clock: 0, cpu: 0 };
  let isOver = false;
  const turn = (): void => {
    const now = { clock: performance.now(), cpu: cpuMs() };
    longest.clock = Math.max(longest.clock, now.clock - last.clock);
    longest.cpu = Math.max(longest.cpu, now.cpu - last.cpu);
    last = now;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  const began = performance.now();
  await job();
  const took = performance.now() - began;
  await new Promise((resolve) => setImmediate(resolve));
  isOver = true;
  const stretch = `${longest.clock.toFixed(1)} ms (CPU ${longest.cpu.toFixed(1)} ms)`;
  console.log(`${name.padEnd(50)} ${took.toFixed(1)} ms, longest ${stretch}`);
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

const transfer = (i: number) =>
  pastTransfer(`t${i}`, { startedAt: i, client: `10.0.${Math.floor(i / 5_000) % 250}.${i % 250}` });

/** A visit with so many commands of so many characters. */
function visit(id: string, commands: number, length: number) {
  const { record, ...rest } = pastVisit(id, { findings: ['a', 'b'] });
  const argument = 'x'.repeat(length);
  const events = Array.from({ length: commands }, (_, at) => {
    return { at, event: { type: 'command', verb: 'RETR', argument } as const };
  });
  return { ...rest, record: { ...record, events } };
}

const dir = mkdtempSync(join(tmpdir(), 'gangway-bench-'));
const store = await openSqliteStore({ dataDir: dir });
const { history } = store;
for (let at = 0; at < ROWS; at += BATCH) {
  await history.write(
    [],
    Array.from({ length: BATCH }, (_, i) => transfer(at + i)),
  );
}
console.log(`${ROWS} transfers are there`);
const short = Array.from({ length: 1_000 }, (_, i) => visit(`v${i}`, 40, 60));
const long = Array.from({ length: 1_000 }, (_, i) => visit(`w${i}`, 180, 300));
const more = Array.from({ length: BATCH }, (_, i) => transfer(ROWS + i));
await measured('write 1,000 visits of 40 events', () => history.write(short, []));
await measured('write 1,000 visits of 180 long events', () => history.write(long, []));
await measured('write 10,000 transfers', () => history.write([], more));
await measured('count what is too much', () => history.excess(ROWS));
const ENDS = { sessions: 9_999, transfers: 5_000, findings: 9_999, lineLosses: 0 };
await measured('delete 5,000 transfers and 2,000 visits', async () => {
  while (await history.forget(ENDS));
});
const FILTERS: readonly TransferHistoryFilter[] = [
  {},
  { user: 'ann' },
  { ok: false },
  { user: 'ann', ok: false },
  { address: '10.0.7.' },
  { address: '10.0.7.0/24', direction: 'upload' },
];
for (const filter of FILTERS) {
  await measured(`look for ${JSON.stringify(filter)}`, () => history.transfers(filter));
}
await store.close();
rmSync(dir, { recursive: true });

const index = new BanIndex();
for (let i = 0; i < 10_000; i++) {
  const network = i % 2 === 0 ? `10.${i >> 8}.${i & 255}.1/32` : `2001:db8:${i.toString(16)}::/64`;
  const rest = { tunnel: null, reason: '', automatic: true, createdAt: 0, until: null };
  index.add({ id: String(i), network, ...rest });
}
const began = performance.now();
const LOOKS = 200_000;
for (let i = 0; i < LOOKS; i++) index.find(i % 2 === 0 ? '192.0.2.1' : '2001:db9::1', () => true);
const each = ((performance.now() - began) * 1000) / LOOKS;
console.log(`look for an address among ${index.size} bans: ${each.toFixed(1)} µs`);
