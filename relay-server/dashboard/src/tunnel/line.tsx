import type { JSX } from 'preact';
import type { LineLoss, LineView } from '../../../views/line.ts';
import type { TunnelView } from '../../../views/tunnels.ts';
import { at } from '../api.ts';
import { Badge } from '../components/badge.tsx';
import { ErrorNotice, Notice } from '../components/notice.tsx';
import { EmptyState, Section } from '../components/page.tsx';
import { DataTable, type Column } from '../components/table.tsx';
import { Moment } from '../components/times.tsx';
import { formatSpan } from '../format.ts';
import { useResource } from '../resource.ts';
import { useFresh } from '../use-fresh.ts';

/** As many as a screen shows. */
const LOSSES = 12;

/** When the line to the tunnel's agents was down of late, and what that shows. */
export function Line({ tunnel }: { tunnel: TunnelView }): JSX.Element {
  const path = `${at('/tunnels', tunnel.name)}/line`;
  const { data, error, reload } = useResource<LineView>(path, { limit: LOSSES });
  useFresh(reload);
  const finding = data?.finding ?? null;
  const names = new Map(tunnel.agents.map(({ id, name }) => [id, name]));
  const isOfMany = names.size > 1;
  return (
    <Section title="Line of the agent">
      <ErrorNotice error={error} />
      {data === undefined && error === undefined && <p aria-busy="true">Reading…</p>}
      {finding !== null && <Shown finding={finding} />}
      {data?.items.length === 0 && <EmptyState title="The line has not been down" />}
      {data !== undefined && data.items.length > 0 && (
        <DataTable
          caption={`Last times the line of ${tunnel.name} was down`}
          columns={isOfMany ? [...COLUMNS, ofAgent(names)] : COLUMNS}
          rows={data.items}
          keyOf={({ id }) => id}
        />
      )}
    </Section>
  );
}

function Shown({ finding }: { finding: NonNullable<LineView['finding']> }): JSX.Element {
  const { title, what, why, webmaster } = finding;
  return (
    <Notice mood="warning">
      <strong>{title}</strong>
      <p>
        {what} {why}
      </p>
      <p>
        <strong>What to change:</strong> {webmaster}
      </p>
    </Notice>
  );
}

const COLUMNS: readonly Column<LineLoss>[] = [
  { title: 'Down at', head: true, cell: ({ at: when }) => <Moment at={when} /> },
  {
    title: 'For',
    numeric: true,
    cell: ({ ms }) => <span class="nowrap">{formatSpan(ms)}</span>,
  },
  {
    title: 'Then',
    cell: ({ resumed }) =>
      resumed ? (
        <Badge mood="good">transfers went on</Badge>
      ) : (
        <Badge mood="bad">transfers broke off</Badge>
      ),
  },
];

function ofAgent(names: ReadonlyMap<string, string>): Column<LineLoss> {
  return { title: 'Agent', cell: ({ agent }) => names.get(agent) ?? agent };
}
