import type { JSX } from 'preact';
import { formatBytes } from '../format.ts';

/** How far a transfer is, as a bar where the whole is known; always in words, too. */
export function Progress({
  done,
  whole,
  label,
}: {
  done: number;
  whole: number | null;
  label: string;
}): JSX.Element {
  if (whole === null || whole === 0) return <span class="nowrap">{formatBytes(done)}</span>;
  const share = Math.min(1, done / whole);
  return (
    <span class="progress">
      <progress value={share} max={1} aria-label={label} />
      <span class="nowrap">
        {Math.floor(share * 100)} % of {formatBytes(whole)}
      </span>
    </span>
  );
}
