import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { AgentView } from '../../../views/tunnels.ts';
import { api, at } from '../api.ts';
import { lineText } from '../line-words.ts';
import { mayChange } from '../who.ts';
import { Badge } from './badge.tsx';
import { ConfirmDialog } from './dialog.tsx';
import { RowButton } from './row-button.tsx';
import type { Column } from './table.tsx';
import { Since, TimeAgo } from './times.tsx';
import { say } from './toasts.tsx';

/** An agent in a list, with the name of its tunnel. */
export type ListedAgent = AgentView & { readonly tunnel: string };
type Open = { readonly what: 'rotate' | 'revoke'; readonly agent: ListedAgent };

/**
 * Columns of a list of agents, with buttons for admins, and the dialog that a button has opened.
 * @param onDone called when an agent was changed.
 */
export function useAgentChanges(onDone: () => void): {
  readonly columns: readonly Column<ListedAgent>[];
  readonly dialog: JSX.Element | null;
} {
  const [open, setOpen] = useState<Open | undefined>(undefined);
  const columns = mayChange.value ? [...COLUMNS, buttons(setOpen)] : COLUMNS;
  if (open === undefined) return { columns, dialog: null };
  const Asked = open.what === 'rotate' ? Rotate : Revoke;
  const dialog = <Asked agent={open.agent} onDone={onDone} onClose={() => setOpen(undefined)} />;
  return { columns, dialog };
}

const COLUMNS: readonly Column<ListedAgent>[] = [
  { title: 'Agent', head: true, cell: ({ name }) => name },
  { title: 'State', cell: (agent) => <State agent={agent} /> },
  { title: 'Version', cell: ({ version }) => version },
  { title: 'Address', cell: ({ address }) => address ?? '–' },
  {
    title: 'Line',
    whole: true,
    cell: lineText,
  },
  {
    title: 'To its server',
    cell: ({ serverTls }) =>
      serverTls === null ? '–' : serverTls.how === 'none' ? 'in clear' : `TLS, ${serverTls.how}`,
  },
];

function State({ agent }: { agent: ListedAgent }): JSX.Element {
  const { connected, connectedSince, lastSeenAt, revokedAt, link } = agent;
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
  const since = link?.waitingSince ?? null;
  if (since !== null) {
    return (
      <span class="state">
        <Badge mood="warning">line down</Badge>
        <small>
          for <Since at={since} />
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

function buttons(open: (what: Open) => void): Column<ListedAgent> {
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
  readonly agent: ListedAgent;
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
