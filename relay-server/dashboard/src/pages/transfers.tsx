import type { JSX } from 'preact';
import type { SessionView, TransferView } from '../../../views/sessions.ts';
import { queryText } from '../api.ts';
import { Badge } from '../components/badge.tsx';
import { Filters, type Filter } from '../components/filters.tsx';
import { Visitor, whyPath } from '../components/findings.tsx';
import { Icon } from '../components/icon.tsx';
import { EmptyState, Page, Section } from '../components/page.tsx';
import { DataTable, PagedTable, type Column } from '../components/table.tsx';
import { TunnelLink } from '../components/tunnel-state.tsx';
import { TimeAgo } from '../components/times.tsx';
import { FileName, RUNNING_COLUMNS } from '../components/transfers.tsx';
import { dayEnd, dayStart } from '../days.ts';
import { formatBytes, formatRate, formatSpan } from '../format.ts';
import { tick } from '../live.ts';
import { useAddressQuery } from '../query.ts';
import { usePages } from '../resource.ts';
import { tunnelOptions } from '../tunnel-options.ts';

const NAMES = ['tunnel', 'user', 'address', 'direction', 'ok', 'since', 'until'] as const;
type Values = Readonly<Record<(typeof NAMES)[number], string>>;

/** What was and is being transferred. */
export default function Transfers(): JSX.Element {
  const [values, change] = useAddressQuery(NAMES);
  const filters = { ...values, since: dayStart(values.since), until: dayEnd(values.until) };
  const pages = usePages<TransferView>('/transfers', filters, true);
  const csv = (
    <a href={`/api/v1/transfers.csv${queryText(filters)}`} download="transfers.csv">
      <Icon name="download" /> As a table (CSV)
    </a>
  );
  return (
    <Page title="Transfers" intro="Files that go through all tunnels, and those that went.">
      <section class="card">
        <Filters filters={filtersOf(values.tunnel)} values={values} onChange={change} />
      </section>
      <Running values={values} />
      <Section title="Past transfers" actions={csv}>
        <PagedTable
          caption="Past transfers"
          pages={pages}
          columns={COLUMNS}
          keyOf={({ id }) => id}
          empty={<EmptyState title="No transfer is like that" />}
        />
      </Section>
    </Page>
  );
}

function filtersOf(tunnel: string): Filter[] {
  return [
    { name: 'tunnel', label: 'Tunnel', options: tunnelOptions(tunnel, 'any') },
    { name: 'user', label: 'User', placeholder: 'anna' },
    { name: 'address', label: 'Address', placeholder: '198.51.100.7' },
    { name: 'direction', label: 'Direction', options: DIRECTIONS },
    { name: 'ok', label: 'Outcome', options: OUTCOMES },
    { name: 'since', label: 'From', type: 'date' },
    { name: 'until', label: 'To', type: 'date' },
  ];
}

const DIRECTIONS = [
  ['', 'any'],
  ['download', 'downloads'],
  ['upload', 'uploads'],
] as const;
const OUTCOMES = [
  ['', 'any'],
  ['true', 'complete'],
  ['false', 'failed'],
] as const;

/** The fastest that are under way; none where a past time or an outcome is asked for. */
function Running({ values }: { values: Values }): JSX.Element | null {
  const rows = (tick.value?.transfers ?? []).filter((session) => isAsked(session, values));
  if (rows.length === 0) return null;
  return (
    <Section title="Under way">
      <DataTable
        caption="Transfers under way"
        rows={rows}
        columns={RUNNING_COLUMNS}
        keyOf={({ id }) => id}
      />
    </Section>
  );
}

function isAsked(session: SessionView, values: Values): boolean {
  const { tunnel, user, address, direction, ok, until } = values;
  if (session.transfer === null || ok !== '' || (dayEnd(until) ?? Infinity) < Date.now()) {
    return false;
  }
  return (
    (tunnel === '' || session.tunnel === tunnel) &&
    (session.user ?? '').startsWith(user) &&
    session.client.startsWith(address) &&
    (direction === '' || session.transfer.direction === direction)
  );
}

const COLUMNS: readonly Column<TransferView>[] = [
  { title: 'File', head: true, cell: (transfer) => <FileName {...transfer} /> },
  {
    title: 'Who',
    cell: ({ user, client, session }) => (
      <a class="row-link" href={whyPath(session)}>
        <Visitor user={user} client={client} />
      </a>
    ),
  },
  {
    title: 'Tunnel',
    whole: true,
    cell: ({ tunnel }) => <TunnelLink name={tunnel} />,
  },
  {
    title: 'Size',
    numeric: true,
    cell: ({ bytes, size, ok }) => (
      <span class="nowrap">
        {formatBytes(bytes)}
        {!ok && size !== null && ` of ${formatBytes(size)}`}
      </span>
    ),
  },
  {
    title: 'Took',
    numeric: true,
    cell: ({ ms, bytes }) => (
      <span class="nowrap">
        {formatSpan(ms)}
        {ms >= 1000 && ` (${formatRate((bytes * 1000) / ms)})`}
      </span>
    ),
  },
  {
    title: 'Outcome',
    cell: ({ ok, code, broken }) => (
      <span class="state">
        <Badge mood={ok ? 'good' : 'bad'}>{ok ? 'complete' : 'failed'}</Badge>
        {!ok && <small>{broken ?? `reply ${code}`}</small>}
      </span>
    ),
  },
  { title: 'Begun', whole: true, cell: ({ startedAt }) => <TimeAgo at={startedAt} /> },
];
