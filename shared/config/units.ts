import type { Parser } from './setting.ts';

/** Texts of durations and rates. Nothing here needs Node: pages of the dashboard read them, too. */

const DURATION = /^(\d{1,9})(ms|s|m|h)?$/;
const BYTE_RATE = /^(\d{1,12})([kmg]i?)?$/i;
/** In ascending order. */
const UNIT_BYTES: Readonly<Record<string, number>> = {
  '': 1,
  k: 1000,
  Ki: 1024,
  M: 1000 ** 2,
  Mi: 1024 ** 2,
  G: 1000 ** 3,
  Gi: 1024 ** 3,
};
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** What a parser answers to a text that it does not take. */
export function wrong(
  problem: string,
  remedy: string,
): { ok: false; problem: string; remedy: string } {
  return { ok: false, problem, remedy };
}

/** A duration: `500ms`, `30s`, `2m`, `1h`; a bare number is seconds. The value is milliseconds. */
export const duration: Parser<number> = (raw) => {
  const match = DURATION.exec(raw);
  if (match === null) return wrong('is not a duration', 'Write it like 500ms, 30s, 2m or 1h.');
  return { ok: true, value: Number(match[1]) * (UNIT_MS[match[2] ?? 's'] ?? 1000) };
};

/** The inverse of {@link duration}, in the largest unit without a fraction: `90s`, `15m`. `ms` is an integer ≥ 0. */
export function formatDuration(ms: number): string {
  const [unit = 'ms', size = 1] =
    Object.entries(UNIT_MS).findLast(([, each]) => ms >= each && ms % each === 0) ?? [];
  return `${ms / size}${unit}`;
}

/**
 * Bytes per second: `500k`, `10M`, `1G` in powers of 1000, `512Ki`, `10Mi`, `1Gi` in powers of 1024, or
 * without a unit. Capitals do not matter.
 */
export const byteRate: Parser<number> = (raw) => {
  const match = BYTE_RATE.exec(raw);
  const named = match?.[2]?.toLowerCase() ?? '';
  const unit = Object.entries(UNIT_BYTES).find(([name]) => name.toLowerCase() === named)?.[1];
  if (match === null || unit === undefined) {
    return wrong('is not a number of bytes per second', 'Write it like 500k, 10M, 1G or 512Ki.');
  }
  return { ok: true, value: Number(match[1]) * unit };
};

/** The inverse of {@link byteRate}, in the largest unit without a fraction: `1500k`. `rate` is an integer > 0. */
export function formatByteRate(rate: number): string {
  const [unit = '', size = 1] =
    Object.entries(UNIT_BYTES).findLast(([, each]) => rate >= each && rate % each === 0) ?? [];
  return `${rate / size}${unit}`;
}
