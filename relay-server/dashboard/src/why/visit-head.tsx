import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { PastSession, SessionStory, SessionView } from '../../../views/sessions.ts';
import { queryText } from '../api.ts';
import { Badge } from '../components/badge.tsx';
import { CopyButton } from '../components/copy.tsx';
import { Fact, Facts } from '../components/facts.tsx';
import { Moment, Since } from '../components/times.tsx';
import { TunnelLink } from '../components/tunnel-state.tsx';
import { formatBytes, formatSpan } from '../format.ts';
import { PROGRAM_NAMES } from '../program-names.ts';
import { OUTCOME_WORDS } from '../states.ts';
import { AddressActions } from './address-actions.tsx';

/** Who it was, from where, how it ended, and what can be done about him. */
export function VisitHead({ story: { live, past } }: { story: SessionStory }): JSX.Element | null {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const visit = live ?? past;
  if (visit === null) return null;
  const { user, client, tunnel } = visit;
  return (
    <section class="card">
      <header class="section-head">
        <h2 ref={heading} tabIndex={-1}>
          {user ?? 'Somebody'} from {client}
        </h2>
        <div class="actions">
          {live !== null && <Badge mood="info">connected now</Badge>}
          {past !== null && <Outcome past={past} />}
        </div>
      </header>
      <VisitFacts visit={visit} past={past} />
      <div class="actions">
        <AddressActions client={client} tunnel={tunnel} />
        <a href={`/why${queryText({ address: client, outcome: 'all' })}`}>
          All visits from this address
        </a>
        {user !== null && (
          <a href={`/why${queryText({ user, outcome: 'all' })}`}>All visits of {user}</a>
        )}
      </div>
    </section>
  );
}

export function Outcome({ past: { outcome } }: { past: PastSession }): JSX.Element {
  const { mood, words } = OUTCOME_WORDS[outcome];
  return <Badge mood={mood}>{words}</Badge>;
}

/** Who ends visits, as events name them. */
const CULPRITS: Readonly<Record<string, string>> = {
  client: 'the client',
  server: 'the FTP server',
  tunnel: 'the link to the agent',
  gateway: 'the relay',
};

/** Who ended a visit, in words. */
export function endedBy(closedBy: string): string {
  return CULPRITS[closedBy] ?? closedBy;
}

interface FactsProps {
  readonly visit: SessionView | PastSession;
  readonly past: PastSession | null;
}

function VisitFacts({ visit, past }: FactsProps): JSX.Element {
  const { client, tunnel, program, programName, tls, openedAt, bytesDown, bytesUp } = visit;
  return (
    <Facts>
      <Fact name="Address">
        {client} <CopyButton text={client} what="the address" />
      </Fact>
      <Fact name="Tunnel">
        <TunnelLink name={tunnel} />
      </Fact>
      <Fact name="Came">
        <Moment at={openedAt} />
      </Fact>
      <Fact name="Stayed">
        {past === null ? <Since at={openedAt} /> : formatSpan(past.closedAt - openedAt)}
      </Fact>
      <Fact name="Program">
        {programName ?? (program === 'generic' ? 'not known' : PROGRAM_NAMES[program])}
      </Fact>
      <Fact name="Encryption">{tls ?? 'none'}</Fact>
      <Fact name="Moved">
        {formatBytes(bytesDown)} down, {formatBytes(bytesUp)} up
      </Fact>
      {past !== null && (
        <Fact name="Ended by" wide>
          {endedBy(past.closedBy)}: {past.reason}
        </Fact>
      )}
    </Facts>
  );
}
