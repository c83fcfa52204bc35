import type { JSX } from 'preact';
import type { FindingView } from '../../../views/findings.ts';
import { SEVERITIES, SIDES } from '../states.ts';
import { Badge } from './badge.tsx';
import type { Column } from './table.tsx';
import { TimeAgo } from './times.tsx';
import { TunnelLink } from './tunnel-state.tsx';

/** Where the whole story of a visit is told. */
export function whyPath(session: string): string {
  return `/why?session=${encodeURIComponent(session)}`;
}

const title: Column<FindingView> = {
  title: 'What',
  head: true,
  cell: ({ title: words, session, severity }) => {
    const { mood, words: how } = SEVERITIES[severity];
    return (
      <span class="state">
        <Badge mood={mood}>{how}</Badge>
        <a href={whyPath(session)}>{words}</a>
      </span>
    );
  },
};
const who: Column<FindingView> = {
  title: 'Who',
  cell: ({ user, client }) => <Visitor user={user} client={client} />,
};
const tunnel: Column<FindingView> = {
  title: 'Tunnel',
  cell: ({ tunnel: name }) => <TunnelLink name={name} />,
};
const side: Column<FindingView> = { title: 'Whose side', cell: (finding) => SIDES[finding.side] };
const when: Column<FindingView> = { title: 'When', cell: ({ at }) => <TimeAgo at={at} /> };

/** Columns of a list of findings; of one tunnel without its name. */
export const FINDING_COLUMNS = {
  ofAll: [title, who, tunnel, side, when],
  ofOne: [title, who, side, when],
} as const;

/** A user and the address he comes from. */
export function Visitor({ user, client }: { user: string | null; client: string }): JSX.Element {
  return (
    <span class="visitor">
      {user === null ? <small>not logged in</small> : <span>{user}</span>} <small>{client}</small>
    </span>
  );
}

/** Whose visit a row is, leading to its story. */
export const WHOSE_VISIT: Column<{ id: string; user: string | null; client: string }> = {
  title: 'Who',
  head: true,
  cell: ({ id, user, client }) => (
    <a class="row-link" href={whyPath(id)}>
      <Visitor user={user} client={client} />
    </a>
  ),
};
