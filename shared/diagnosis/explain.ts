import { CATALOGUE } from './catalogue/all.ts';
import type { Explanation, Facts, Finding, Severity, Side } from './finding.ts';
import { CLIENT_PROGRAMS, type ClientProgram } from './programs.ts';
import type { CatalogueRow, Say } from './row.ts';

const ROWS: ReadonlyMap<string, CatalogueRow> = new Map(CATALOGUE.map((row) => [row.code, row]));

/** A finding in words, for the user of a program. A code of another version has neutral words. */
export function explain(finding: Finding, program: ClientProgram): Explanation {
  const row = ROWS.get(finding.code);
  if (row === undefined) return unknown(finding, program);
  const { code, severity, side, title, why, webmaster } = row;
  const what = row.what(sayFacts(finding.facts));
  return {
    code,
    severity,
    side,
    title,
    what,
    why,
    tellUser: row.tellUser(program),
    program,
    webmaster,
  };
}

/** An entry of the catalogue, with what to tell the users of each program. */
export interface CatalogueEntry {
  code: string;
  severity: Severity;
  side: Side;
  title: string;
  /** What happens, with words in place of facts. */
  what: string;
  why: string;
  webmaster: string;
  tellUser: Record<ClientProgram, string>;
}

/** Everything that can be found, for pages. */
export function catalogueEntries(): CatalogueEntry[] {
  return CATALOGUE.map((row) => {
    const { code, severity, side, title, why, webmaster } = row;
    const texts = CLIENT_PROGRAMS.map((program) => [program, row.tellUser(program)]);
    const tellUser = Object.fromEntries(texts) as Record<ClientProgram, string>;
    const what = row.what((name) => `⟨${name}⟩`);
    return { code, severity, side, title, what, why, webmaster, tellUser };
  });
}

/** A fact that is empty or was not kept is said to be unknown. */
function sayFacts(facts: Facts): Say {
  return (name) => {
    const fact = facts[name];
    return fact === undefined || fact === '' ? 'something unknown' : String(fact);
  };
}

function unknown({ code, facts }: Finding, program: ClientProgram): Explanation {
  const said = Object.entries(facts).map(([name, fact]) => `${name} ${fact}`);
  return {
    code,
    severity: 'info',
    side: 'relay',
    title: `Found by another version: ${code}`,
    what: said.length === 0 ? 'Nothing more was kept.' : `What was kept: ${said.join(', ')}.`,
    why: 'This version does not know the cause.',
    tellUser: 'Please try again; we are looking after it.',
    program,
    webmaster: 'The documentation of the version that found it explains it.',
  };
}
