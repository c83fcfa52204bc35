import type { JSX } from 'preact';
import type { TunnelView } from '../../../views/tunnels.ts';
import { Filters, type Filter } from '../components/filters.tsx';
import { EmptyState, Page } from '../components/page.tsx';
import { PagedTable, type Column } from '../components/table.tsx';
import { TunnelLink, TunnelState } from '../components/tunnel-state.tsx';
import { briefs } from '../live.ts';
import { useAddressQuery } from '../query.ts';
import { usePages } from '../resource.ts';
import { briefOf } from '../states.ts';
import { useTunnelChanges } from '../use-tunnel-changes.ts';
import { mayChange } from '../who.ts';

const FILTERS: readonly Filter[] = [{ name: 'q', label: 'Name or address', placeholder: 'shop' }];

/** All tunnels. */
export default function Tunnels(): JSX.Element {
  const [values, change] = useAddressQuery(['q']);
  const pages = usePages<TunnelView>('/tunnels', values);
  useTunnelChanges(pages.reload);
  const create = mayChange.value && (
    <a role="button" href="/tunnels/new">
      New tunnel
    </a>
  );
  return (
    <Page
      title="Tunnels"
      intro="Each is the public address of one FTP server."
      {...(mayChange.value && { actions: create })}
    >
      <section class="card">
        <Filters filters={FILTERS} values={values} onChange={change} />
        <PagedTable
          caption="Tunnels"
          pages={pages}
          columns={COLUMNS}
          keyOf={({ id }) => id}
          empty={
            <EmptyState title={values.q === '' ? 'No tunnels yet' : 'No tunnel is like that'}>
              {values.q === '' && mayChange.value && (
                <p>
                  <a href="/tunnels/new">Make the first one</a>
                </p>
              )}
            </EmptyState>
          }
        />
      </section>
    </Page>
  );
}

const COLUMNS: readonly Column<TunnelView>[] = [
  { title: 'Tunnel', head: true, cell: ({ name }) => <TunnelLink name={name} /> },
  {
    title: 'State',
    cell: (view) => <TunnelState brief={briefs.value.get(view.name) ?? briefOf(view)} />,
  },
  { title: 'Address', cell: ({ publicAddress }) => publicAddress },
  {
    title: 'Sessions',
    numeric: true,
    cell: (view) => (briefs.value.get(view.name) ?? briefOf(view)).sessions,
  },
  {
    title: 'Agents',
    cell: ({ agents }) => agents.map(({ name }) => name).join(', ') || '–',
  },
];
