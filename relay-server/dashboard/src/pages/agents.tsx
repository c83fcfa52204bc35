import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { AgentView } from '../../../views/tunnels.ts';
import { api, at } from '../api.ts';
import { Badge } from '../components/badge.tsx';
import { ConfirmDialog } from '../components/dialog.tsx';
import { Filters } from '../components/filters.tsx';
import { EmptyState, Page } from '../components/page.tsx';
import { RowButton } from '../components/row-button.tsx';
import { PagedTable, type Column } from '../components/table.tsx';
import { Since, TimeAgo } from '../components/times.tsx';
import { say } from '../components/toasts.tsx';
import { ViewerNote } from '../components/viewer-note.tsx';
import { useAddressQuery } from '../query.ts';
import { usePages, useTunnelReload } from '../resource.ts';
import { tunnelOptions } from '../tunnel-options.ts';
import { mayChange } from '../who.ts';

/** An agent in the list of all. */
type Agent = AgentView & { readonly tunnel: string };
type Open = { readonly what: 'rotate' | 'revoke'; readonly agent: Agent };

/** The programs beside the FTP servers. */
export default function Agents(): JSX.Element {
  const [values, change] = useAddressQuery(['tunnel']);
  const pages = usePages<Agent>('/agents', values);
  const [open, setOpen] = useState<Open | undefined>(undefined);
  useTunnelReload(pages.reload);
  const columns = mayChange.value ? [...COLUMNS, buttons(setOpen)] : COLUMNS;
  return (
    <Page
      title="Agents"
      intro="The programs beside the FTP servers. One more is added on its tunnel’s page."
    >
      <ViewerNote />
      <section class="card">
        <Filters
          filters={[
            { name: 'tunnel', label: 'Tunnel', options: tunnelOptions(values.tunnel, 'any') },
          ]}
          values={values}
          onChange={change}
        />
        <PagedTable
          caption="Agents"
          pages={pages}
          columns={columns}
          keyOf={({ id }) => id}
          empty={
            <EmptyState title="No agents yet">
              <p>
                Each <a href="/tunnels">tunnel</a> has the line to paste beside its FTP server.
              </p>
            </EmptyState>
          }
        />
      </section>
      {open?.what === 'rotate' && (
        <Rotate agent={open.agent} onDone={pages.reload} onClose={() => setOpen(undefined)} />
      )}
      {open?.what === 'revoke' && (
        <Revoke agent={open.agent} onDone={pages.reload} onClose={() => setOpen(undefined)} />
      )}
    </Page>
  );
}

const COLUMNS: readonly Column<Agent>[] = [
  { title: 'Agent', head: true, cell: ({ name }) => name },
  {
    title: 'Tunnel',
    whole: true,
    cell: ({ tunnel }) => <a href={`/tunnels/${tunnel}`}>{tunnel}</a>,
  },
  { title: 'State', cell: (agent) => <State agent={agent} /> },
  { title: 'Version', cell: ({ version }) => version },
  { title: 'Address', cell: ({ address }) => address ?? '–' },
  {
    title: 'Round trip',
    numeric: true,
    cell: ({ roundTrip }) => (
      <span class="nowrap">{roundTrip === null ? '–' : `${Math.round(roundTrip)} ms`}</span>
    ),
  },
  {
    title: 'To its server',
    cell: ({ serverTls }) =>
      serverTls === null ? '–' : serverTls.how === 'none' ? 'in clear' : `TLS, ${serverTls.how}`,
  },
];

function State({ agent }: { agent: Agent }): JSX.Element {
  const { connected, connectedSince, lastSeenAt, revokedAt } = agent;
  if (revokedAt !== null) {
    return (
      <span class="state">
        <Badge mood="quiet">revoked</Badge>
        <small>
          <TimeAgo at={revokedAt} />
        </small>
      </span>
    );
  }
  if (!connected) {
    return (
      <span class="state">
        <Badge mood="bad">away</Badge>
        <small>
          seen <TimeAgo at={lastSeenAt} none="never" />
        </small>
      </span>
    );
  }
  return (
    <span class="state">
      <Badge mood="good">connected</Badge>
      {connectedSince !== null && (
        <small>
          for <Since at={connectedSince} />
        </small>
      )}
    </span>
  );
}

function buttons(open: (what: Open) => void): Column<Agent> {
  return {
    title: 'Change',
    bare: true,
    cell: (agent) =>
      agent.revokedAt === null && (
        <div class="actions">
          {agent.connected && (
            <RowButton
              verb="Rotate"
              what={`credential of ${agent.name}`}
              onClick={() => open({ what: 'rotate', agent })}
            />
          )}
          <RowButton
            danger
            verb="Revoke"
            what={agent.name}
            onClick={() => open({ what: 'revoke', agent })}
          />
        </div>
      ),
  };
}

interface AgentDialogProps {
  readonly agent: Agent;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

function Rotate({ agent, onDone, onClose }: AgentDialogProps): JSX.Element {
  return (
    <ConfirmDialog
      title={`Give ${agent.name} a new credential?`}
      verb="Rotate"
      onClose={onClose}
      action={async () => {
        await api.post(`${at('/agents', agent.id)}/rotate`);
        say(`${agent.name} has a new credential`);
        onDone();
      }}
    >
      <p>
        It gets the new one over its link and keeps it; the old one ends. Sessions go on. For when a
        copy of its state directory may be in other hands.
      </p>
    </ConfirmDialog>
  );
}

function Revoke({ agent, onDone, onClose }: AgentDialogProps): JSX.Element {
  return (
    <ConfirmDialog
      title={`Revoke ${agent.name}?`}
      verb="Revoke agent"
      onClose={onClose}
      action={async () => {
        await api.delete(at('/agents', agent.id));
        say(`Revoked ${agent.name}`);
        onDone();
      }}
    >
      <p>
        Its link ends within a second, and with it the sessions of {agent.tunnel} that it serves. It
        cannot come again; a new agent needs a new code.
      </p>
    </ConfirmDialog>
  );
}
