import type { JSX } from 'preact';
import type { CarrierView, LinkView } from '../../../views/links.ts';
import { Fact, Facts } from '../components/facts.tsx';
import { Section } from '../components/page.tsx';
import { DataTable, type Column } from '../components/table.tsx';
import { Since, TimeAgo } from '../components/times.tsx';
import { counted, formatBytes } from '../format.ts';
import { roundTripText } from '../line-words.ts';

/** The link of an agent that is there: what has happened to it, and each of its carriers. */
export function Link({ agent, link }: { agent: string; link: LinkView }): JSX.Element {
  const { carriers, resumes, lastResumedAt } = link;
  return (
    <Section title={`Link of ${agent}`}>
      <Facts>
        <Fact name="Resumed">
          {resumes === 0 ? 'never' : counted(resumes, 'time')}
          {lastResumedAt !== null && (
            <>
              , last <TimeAgo at={lastResumedAt} />
            </>
          )}
        </Fact>
        <Fact name="Carriers lost">{link.carriersLost}</Fact>
        <Fact name="Given up as stalled">{link.stalls}</Fact>
        <Fact name="Sent again">{formatBytes(link.resent)}</Fact>
        <Fact name="Windows" wide>
          {formatBytes(link.windows)}, the largest {formatBytes(link.largestWindow)}
        </Fact>
        <Fact name="Not acknowledged yet">{formatBytes(link.unacknowledged)}</Fact>
      </Facts>
      {carriers.length === 0 ? (
        <p>It has no carrier now and waits for the agent.</p>
      ) : (
        <DataTable
          caption={`Carriers of the link of ${agent}`}
          columns={COLUMNS}
          rows={carriers}
          keyOf={({ id }) => String(id)}
        />
      )}
    </Section>
  );
}

const COLUMNS: readonly Column<CarrierView>[] = [
  { title: 'Carrier', head: true, cell: ({ id }) => `Carrier ${id}` },
  {
    title: 'Round trip',
    numeric: true,
    cell: ({ roundTrip }) => <span class="nowrap">{roundTripText(roundTrip)}</span>,
  },
  { title: 'For', numeric: true, cell: ({ since }) => <Since at={since} /> },
  bytes('Waiting', ({ backlog }) => backlog),
  bytes('Sent', ({ sent }) => sent),
  bytes('Received', ({ received }) => received),
];

function bytes(title: string, of: (carrier: CarrierView) => number): Column<CarrierView> {
  return {
    title,
    numeric: true,
    cell: (carrier) => <span class="nowrap">{formatBytes(of(carrier))}</span>,
  };
}
