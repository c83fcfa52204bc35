import type { ClientProgram } from './programs.ts';

/** Whose side a cause is on. */
export type Side = 'client' | 'relay' | 'agent' | 'server';

/** `info` is seen and harmless, `warning` may hinder, `error` has hindered. */
export type Severity = 'info' | 'warning' | 'error';

/** Facts of a finding: addresses, ports, times, texts, by name. */
export type Facts = Readonly<Record<string, string | number>>;

/** One diagnosed cause. Its words are made by {@link explain} when they are read. */
export interface Finding {
  /** Stable: a code of the catalogue. */
  readonly code: string;
  /** When what it is drawn from happened, milliseconds since 1970. */
  readonly at: number;
  readonly facts: Facts;
}

/** A finding in words. */
export interface Explanation {
  readonly code: string;
  readonly severity: Severity;
  readonly side: Side;
  readonly title: string;
  /** What happened, with the facts. */
  readonly what: string;
  readonly why: string;
  /** What to tell the user, worded for his program. */
  readonly tellUser: string;
  readonly program: ClientProgram;
  /** What the webmaster himself should change. */
  readonly webmaster: string;
}
