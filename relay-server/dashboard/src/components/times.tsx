import type { JSX } from 'preact';
import { now } from '../clock.ts';
import { formatAgo, formatMoment, formatSpan, formatTime } from '../format.ts';

/** "3 min ago", with the moment itself for machines and on hover. */
export function TimeAgo({ at, none = '–' }: { at: number | null; none?: string }): JSX.Element {
  if (at === null) return <span>{none}</span>;
  return (
    <time dateTime={new Date(at).toISOString()} title={formatMoment(at)}>
      {formatAgo(at, now.value)}
    </time>
  );
}

/** How long something has been going on. */
export function Since({ at }: { at: number }): JSX.Element {
  return (
    <time class="nowrap" dateTime={new Date(at).toISOString()} title={`since ${formatMoment(at)}`}>
      {formatSpan(Math.max(1000, Math.ceil((now.value - at) / 1000) * 1000))}
    </time>
  );
}

/** A moment as such; `short` leaves out the day. */
export function Moment({ at, short = false }: { at: number; short?: boolean }): JSX.Element {
  return (
    <time dateTime={new Date(at).toISOString()} title={formatMoment(at)}>
      {short ? formatTime(at) : formatMoment(at)}
    </time>
  );
}
