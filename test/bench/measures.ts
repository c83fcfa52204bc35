import { readFile } from 'node:fs/promises';

/** The middle one of some numbers, the upper of two; NaN of none. */
export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
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
  // After the name in parentheses; the 12th is utime, then stime, and the same two of children.
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, whose === 'its own' ? 13 : 15);
  return ticks.reduce((sum, value) => sum + Number(value), 0) / TICKS_PER_SECOND;
}
