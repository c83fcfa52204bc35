import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { FindingView } from '../../../views/findings.ts';
import type { Overview as OverviewView, Sample, Tick, TunnelBrief } from '../../../views/live.ts';
import { Chart, type Line } from '../components/chart.tsx';
import { FINDING_COLUMNS } from '../components/findings.tsx';
import { ErrorNotice } from '../components/notice.tsx';
import { EmptyState, Page, Section } from '../components/page.tsx';
import { DataTable, type Column } from '../components/table.tsx';
import { RUNNING_COLUMNS } from '../components/transfers.tsx';
import { TunnelLink, TunnelState } from '../components/tunnel-state.tsx';
import { counted, formatRate } from '../format.ts';
import { briefs, news, tick } from '../live.ts';
import { useResource } from '../resource.ts';
import { useThroughput } from '../throughput.ts';
import { mayChange } from '../who.ts';

/** What a screen shows without being scrolled for long. */
const SHOWN = 10;
const LINES: readonly Line[] = [
  { label: 'To clients', colour: '--series-1' },
  { label: 'From clients', colour: '--series-2' },
];

/** The relay at a glance. */
export default function Overview(): JSX.Element {
  const { data, error } = useResource<OverviewView>('/overview');
  const now = tick.value ?? data?.tick;
  return (
    <Page title="Overview">
      <ErrorNotice error={error} />
      {now !== undefined && <Figures now={now} />}
      <Tunnels />
      <Section title="Transfers under way">
        <Running now={now} />
      </Section>
      <Section title="Throughput">
        <Throughput />
      </Section>
      <Section title="Findings of today" actions={<a href="/why">Why can’t they connect?</a>}>
        <Findings known={data?.findings} />
      </Section>
    </Page>
  );
}

function Figures({ now: { tunnelsUp, tunnelsDown, sample } }: { now: Tick }): JSX.Element {
  const figures = [
    ['Tunnels up', String(tunnelsUp), '/tunnels'],
    ['Tunnels down', String(tunnelsDown), '/tunnels'],
    ['Live sessions', sample.sessions.toLocaleString('en'), '/sessions'],
    ['Transfers', sample.transfers.toLocaleString('en'), '/sessions'],
    ['To clients', formatRate(sample.rateDown), undefined],
    ['From clients', formatRate(sample.rateUp), undefined],
  ] as const;
  return (
    <dl class="figures">
      {figures.map(([what, value, path]) => (
        <div
          key={what}
          class={what === 'Tunnels down' && tunnelsDown > 0 ? 'figure bad' : 'figure'}
        >
          <dt>{what}</dt>
          <dd>{path === undefined ? value : <a href={path}>{value}</a>}</dd>
        </div>
      ))}
    </dl>
  );
}

const ORDER: Readonly<Record<TunnelBrief['state'], number>> = { down: 0, waiting: 1, up: 2 };
const TUNNEL_COLUMNS: readonly Column<TunnelBrief>[] = [
  { title: 'Tunnel', head: true, cell: ({ name }) => <TunnelLink name={name} /> },
  { title: 'State', cell: (brief) => <TunnelState brief={brief} /> },
  { title: 'Address', cell: ({ publicAddress }) => publicAddress },
  { title: 'Sessions', numeric: true, cell: ({ sessions }) => sessions },
  { title: 'Transfers', numeric: true, cell: ({ transfers }) => transfers },
];

/** Those that are down first; of many, only as many as can be looked at. */
function Tunnels(): JSX.Element {
  const all = briefs.value;
  const shown = useMemo(
    () =>
      [...all.values()]
        .toSorted((a, b) => ORDER[a.state] - ORDER[b.state] || a.name.localeCompare(b.name))
        .slice(0, SHOWN),
    [all],
  );
  const actions = mayChange.value ? <a href="/tunnels/new">New tunnel</a> : undefined;
  return (
    <Section title="Tunnels" actions={actions}>
      {all.size === 0 ? (
        <EmptyState title="No tunnels yet">
          <p>A tunnel gives an FTP server its public address.</p>
        </EmptyState>
      ) : (
        <DataTable
          caption="Tunnels"
          columns={TUNNEL_COLUMNS}
          rows={shown}
          keyOf={({ name }) => name}
        />
      )}
      {all.size > SHOWN && (
        <p class="more">
          <a href="/tunnels">All {counted(all.size, 'tunnel')}</a>
        </p>
      )}
    </Section>
  );
}

function Running({ now }: { now: Tick | undefined }): JSX.Element {
  const transfers = now?.transfers ?? [];
  if (transfers.length === 0) return <EmptyState title="No file is being transferred" />;
  return (
    <>
      <DataTable
        caption="Transfers under way, fastest first"
        columns={RUNNING_COLUMNS}
        rows={transfers.slice(0, SHOWN)}
        keyOf={({ id }) => id}
      />
      {(now?.sample.transfers ?? 0) > SHOWN && (
        <p class="more">
          <a href="/sessions">All {counted(now?.sample.transfers ?? 0, 'transfer')}</a>
        </p>
      )}
    </>
  );
}

function Throughput(): JSX.Element {
  const samples = useThroughput();
  const data = useMemo(() => columnsOf(samples), [samples]);
  const last = samples.at(-1);
  const peak = Math.max(0, ...samples.map(({ rateDown }) => rateDown));
  const summary =
    last === undefined
      ? 'No throughput known yet.'
      : `Over the last 15 minutes, at most ${formatRate(peak)} to clients.`;
  return <Chart summary={summary} lines={LINES} data={data} format={formatRate} />;
}

function columnsOf(samples: readonly Sample[]): readonly (readonly number[])[] {
  return [
    samples.map(({ at }) => at / 1000),
    samples.map(({ rateDown }) => rateDown),
    samples.map(({ rateUp }) => rateUp),
  ];
}

/** What has come since the page was opened, before what was known then. */
function Findings({ known }: { known: readonly FindingView[] | undefined }): JSX.Element {
  const fresh = news.value.findings;
  const ids = new Set(fresh.map(({ id }) => id));
  const rows = [...fresh, ...(known ?? []).filter(({ id }) => !ids.has(id))].slice(0, SHOWN);
  if (rows.length === 0) return <EmptyState title="Nothing went wrong today" />;
  return (
    <DataTable
      caption="Findings of today, newest first"
      columns={FINDING_COLUMNS.ofAll}
      rows={rows}
      keyOf={({ id }) => id}
    />
  );
}
