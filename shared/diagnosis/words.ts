import { DIAGNOSIS_LIMITS } from '../limits.ts';
import type { Facts } from './finding.ts';

/** A text from outside as a fact: one bounded line without control characters. */
export function shown(text: string | undefined): string {
  const printable = (text ?? '')
    .slice(0, DIAGNOSIS_LIMITS.factText)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '?')
    .trim();
  return printable === '' ? '(nothing)' : printable;
}

/** Milliseconds as whole seconds, for "{seconds} seconds". At least 1. */
export function seconds(ms: number): number {
  return Math.max(1, Math.round(ms / 1000));
}

/** A time for people: `40 seconds`, `7 minutes`, `2 hours`. */
export function span(ms: number): string {
  const whole = seconds(ms);
  if (whole < 120) return whole === 1 ? '1 second' : `${whole} seconds`;
  const minutes = Math.round(whole / 60);
  return minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** A number of bytes for people: `1 byte`, `350 bytes`, `1.2 MB`. */
export function size(bytes: number): string {
  if (bytes === 1) return '1 byte';
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

const PLACEHOLDER = /\{([a-z][A-Za-z]*)\}/g;

/** Names of the facts that a text needs. */
export function factsIn(template: string): string[] {
  return [...template.matchAll(PLACEHOLDER)].map((found) => found[1] ?? '');
}

/** Puts facts into a text. What is in a fact is never taken for a placeholder. */
export function filled(template: string, facts: Facts): string {
  return template.replaceAll(PLACEHOLDER, (_, name: string) => {
    const fact = Object.hasOwn(facts, name) ? facts[name] : undefined;
    return fact === undefined ? `(${inWords(name)} not known)` : String(fact);
  });
}

/** The same text for nobody in particular: `‹port›` in place of a port. */
export function withoutFacts(template: string): string {
  return template.replaceAll(PLACEHOLDER, (_, name: string) => `‹${inWords(name)}›`);
}

/** `lastPort` is "last port". */
function inWords(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
