import { performance } from 'node:perf_hooks';

/** Timers and clock of the running process. No timer keeps the process alive. */
export const systemTimers = {
  now: (): number => performance.now(),
  after: (ms: number, expired: () => void): (() => void) => {
    const timer = setTimeout(expired, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** A moment for people, in UTC: `2026-01-31 08:05:09 UTC`. `at` is milliseconds since 1970. */
export function formatMoment(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
