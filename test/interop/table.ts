import type { Pairing } from './plan.ts';

/** How a cell ended. */
export interface CellOutcome extends Pick<Pairing, 'client' | 'mode' | 'way'> {
  readonly server: string;
  readonly cell: string;
  readonly outcome: 'ok' | 'failed' | 'n/a';
  /** Why it is not offered. */
  readonly reason?: string;
}

/**
 * A Markdown table, client, mode and way × server: cells that succeeded of those that are offered, with
 * the number of those that are not and a line with each reason below.
 */
export function interopTable(
  outcomes: readonly CellOutcome[],
  pairings: readonly Pairing[],
  servers: readonly string[],
): string {
  const rows = pairings.map((pairing) => {
    const own = outcomes.filter((each) => isOf(pairing, each));
    const cells = servers.map((server) => count(own.filter((each) => each.server === server)));
    return `| ${pairing.client} | ${modeOf(pairing)} | ${wayOf(pairing)} | ${cells.join(' | ')} |`;
  });
  return [
    `| client | its mode | the server's | ${servers.join(' | ')} |`,
    `|${' --- |'.repeat(servers.length + 3)}`,
    ...rows,
    '',
    ...reasons(outcomes),
  ].join('\n');
}

function isOf({ client, mode, way }: Pairing, outcome: CellOutcome): boolean {
  return outcome.client === client && outcome.mode === mode && outcome.way === way;
}

function modeOf({ mode, family }: Pairing): string {
  return family === 6 ? `${mode} over IPv6` : mode;
}

function wayOf({ way }: Pairing): string {
  return way === 'direct' ? 'without Gangway' : way;
}

function count(outcomes: readonly CellOutcome[]): string {
  const of = (wanted: string): number => outcomes.filter((each) => each.outcome === wanted).length;
  const notOffered = of('n/a') === 0 ? '' : `, ${of('n/a')} n/a`;
  const failed = of('failed') === 0 ? '' : ', **FAILED**';
  return `${of('ok')}/${outcomes.length - of('n/a')} ok${notOffered}${failed}`;
}

function reasons(outcomes: readonly CellOutcome[]): string[] {
  const lines = outcomes
    .filter((each) => each.reason !== undefined)
    .map((each) => `- n/a ${each.reason ?? ''}`);
  return [...new Set(lines)];
}
