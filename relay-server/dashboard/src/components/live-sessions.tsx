import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { SessionView } from '../../../views/sessions.ts';
import { api, at } from '../api.ts';
import { counted, formatRate } from '../format.ts';
import { watched, watchSessions } from '../live.ts';
import { PAGE_ITEMS, usePages } from '../resource.ts';
import { mayChange } from '../who.ts';
import { ConfirmDialog } from './dialog.tsx';
import { WHOSE_VISIT } from './findings.tsx';
import { EmptyState } from './page.tsx';
import { PagedTable, type Column } from './table.tsx';
import { Since } from './times.tsx';
import { say } from './toasts.tsx';
import { FileName, TransferProgress } from './transfers.tsx';
import { TunnelLink } from './tunnel-state.tsx';

interface LiveSessionsProps {
  /** Of this tunnel only. */
  readonly tunnel?: string;
  /** Part of an address or a user's name. */
  readonly q?: string;
}

/** The live sessions, a page of them, as they are each second. */
export function LiveSessions({ tunnel, q }: LiveSessionsProps): JSX.Element {
  const pages = usePages<SessionView>('/sessions', { tunnel, q });
  const [killing, setKilling] = useState<SessionView | undefined>(undefined);
  const { cursor } = pages;
  useEffect(() => {
    watchSessions({ tunnel, q, cursor, limit: PAGE_ITEMS });
    return () => watchSessions(undefined);
  }, [tunnel, q, cursor]);
  const live = watched.value;
  const shown = live === undefined ? pages : { ...pages, items: live.items };
  return (
    <>
      {live !== undefined && live.total > 0 && (
        <p class="count">{counted(live.total, 'session')}</p>
      )}
      <PagedTable
        caption="Live sessions"
        pages={shown}
        columns={columnsOf(tunnel === undefined, mayChange.value ? setKilling : undefined)}
        keyOf={({ id }) => id}
        empty={
          <EmptyState
            title={
              q === undefined || q === '' ? 'Nobody is connected' : 'No live session is like that'
            }
          />
        }
      />
      {killing !== undefined && <Kill session={killing} onClose={() => setKilling(undefined)} />}
    </>
  );
}

function Kill({ session, onClose }: { session: SessionView; onClose: () => void }): JSX.Element {
  const { id, client, user, transfer } = session;
  return (
    <ConfirmDialog
      title="End this session?"
      verb="End session"
      onClose={onClose}
      action={async () => {
        await api.delete(at('/sessions', id));
        say(`Ended the session of ${user ?? client}`);
      }}
    >
      <p>
        {user ?? 'Somebody who is not logged in'} at {client} is disconnected.{' '}
        {transfer !== null && `The transfer of ${transfer.name} breaks off. `}
        He may connect again; a ban keeps him out.
      </p>
    </ConfirmDialog>
  );
}

function columnsOf(
  withTunnel: boolean,
  onKill: ((session: SessionView) => void) | undefined,
): Column<SessionView>[] {
  return [
    WHOSE_VISIT,
    ...(withTunnel ? [TUNNEL] : []),
    { title: 'Program', cell: ({ programName, program }) => programName ?? program },
    {
      title: 'Mode',
      cell: ({ mode, tls }) => [...(mode === null ? [] : [mode]), tls ?? 'in clear'].join(', '),
    },
    { title: 'For', numeric: true, cell: ({ openedAt }) => <Since at={openedAt} /> },
    { title: 'Doing', cell: (session) => <Doing session={session} /> },
    {
      title: 'Rate',
      numeric: true,
      cell: ({ transfer }) => (
        <span class="nowrap">{transfer === null ? '–' : formatRate(transfer.rate)}</span>
      ),
    },
    ...(onKill === undefined ? [] : [killColumn(onKill)]),
  ];
}

const TUNNEL: Column<SessionView> = {
  title: 'Tunnel',
  cell: ({ tunnel }) => <TunnelLink name={tunnel} />,
};

function killColumn(onKill: (session: SessionView) => void): Column<SessionView> {
  return {
    title: 'End',
    bare: true,
    cell: (session) => (
      <button
        type="button"
        class="danger small"
        aria-label={`End the session of ${session.user ?? 'nobody'} at ${session.client}`}
        onClick={() => onKill(session)}
      >
        End
      </button>
    ),
  };
}

/** The transfer under way, else the last command. */
function Doing({ session: { transfer, command } }: { session: SessionView }): JSX.Element {
  if (transfer === null) return <code>{command ?? 'nothing yet'}</code>;
  return (
    <span class="doing">
      <FileName {...transfer} />
      <TransferProgress transfer={transfer} />
    </span>
  );
}
