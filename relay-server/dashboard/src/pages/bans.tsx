import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { BanView } from '../../../views/access.ts';
import { BanForm, LiftBan } from '../components/ban-form.tsx';
import { Filters, type Filter } from '../components/filters.tsx';
import { ErrorNotice } from '../components/notice.tsx';
import { EmptyState, Page } from '../components/page.tsx';
import { RowButton } from '../components/row-button.tsx';
import { DataTable, PagedTable, type Column } from '../components/table.tsx';
import { TimeAgo } from '../components/times.tsx';
import { ViewerNote } from '../components/viewer-note.tsx';
import { focusHeading } from '../focus.ts';
import { useAddressQuery } from '../query.ts';
import { usePages } from '../resource.ts';
import { useBansOf } from '../use-bans.ts';
import { mayChange } from '../who.ts';

/** Who is kept out, by people and by failed logins. */
export default function Bans(): JSX.Element {
  const [values, change] = useAddressQuery(['address']);
  const pages = usePages<BanView>('/bans');
  const of = useBansOf(values.address);
  const [open, setOpen] = useState<'new' | BanView | undefined>(undefined);
  const may = mayChange.value;
  const columns = may ? [...COLUMNS, lifting(setOpen)] : COLUMNS;
  const close = (): void => setOpen(undefined);
  const reload = (): void => {
    pages.reload();
    of.reload();
  };
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
        <Filters filters={FILTERS} values={values} onChange={change} />
        {values.address === '' ? (
          <PagedTable
            caption="Bans"
            pages={pages}
            columns={columns}
            keyOf={({ id }) => id}
            empty={<EmptyState title="Nobody is banned" />}
          />
        ) : (
          <BansOf address={values.address} of={of} columns={columns} />
        )}
      </section>
      {open === 'new' && <BanForm onDone={reload} onClose={close} />}
      {open !== undefined && open !== 'new' && (
        <LiftBan
          ban={open}
          onClose={close}
          onDone={() => {
            reload();
            focusHeading();
          }}
        />
      )}
    </Page>
  );
}

const FILTERS: readonly Filter[] = [
  { name: 'address', label: 'Is this address banned?', placeholder: '198.51.100.7' },
];

/** Whatever keeps one address out: bans of networks, too. */
function BansOf(props: {
  address: string;
  of: ReturnType<typeof useBansOf>;
  columns: readonly Column<BanView>[];
}): JSX.Element {
  const { bans, error } = props.of;
  if (bans === undefined) {
    return error === undefined ? <p aria-busy="true">Reading…</p> : <ErrorNotice error={error} />;
  }
  if (bans.length === 0) return <EmptyState title={`No ban keeps ${props.address} out`} />;
  const caption = `Bans of ${props.address}`;
  return <DataTable caption={caption} rows={bans} columns={props.columns} keyOf={({ id }) => id} />;
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
