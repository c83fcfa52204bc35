import { causeOf } from './catalogue/all.ts';
import type { Cause } from './cause.ts';
import type { Explanation, Finding, Severity, Side } from './finding.ts';
import { CLIENT_PROGRAMS, type ClientProgram } from './programs.ts';
import { filled, withoutFacts } from './words.ts';

/** A finding in words; what the user is told is worded for his program. */
export function explain(finding: Finding, program: ClientProgram): Explanation {
  const { code, facts } = finding;
  const cause = causeOf(code);
  if (cause === undefined) return unknown(code, program);
  const times = Number(facts['times'] ?? 1);
  const often = times > 1 ? ` It happened ${times} times in this visit.` : '';
  return {
    code,
    severity: cause.severity,
    side: cause.side,
    title: cause.title,
    what: filled(cause.what, facts) + often,
    why: filled(cause.why, facts),
    tellUser: filled(tellTemplate(cause, program), facts),
    program,
    webmaster: filled(cause.webmaster, facts),
  };
}

/** An entry of the catalogue as it is shown without a visit: facts are named in place of said. */
export interface CatalogueText {
  readonly code: string;
  readonly severity: Severity;
  readonly side: Side;
  readonly title: string;
  readonly what: string;
  readonly why: string;
  readonly webmaster: string;
  readonly tellUser: Record<ClientProgram, string>;
}

/** The text of a cause for nobody in particular. */
export function catalogueText(cause: Cause): CatalogueText {
  const { code, severity, side, title } = cause;
  const tellUser = Object.fromEntries(
    CLIENT_PROGRAMS.map((program) => [program, withoutFacts(tellTemplate(cause, program))]),
  ) as Record<ClientProgram, string>;
  const [what, why] = [withoutFacts(cause.what), withoutFacts(cause.why)];
  return {
    code,
    severity,
    side,
    title,
    what,
    why,
    webmaster: withoutFacts(cause.webmaster),
    tellUser,
  };
}

function tellTemplate({ tell, remedy }: Cause, program: ClientProgram): string {
  return `${tell} ${remedy[program]}`;
}

/** A finding that a newer or older version has made. */
function unknown(code: string, program: ClientProgram): Explanation {
  return {
    code,
    severity: 'info',
    side: 'relay',
    title: 'A finding that this version does not know',
    what: `The finding ${code} was made by another version of the relay.`,
    why: 'Its words are not part of this version.',
    tellUser: 'Please try again, and tell us if it does not work.',
    program,
    webmaster: 'Look at the log of the relay at that time.',
  };
}
