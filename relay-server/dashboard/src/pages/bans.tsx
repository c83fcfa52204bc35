import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { BanView } from '../../../views/access.ts';
import { BanForm, LiftBan } from '../components/ban-form.tsx';
import { Filters } from '../components/filters.tsx';
import { EmptyState, Page } from '../components/page.tsx';
import { RowButton } from '../components/row-button.tsx';
import { PagedTable, type Column } from '../components/table.tsx';
import { TimeAgo } from '../components/times.tsx';
import { ViewerNote } from '../components/viewer-note.tsx';
import { focusHeading } from '../focus.ts';
import { useAddressQuery } from '../query.ts';
import { usePages } from '../resource.ts';
import { tunnelOptions } from '../tunnel-options.ts';
import { mayChange } from '../who.ts';

/** Who is kept out, by people and by failed logins. */
export default function Bans(): JSX.Element {
  const [values, change] = useAddressQuery(['address', 'tunnel']);
  const pages = usePages<BanView>('/bans', values);
  const [open, setOpen] = useState<'new' | BanView | undefined>(undefined);
  const may = mayChange.value;
  const close = (): void => setOpen(undefined);
  const add = (
    <button type="button" onClick={() => setOpen('new')}>
      Ban an address
    </button>
  );
  return (
    <Page
      title="Bans"
      intro={
        <>
          Addresses that are kept out. <a href="/settings">Settings</a> say after how many failed
          logins one is banned by itself.
        </>
      }
      {...(may && { actions: add })}
    >
      <ViewerNote />
      <section class="card">
        <Filters
          filters={[
            { name: 'address', label: 'Address', placeholder: '198.51.100.7' },
            { name: 'tunnel', label: 'Tunnel', options: tunnelOptions(values.tunnel, 'any') },
          ]}
          values={values}
          onChange={change}
        />
        <PagedTable
          caption="Bans"
          pages={pages}
          columns={may ? [...COLUMNS, lifting(setOpen)] : COLUMNS}
          keyOf={({ id }) => id}
          empty={<EmptyState title="Nobody is banned" />}
        />
      </section>
      {open === 'new' && <BanForm onDone={pages.reload} onClose={close} />}
      {open !== undefined && open !== 'new' && (
        <LiftBan
          ban={open}
          onClose={close}
          onDone={() => {
            pages.reload();
            focusHeading();
          }}
        />
      )}
    </Page>
  );
}

const COLUMNS: readonly Column<BanView>[] = [
  { title: 'Address', head: true, cell: ({ network }) => network },
  { title: 'Where', cell: ({ tunnel }) => tunnel ?? 'all tunnels' },
  {
    title: 'Why',
    cell: ({ reason, automatic }) => (
      <>
        {reason} {automatic && <small>by itself</small>}
      </>
    ),
  },
  { title: 'Since', cell: ({ createdAt }) => <TimeAgo at={createdAt} /> },
  { title: 'Ends', cell: ({ until }) => <TimeAgo at={until} none="when lifted" /> },
];

function lifting(open: (ban: BanView) => void): Column<BanView> {
  return {
    title: 'Lift',
    bare: true,
    cell: (ban) => (
      <RowButton verb="Lift" what={`ban of ${ban.network}`} onClick={() => open(ban)} />
    ),
  };
}
