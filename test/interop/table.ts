/** How a cell ended. */
export interface CellOutcome {
  readonly server: string;
  readonly client: string;
  readonly route: string;
  readonly cell: string;
  readonly outcome: 'ok' | 'failed' | 'n/a';
  /** Why it is not offered. */
  readonly reason?: string;
}

/**
 * A Markdown table per route, servers × clients: cells that succeeded of those that are offered, with
 * the number of those that are not and a line with each reason below.
 */
export function interopTable(outcomes: readonly CellOutcome[], clients: readonly string[]): string {
  const routes = distinct(outcomes.map((each) => each.route));
  return [
    ...routes.map((route) => routeTable(route, outcomes, clients)),
    ...reasons(outcomes),
  ].join('\n');
}

function routeTable(
  route: string,
  all: readonly CellOutcome[],
  clients: readonly string[],
): string {
  const outcomes = all.filter((each) => each.route === route);
  const rows = distinct(outcomes.map((each) => each.server)).map((server) => {
    const cells = clients.map((client) =>
      count(outcomes.filter((each) => each.server === server && each.client === client)),
    );
    return `| ${server} | ${cells.join(' | ')} |`;
  });
  const head = `| ${route} | ${clients.join(' | ')} |`;
  return [head, `|${' --- |'.repeat(clients.length + 1)}`, ...rows, ''].join('\n');
}

function count(outcomes: readonly CellOutcome[]): string {
  const of = (wanted: string): number => outcomes.filter((each) => each.outcome === wanted).length;
  const notOffered = of('n/a') === 0 ? '' : `, ${of('n/a')} n/a`;
  return `${of('ok')}/${outcomes.length - of('n/a')} ok${notOffered}`;
}

function reasons(outcomes: readonly CellOutcome[]): string[] {
  const lines = outcomes
    .filter((each) => each.reason !== undefined)
    .map((each) => `- n/a ${each.server}, ${each.client}, ${each.cell}: ${each.reason ?? ''}`);
  return distinct(lines);
}

function distinct(words: readonly string[]): string[] {
  return [...new Set(words)];
}
