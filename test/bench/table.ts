/** A markdown table; all columns but the first are numbers. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = `| --- |${' ---: |'.repeat(head.length - 1)}`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

/** A number with so many digits behind the point; a dash where there is none. */
export function shown(value: number | undefined, digits: number): string {
  return value === undefined || Number.isNaN(value) ? '–' : value.toFixed(digits);
}

/** A figure to reach: at least or at most `must`, better `stretch`. */
export interface Goal {
  readonly what: string;
  /** NaN where a reference is missing. */
  readonly measured: number;
  readonly must: number;
  readonly stretch: number;
  readonly better: 'more' | 'less';
  readonly unit: string;
}

/** What was to be reached, and whether it was. */
export function goalTable(goals: readonly Goal[]): string {
  const rows = goals.map((goal) => {
    const { what, measured, must, stretch, better, unit } = goal;
    const bound = better === 'more' ? '≥' : '≤';
    const limits = [must, stretch].map((limit) => `${bound} ${shown(limit, 2)}`);
    return [what, `${shown(measured, 2)} ${unit}`, ...limits, verdict(goal)];
  });
  return table(['goal', 'measured', 'must', 'stretch', ''], rows);
}

function verdict({ measured, must, stretch, better }: Goal): string {
  if (Number.isNaN(measured)) return 'not measured';
  const reached = (limit: number): boolean =>
    better === 'more' ? measured >= limit : measured <= limit;
  if (reached(stretch)) return 'stretch reached';
  return reached(must) ? 'reached' : '**missed**';
}
