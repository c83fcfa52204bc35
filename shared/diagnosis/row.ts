import type { Facts, Severity, Side } from './finding.ts';
import type { ClientProgram } from './programs.ts';
import type { Reading } from './reading.ts';
import type { DiagnosisContext } from './record.ts';

/** That a cause was at work, when, and with which facts. */
export interface Detected {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly facts: Facts;
}

/** A fact in words; where a page is about no visit, a word that stands for it. */
export type Say = (name: string) => string;

/** One cause: how it is recognised, and what is said of it. */
export interface CatalogueRow {
  /** Stable, in small letters with hyphens; never used again for anything else. */
  readonly code: string;
  readonly severity: Severity;
  readonly side: Side;
  readonly title: string;
  /** Pure; undefined if it was not at work, or that cannot be said yet. */
  detect(reading: Reading, context: DiagnosisContext): Detected | undefined;
  /** What happened, with the facts. */
  what(say: Say): string;
  readonly why: string;
  /** Complete sentences that can be passed on as they are. */
  tellUser(program: ClientProgram): string;
  readonly webmaster: string;
}

/** An event that was found, as what was detected. */
export function detected(
  found: { at: number } | undefined,
  facts: Facts = {},
): Detected | undefined {
  return found === undefined ? undefined : { at: found.at, facts };
}
