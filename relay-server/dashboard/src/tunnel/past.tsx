import type { JSX } from 'preact';
import type { FindingView } from '../../../views/findings.ts';
import type { PastSession } from '../../../views/sessions.ts';
import { Badge } from '../components/badge.tsx';
import { FINDING_COLUMNS, WHOSE_VISIT } from '../components/findings.tsx';
import { EmptyState } from '../components/page.tsx';
import { PagedTable, type Column } from '../components/table.tsx';
import { Moment } from '../components/times.tsx';
import { formatBytes, formatSpan } from '../format.ts';
import { usePages } from '../resource.ts';
import { OUTCOME_WORDS } from '../states.ts';

/** Who was here. */
export function Visits({ tunnel }: { tunnel: string }): JSX.Element {
  return (
    <PagedTable
      caption={`Visits of ${tunnel}`}
      pages={usePages<PastSession>('/history', { tunnel }, true)}
      columns={VISIT_COLUMNS}
      keyOf={({ id }) => id}
      empty={<EmptyState title="Nobody has been here yet" />}
    />
  );
}

/** What went wrong here. */
export function Findings({ tunnel }: { tunnel: string }): JSX.Element {
  return (
    <PagedTable
      caption={`Findings of ${tunnel}`}
      pages={usePages<FindingView>('/findings', { tunnel }, true)}
      columns={FINDING_COLUMNS.ofOne}
      keyOf={({ id }) => id}
      empty={<EmptyState title="Nothing has gone wrong yet" />}
    />
  );
}

const VISIT_COLUMNS: readonly Column<PastSession>[] = [
  WHOSE_VISIT,
  {
    title: 'Outcome',
    cell: ({ outcome, reason }) => (
      <span class="state">
        <Badge mood={OUTCOME_WORDS[outcome].mood}>{OUTCOME_WORDS[outcome].words}</Badge>
        <small>{reason}</small>
      </span>
    ),
  },
  { title: 'Program', cell: ({ programName, program }) => programName ?? program },
  { title: 'When', cell: ({ openedAt }) => <Moment at={openedAt} /> },
  {
    title: 'For',
    numeric: true,
    cell: ({ openedAt, closedAt }) => <span class="nowrap">{formatSpan(closedAt - openedAt)}</span>,
  },
  { title: 'Transfers', numeric: true, cell: ({ transfers }) => transfers },
  {
    title: 'Bytes',
    numeric: true,
    cell: ({ bytesDown, bytesUp }) => (
      <span class="nowrap">{formatBytes(bytesDown + bytesUp)}</span>
    ),
  },
];
