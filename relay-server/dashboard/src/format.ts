/** Numbers and times as people read them. Pure. */

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Bytes in powers of 1000: `512 B`, `1.5 MB`, `12 GB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1);
  const value = bytes / 1000 ** power;
  return `${value < 10 ? value.toFixed(1) : String(Math.round(value))} ${UNITS[power] ?? 'B'}`;
}

/** Bytes per second. */
export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}

/** A span in its two largest units: `340 ms`, `12 s`, `3 min 20 s`, `2 h 5 min`, `4 d 3 h`. */
export function formatSpan(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.floor(ms / 1000);
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

/** How long ago something was: `just now`, `3 min ago`, `2 d ago`; for what is to come: `in 3 min`. */
export function formatAgo(at: number, now: number): string {
  const ms = now - at;
  const [span = ''] = /^\d+ \S+/.exec(formatSpan(Math.abs(ms))) ?? [];
  if (Math.abs(ms) < 5000) return 'just now';
  return ms > 0 ? `${span} ago` : `in ${span}`;
}

/** A moment in the reader's own time zone, to the second. */
export function formatMoment(at: number): string {
  return MOMENT.format(at);
}

/** The time of day, to the second. */
export function formatTime(at: number): string {
  return TIME.format(at);
}

/** `1 session`, `2 sessions`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

const TIME = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const MOMENT = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
