import type { Expectation } from './faults.ts';
import type { Outcome, ScenarioResult } from './scenario.ts';

/**
 * Whether links outlive their carriers. Until they do, a transfer whose carrier breaks is to be broken
 * loudly, whatever is expected of it later.
 */
export const LINKS_RESUME = true;

/** What is wrong with a result, a sentence each. */
export function complaints({ scenario, outcomes, backAfterS }: ScenarioResult): string[] {
  const { fault, set } = scenario;
  const where = `${fault.name}, ${set}`;
  const about = outcomes.flatMap((outcome) => {
    const { verdict, plan } = outcome;
    const who = `${where}: ${plan.verb} ${plan.protection}, ${plan.client}, ${plan.server.name}`;
    if (verdict.kind === 'BAD') return [`${who}: BAD: ${verdict.why}; ${saidOf(outcome)}`];
    if (isAsExpected(outcome, fault.expects) || !LINKS_RESUME) return [];
    return [`${who}: ${verdict.kind}, not ${fault.expects}; ${saidOf(outcome)}`];
  });
  return backAfterS === undefined ? [...about, `${where}: a tunnel does not come back`] : about;
}

const HEAD = [
  'fault',
  'transfers',
  'server',
  'verb',
  'TLS',
  'client',
  'met',
  'exit',
  'last reply',
  'server logged',
  'tries',
  'MB',
  'stall, s',
  'verdict',
  'expected',
  'back after, s',
];

/** A Markdown table; transfers that came out alike share a row. */
export function chaosTable(results: readonly ScenarioResult[]): string {
  const rows = results.flatMap(rowsOf);
  return [
    `| ${HEAD.join(' | ')} |`,
    `|${' --- |'.repeat(HEAD.length)}`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
  ].join('\n');
}

function rowsOf({ scenario, outcomes, backAfterS }: ScenarioResult): string[][] {
  const groups = Map.groupBy(outcomes, ({ plan, client, word, verdict }) =>
    [plan.server.name, plan.verb, client.status, replyCode(client.said), word, verdict.kind].join(),
  );
  return Array.from(groups.values(), (group) => {
    const [one] = group as [Outcome];
    const { plan, client, word, verdict } = one;
    const expected = isAsExpected(one, scenario.fault.expects);
    return [
      scenario.fault.name,
      `${group.length} (${scenario.set})`,
      plan.server.name,
      plan.verb,
      some(group, (each) => (each.plan.protection === 'TLS' ? 'yes' : 'no')),
      some(group, (each) => each.plan.client),
      String(group.filter(({ wasMet }) => wasMet).length),
      String(client.status),
      replyCode(client.said),
      word,
      range(group.map(({ tries }) => tries)),
      range(group.map(({ arrivedBytes }) => Math.floor(arrivedBytes / 1e6))),
      range(group.map(({ stallS }) => Math.round(stallS))),
      verdict.kind === 'BAD' ? `**BAD**: ${verdict.why}` : verdict.kind,
      expected ? 'yes' : `no, ${scenario.fault.expects}`,
      backAfterS === undefined ? '**never**' : backAfterS.toFixed(1),
    ];
  });
}

/** Of a client that begins anew nobody learns what its first try came to. */
function isAsExpected({ verdict, tries }: Outcome, expects: Expectation): boolean {
  if (expects === 'loud') return verdict.kind !== 'BAD';
  return verdict.kind === 'whole' && tries <= 1;
}

function saidOf({ client, word, tries, arrivedBytes, plan, stallS }: Outcome): string {
  const bytes = `${arrivedBytes} of ${plan.sample.bytes} bytes`;
  return `exit ${client.status}, "${client.said}", server: ${word}, tries: ${tries}, ${bytes}, stalled ${stallS.toFixed(1)} s`;
}

/** The code of a reply, or what stands in its place. */
function replyCode(said: string): string {
  return /^\d{3}/.exec(said)?.[0] ?? 'none';
}

function some(group: readonly Outcome[], of: (outcome: Outcome) => string): string {
  return [...new Set(group.map(of))].join(', ');
}

function range(numbers: readonly number[]): string {
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  return least === most ? String(least) : `${least}–${most}`;
}
