import type { JSX } from 'preact';
import type { CertificateView, RelayStatus } from '../../../views/tunnels.ts';
import { Badge } from '../components/badge.tsx';
import { Fact, Facts } from '../components/facts.tsx';
import { ErrorNotice, Notice } from '../components/notice.tsx';
import { EmptyState, Section } from '../components/page.tsx';
import { DataTable, type Column } from '../components/table.tsx';
import { Since, TimeAgo } from '../components/times.tsx';
import { useResource } from '../resource.ts';

/** The relay's version and certificates; these are set where it is started. */
export function RelayFacts(): JSX.Element {
  const { data, error } = useResource<RelayStatus>('/status');
  return (
    <>
      <Section title="Certificates">
        <ErrorNotice error={error} />
        {data === undefined && error === undefined && <p aria-busy="true">Reading…</p>}
        {data !== undefined && <Certificates certificates={data.certificates} />}
      </Section>
      {data !== undefined && (
        <Section title="This relay">
          <Facts>
            <Fact name="Version">{data.version}</Fact>
            <Fact name="Running for">
              {data.startedAt === null ? '–' : <Since at={data.startedAt} />}
            </Fact>
            <Fact name="URL for agents">{data.relayUrl ?? 'not known yet'}</Fact>
            <Fact name="For scripts">
              <a href="/api/docs">The API’s own page</a>
            </Fact>
          </Facts>
        </Section>
      )}
    </>
  );
}

const SOURCES: Readonly<Record<CertificateView['source'], string>> = {
  file: 'from files',
  acme: 'by ACME',
  'self-signed': 'made by the relay itself',
};

function Certificates(props: { certificates: readonly CertificateView[] }): JSX.Element {
  const { certificates } = props;
  if (certificates.length === 0) {
    return (
      <EmptyState title="The relay has no certificate">
        <p>
          Give it one with <code>--tls-cert</code> and <code>--tls-key</code>, or{' '}
          <code>--acme</code>.
        </p>
      </EmptyState>
    );
  }
  return (
    <>
      {certificates
        .filter(({ finding }) => finding !== null)
        .map(({ fingerprint, names, finding }) => (
          <Notice key={fingerprint} mood="warning">
            <strong>{names.join(', ')}</strong>
            <p>{finding}</p>
          </Notice>
        ))}
      <DataTable
        caption="Certificates"
        rows={certificates}
        columns={COLUMNS}
        keyOf={({ fingerprint }) => fingerprint}
      />
    </>
  );
}

const COLUMNS: readonly Column<CertificateView>[] = [
  { title: 'For', head: true, cell: ({ names }) => names.join(', ') },
  {
    title: 'State',
    cell: ({ finding }) =>
      finding === null ? (
        <Badge mood="good">in order</Badge>
      ) : (
        <Badge mood="warning">see above</Badge>
      ),
  },
  { title: 'Ends', whole: true, cell: ({ notAfter }) => <TimeAgo at={notAfter} /> },
  { title: 'Issuer', cell: ({ issuer }) => issuer },
  { title: 'Comes', whole: true, cell: ({ source }) => SOURCES[source] },
  {
    title: 'SHA-256',
    cell: ({ fingerprint }) => <code class="fingerprint">{fingerprint}</code>,
  },
];
