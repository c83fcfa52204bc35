import type { Facts, Severity, Side } from './finding.ts';
import type { ClientProgram } from './programs.ts';
import type { Reading } from './reading/reading.ts';

/** What a cause was seen by. */
export interface Detection {
  /** When it was first seen, milliseconds since 1970. */
  readonly at: number;
  /** Facts for the cause's texts. `client`, the client's address, is added to them. */
  readonly facts: Facts;
}

/** Steps for the user of each program, whole sentences. */
export type Remedy = Readonly<Record<ClientProgram, string>>;

/**
 * One row of the catalogue. Its texts are plain English for people who are no network engineers. They
 * name facts as `{port}`; every fact named there is in the facts of each detection.
 */
export interface Cause {
  /** Stable: kept in histories, used in links. */
  readonly code: string;
  readonly severity: Severity;
  readonly side: Side;
  readonly title: string;
  /** Pure. It has to be certain of what it says, also while the visit goes on. */
  readonly detect: (reading: Reading) => Detection | undefined;
  readonly what: string;
  readonly why: string;
  readonly webmaster: string;
  /** What the user is told before the steps for his program. */
  readonly tell: string;
  readonly remedy: Remedy;
}

/** The first of several signs of one cause; how many there were is a fact. */
export function firstOf<T extends { readonly at: number }>(
  signs: readonly T[],
  facts: (sign: T) => Facts,
): Detection | undefined {
  const [first] = signs;
  if (first === undefined) return undefined;
  return { at: first.at, facts: { ...facts(first), times: signs.length } };
}
