import type { JSX } from 'preact';
import type { TunnelView } from '../../../views/tunnels.ts';
import { useAgentChanges } from '../components/agents.tsx';
import { EmptyState, Section } from '../components/page.tsx';
import { DataTable } from '../components/table.tsx';
import { useFresh } from '../use-fresh.ts';
import { mayChange } from '../who.ts';
import { Line } from './line.tsx';
import { Link } from './link.tsx';
import { NewAgent } from './paste-line.tsx';

/** A tunnel's agents, the links of those that are there, and how the line was. */
export function Agents({
  tunnel,
  reload,
}: {
  tunnel: TunnelView;
  reload: () => void;
}): JSX.Element {
  const { columns, dialog } = useAgentChanges(reload);
  useFresh(reload);
  const rows = tunnel.agents.map((agent) => ({ ...agent, tunnel: tunnel.name }));
  return (
    <>
      <Section title="Agents">
        {rows.length === 0 ? (
          <EmptyState title="No agent yet" />
        ) : (
          <DataTable
            caption={`Agents of ${tunnel.name}`}
            columns={columns}
            rows={rows}
            keyOf={({ id }) => id}
          />
        )}
        {mayChange.value && (
          <div class="next-step">
            <NewAgent tunnel={tunnel.name} server={tunnel.serverAddress} />
          </div>
        )}
        {dialog}
      </Section>
      {rows.map(
        ({ id, name, link }) => link !== null && <Link key={id} agent={name} link={link} />,
      )}
      {rows.length > 0 && <Line tunnel={tunnel} />}
    </>
  );
}
