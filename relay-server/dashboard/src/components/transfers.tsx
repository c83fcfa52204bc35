import type { JSX } from 'preact';
import type { RunningTransfer, SessionView } from '../../../views/sessions.ts';
import { formatRate } from '../format.ts';
import { Visitor } from './findings.tsx';
import { Icon } from './icon.tsx';
import { Progress } from './progress.tsx';
import type { Column } from './table.tsx';
import { TunnelLink } from './tunnel-state.tsx';

/** A file and the way it goes. */
export function FileName({
  verb,
  name,
  direction,
}: Pick<RunningTransfer, 'verb' | 'name' | 'direction'>): JSX.Element {
  return (
    <span class="file">
      <Icon name={direction} />
      <span>
        <span class="off-screen">{direction}: </span>
        {name === '' ? verb : name}
      </span>
    </span>
  );
}

export function TransferProgress({ transfer }: { transfer: RunningTransfer }): JSX.Element {
  const { bytes, size, name } = transfer;
  return <Progress done={bytes} whole={size} label={`Progress of ${name}`} />;
}

/** Sessions by what they are transferring; only for those that do. */
export const RUNNING_COLUMNS: readonly Column<SessionView>[] = [
  {
    title: 'File',
    head: true,
    cell: ({ transfer }) => transfer !== null && <FileName {...transfer} />,
  },
  { title: 'Who', cell: ({ user, client }) => <Visitor user={user} client={client} /> },
  { title: 'Tunnel', whole: true, cell: ({ tunnel }) => <TunnelLink name={tunnel} /> },
  {
    title: 'Progress',
    cell: ({ transfer }) => transfer !== null && <TransferProgress transfer={transfer} />,
  },
  {
    title: 'Rate',
    numeric: true,
    cell: ({ transfer }) =>
      transfer !== null && <span class="nowrap">{formatRate(transfer.rate)}</span>,
  },
];
