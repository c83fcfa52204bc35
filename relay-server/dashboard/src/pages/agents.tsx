import type { JSX } from 'preact';
import { Filters } from '../components/filters.tsx';
import { useAgentChanges, type ListedAgent } from '../components/agents.tsx';
import { EmptyState, Page } from '../components/page.tsx';
import { PagedTable, type Column } from '../components/table.tsx';
import { TunnelLink } from '../components/tunnel-state.tsx';
import { ViewerNote } from '../components/viewer-note.tsx';
import { useAddressQuery } from '../query.ts';
import { usePages } from '../resource.ts';
import { useTunnelChanges } from '../use-tunnel-changes.ts';
import { tunnelOptions } from '../tunnel-options.ts';

/** The programs beside the FTP servers. */
export default function Agents(): JSX.Element {
  const [values, change] = useAddressQuery(['tunnel']);
  const pages = usePages<ListedAgent>('/agents', values);
  const { columns, dialog } = useAgentChanges(pages.reload);
  useTunnelChanges(pages.reload);
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
          columns={[...columns.slice(0, 1), OF_TUNNEL, ...columns.slice(1)]}
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
      {dialog}
    </Page>
  );
}

const OF_TUNNEL: Column<ListedAgent> = {
  title: 'Tunnel',
  whole: true,
  cell: ({ tunnel }) => <TunnelLink name={tunnel} />,
};
