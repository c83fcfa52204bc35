import type { JSX } from 'preact';
import type { CatalogueEntry } from '../../../views/findings.ts';
import type { Page } from '../../../views/common.ts';
import type { PastSession } from '../../../views/sessions.ts';
import type { Query } from '../api.ts';
import { queryText } from '../api.ts';
import { Visitor } from '../components/findings.tsx';
import { Notice } from '../components/notice.tsx';
import { PagedTable, type Column } from '../components/table.tsx';
import { TunnelLink } from '../components/tunnel-state.tsx';
import { TimeAgo } from '../components/times.tsx';
import { usePages, useResource } from '../resource.ts';
import { endedBy, Outcome } from './visit-head.tsx';

interface AttemptsProps {
  readonly filters: Query;
  /** What is in the page's address: a story can be gone back from. */
  readonly search: Query;
  readonly catalogue: readonly CatalogueEntry[] | undefined;
  /** In place of an empty list. */
  readonly empty: JSX.Element;
}

/** Visits as they are kept, newest first, page by page. */
export function Visits({ filters, search, catalogue, empty }: AttemptsProps): JSX.Element {
  const pages = usePages<PastSession>('/history', filters, true);
  return (
    <PagedTable
      caption="Visits"
      pages={pages}
      columns={columnsOf(search, catalogue)}
      keyOf={({ id }) => id}
      empty={empty}
    />
  );
}

/** Visits that failed; where there are none, whether there were any at all makes the difference. */
export function Failures(props: AttemptsProps): JSX.Element {
  const filters = { ...props.filters, outcome: 'failed' };
  return <Visits {...props} filters={filters} empty={<AllWell {...props} />} />;
}

function AllWell(props: AttemptsProps): JSX.Element {
  const any = useResource<Page<PastSession>>('/history', { ...props.filters, limit: 1 });
  const isAny = any.data !== undefined && any.data.items.length > 0;
  return (
    <>
      {isAny && (
        <Notice mood="good">
          No visit like that has failed. These went well; their stories tell what was done.
        </Notice>
      )}
      <Visits {...props} />
    </>
  );
}

function columnsOf(
  search: Query,
  catalogue: readonly CatalogueEntry[] | undefined,
): Column<PastSession>[] {
  const titleOf = (code: string): string =>
    catalogue?.find((entry) => entry.code === code)?.title ?? code;
  return [
    {
      title: 'What was found',
      head: true,
      cell: ({ id, findings, reason, closedBy, outcome }) => (
        <a class="row-link" href={`/why${queryText({ ...search, session: id })}`}>
          {findings.map(titleOf).join('; ') ||
            (outcome === 'ok' ? 'Nothing wrong' : `Ended by ${endedBy(closedBy)}: ${reason}`)}
        </a>
      ),
    },
    { title: 'Who', cell: ({ user, client }) => <Visitor user={user} client={client} /> },
    {
      title: 'Tunnel',
      whole: true,
      cell: ({ tunnel }) => <TunnelLink name={tunnel} />,
    },
    { title: 'How it ended', cell: (past) => <Outcome past={past} /> },
    { title: 'When', cell: ({ openedAt }) => <TimeAgo at={openedAt} /> },
  ];
}
