import { readFile, readdir } from 'node:fs/promises';

/** The middle one of some numbers, the upper of two; NaN of none. */
export function median(numbers: readonly number[]): number {
  return quantile(numbers, 0.5);
}

/** The number that this share of them does not reach, as 0.9 for the 90th percentile; NaN of none. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** What ratios have in common. */
export function geometricMean(ratios: readonly number[]): number {
  return Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
}

/** Clock ticks of /proc are a hundredth of a second on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/**
 * Seconds of CPU a process has used, in user and kernel mode.
 * @param whose also those of its children that have ended, and theirs
 */
export async function cpuSeconds(
  pid: number,
  whose: 'its own' | 'with ended children' = 'its own',
): Promise<number> {
  return secondsIn(fieldsOf(await readFile(`/proc/${pid}/stat`, 'utf8')), whose);
}

/** Seconds of CPU of a process and everything below it, what has ended included. */
export async function treeCpuSeconds(root: number): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')),
  );
  const rows = stats.map((stat, i) => ({ pid: Number(pids[i]), fields: fieldsOf(stat) }));
  const tree = new Set([root]);
  for (let before = 0; before !== tree.size;) {
    before = tree.size;
    // After the state comes the parent.
    for (const { pid, fields } of rows) if (tree.has(Number(fields[1]))) tree.add(pid);
  }
  return rows
    .filter(({ pid }) => tree.has(pid))
    .reduce((sum, { fields }) => sum + secondsIn(fields, 'with ended children'), 0);
}

/** The fields of a stat file from the state on, behind the name in parentheses. */
function fieldsOf(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** The 12th is utime, then stime, and the same two of children. */
function secondsIn(fields: readonly string[], whose: 'its own' | 'with ended children'): number {
  const ticks = fields.slice(11, whose === 'its own' ? 13 : 15);
  return ticks.reduce((sum, value) => sum + Number(value), 0) / TICKS_PER_SECOND;
}
