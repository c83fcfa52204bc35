import type { JSX } from 'preact';
import type { TimelineEntry } from '../../../views/sessions.ts';
import { Icon } from '../components/icon.tsx';
import { formatMoment, formatSpan } from '../format.ts';

const SIDE_NAMES: Readonly<Record<TimelineEntry['side'], string>> = {
  client: 'Client',
  relay: 'Relay',
  agent: 'Agent',
  server: 'FTP server',
};

/** What happened, in order: the client on the left, everything on our side on the right. */
export function Timeline({ entries }: { entries: readonly TimelineEntry[] }): JSX.Element {
  const start = entries[0]?.at ?? 0;
  const numbered = entries.map((entry, number) => ({ number, entry }));
  return (
    <>
      <div class="sides" aria-hidden="true">
        <span>The client’s side</span>
        <span>Relay, agent and FTP server</span>
      </div>
      <ol class="timeline">
        {numbered.map(({ number, entry }) => (
          <Step key={number} entry={entry} start={start} />
        ))}
      </ol>
    </>
  );
}

function Step({ entry, start }: { entry: TimelineEntry; start: number }): JSX.Element {
  const { at, side, text, fault } = entry;
  const place = side === 'client' ? 'client' : 'ours';
  return (
    <li class={fault ? `${place} fault` : place}>
      <time dateTime={new Date(at).toISOString()} title={formatMoment(at)}>
        {offset(at - start)}
      </time>
      <p>
        <span class="side-name">
          {fault && <Icon name="failed" />}
          {SIDE_NAMES[side]}
          {fault && <span class="off-screen">, a fault</span>}
          <span class="off-screen">: </span>
        </span>
        {text}
      </p>
    </li>
  );
}

/** Since the first entry; tenths of a second matter while it is short. */
function offset(ms: number): string {
  if (ms <= 0) return '0 s';
  return ms < 10_000 ? `+${(ms / 1000).toFixed(1)} s` : `+${formatSpan(ms)}`;
}
