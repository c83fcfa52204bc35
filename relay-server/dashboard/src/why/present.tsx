import type { JSX } from 'preact';
import type { Page } from '../../../views/common.ts';
import type { SessionView } from '../../../views/sessions.ts';
import { queryText, type Query } from '../api.ts';
import { Visitor } from '../components/findings.tsx';
import { Section } from '../components/page.tsx';
import { DataTable, type Column } from '../components/table.tsx';
import { TunnelLink } from '../components/tunnel-state.tsx';
import { Since } from '../components/times.tsx';
import { news } from '../live.ts';
import { useResource } from '../resource.ts';

/** As many live sessions as are looked at for findings where nobody in particular is asked about. */
const LOOKED_AT = 200;
const SHOWN = 20;

interface PresentProps {
  /** Part of an address or a user's name; '' for everybody with a finding. */
  readonly q: string;
  readonly tunnel: string;
  readonly search: Query;
}

type Row = SessionView & { readonly titles: readonly string[] };

/**
 * Who is connected now: all that are asked about, else those in whose sessions something was found since this
 * page was opened. (History has the findings of visits that are over.)
 */
export function Present({ q, tunnel, search }: PresentProps): JSX.Element | null {
  const sessions = useResource<Page<SessionView>>('/sessions', { q, tunnel, limit: LOOKED_AT });
  const found = Map.groupBy(news.value.findings, ({ session }) => session);
  const rows = (sessions.data?.items ?? [])
    .map((session): Row => {
      const titles = (found.get(session.id) ?? []).map(({ title }) => title);
      return { ...session, titles: [...new Set(titles)] };
    })
    .filter(({ titles }) => q !== '' || titles.length > 0)
    .slice(0, SHOWN);
  if (rows.length === 0) return null;
  return (
    <Section title={q === '' ? 'Connected now, with something found' : 'Connected now'}>
      <DataTable
        caption="Live sessions"
        rows={rows}
        columns={columnsOf(search)}
        keyOf={({ id }) => id}
      />
    </Section>
  );
}

function columnsOf(search: Query): Column<Row>[] {
  return [
    {
      title: 'What was found',
      head: true,
      cell: ({ id, titles }) => (
        <a class="row-link" href={`/why${queryText({ ...search, session: id })}`}>
          {titles.join('; ') || 'Nothing wrong so far'}
        </a>
      ),
    },
    { title: 'Who', cell: ({ user, client }) => <Visitor user={user} client={client} /> },
    {
      title: 'Tunnel',
      whole: true,
      cell: ({ tunnel }) => <TunnelLink name={tunnel} />,
    },
    { title: 'For', cell: ({ openedAt }) => <Since at={openedAt} /> },
  ];
}
