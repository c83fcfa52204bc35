import type { JSX } from 'preact';
import type { AuditView } from '../../../views/access.ts';
import { Changes } from '../components/changes.tsx';
import { Filters, type Filter } from '../components/filters.tsx';
import { EmptyState, Page } from '../components/page.tsx';
import { PagedTable, type Column } from '../components/table.tsx';
import { Moment } from '../components/times.tsx';
import { dayEnd, dayStart } from '../days.ts';
import { useAddressQuery } from '../query.ts';
import { usePages } from '../resource.ts';

const FILTERS: readonly Filter[] = [
  { name: 'actor', label: 'Who', placeholder: 'user:admin' },
  { name: 'action', label: 'Did', placeholder: 'tunnel.update' },
  { name: 'target', label: 'To what', placeholder: 'shop' },
  { name: 'since', label: 'From', type: 'date' },
  { name: 'until', label: 'To', type: 'date' },
];

/** Who changed what. */
export default function Audit(): JSX.Element {
  const [values, change] = useAddressQuery(['actor', 'action', 'target', 'since', 'until']);
  const pages = usePages<AuditView>('/audit', {
    ...values,
    since: dayStart(values.since),
    until: dayEnd(values.until),
  });
  return (
    <Page title="Audit" intro="Every change: who made it, from where, and what was before.">
      <section class="card">
        <Filters filters={FILTERS} values={values} onChange={change} />
        <PagedTable
          caption="Changes"
          pages={pages}
          columns={COLUMNS}
          keyOf={({ id }) => id}
          empty={<EmptyState title="No change is like that" />}
        />
      </section>
    </Page>
  );
}

const COLUMNS: readonly Column<AuditView>[] = [
  { title: 'When', cell: ({ at }) => <Moment at={at} /> },
  {
    title: 'Who',
    cell: ({ actor, from }) => (
      <>
        {actor} <small>from {from}</small>
      </>
    ),
  },
  { title: 'Did', head: true, cell: ({ action }) => action },
  { title: 'To what', cell: ({ target }) => target },
  { title: 'Changed', cell: ({ before, after }) => <Changes before={before} after={after} /> },
];
