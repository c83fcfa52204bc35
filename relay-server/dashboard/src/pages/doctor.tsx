import type { JSX } from 'preact';
import type { DoctorRun } from '../../../views/doctor.ts';
import { api } from '../api.ts';
import { Checks } from '../components/checks.tsx';
import { Choice, Field, Form } from '../components/form.tsx';
import { Notice } from '../components/notice.tsx';
import { EmptyState, Page, Section } from '../components/page.tsx';
import { PagedTable, type Column } from '../components/table.tsx';
import { TimeAgo } from '../components/times.tsx';
import { RunResult, RunTitle } from '../components/doctor-run.tsx';
import { TunnelLink } from '../components/tunnel-state.tsx';
import { ViewerNote } from '../components/viewer-note.tsx';
import { useDoctorRun } from '../doctor-run.ts';
import { useAddressQuery } from '../query.ts';
import { usePages } from '../resource.ts';
import { tunnelOptions } from '../tunnel-options.ts';
import { mayChange } from '../who.ts';
import '../style/checks.css';

/** Active checks of a tunnel, with its agent as the observer outside. */
export default function Doctor(): JSX.Element {
  const [{ tunnel, run }, change] = useAddressQuery(['tunnel', 'run']);
  const past = usePages<DoctorRun>('/doctor', { tunnel });
  return (
    <Page
      title="Doctor"
      intro="Tries a tunnel as a client would: from outside by way of its agent, at the FTP server, and all the way through."
    >
      <ViewerNote />
      {mayChange.value && (
        <Section title="Examine a tunnel">
          <StartForm
            tunnel={tunnel}
            onStart={(started) => {
              change({ tunnel: started.tunnel, run: started.id });
              past.reload();
            }}
          />
        </Section>
      )}
      {run !== '' && <Run key={run} id={run} onFinish={past.reload} />}
      <Section
        title="Runs so far"
        {...(tunnel !== '' && { actions: <a href="/doctor">Runs for all tunnels</a> })}
      >
        <PagedTable
          caption="Runs of the doctor"
          pages={past}
          columns={COLUMNS}
          keyOf={({ id }) => id}
          empty={<EmptyState title={tunnel === '' ? 'No runs yet' : `No runs yet for ${tunnel}`} />}
        />
      </Section>
    </Page>
  );
}

interface StartFormProps {
  readonly tunnel: string;
  readonly onStart: (run: DoctorRun) => void;
}

function StartForm({ tunnel, onStart }: StartFormProps): JSX.Element {
  const options = tunnelOptions(tunnel);
  if (options.length === 0) return <EmptyState title="There is no tunnel yet" />;
  return (
    <Form
      submit="Examine"
      action={async (entered) => {
        const user = entered('user');
        const body = {
          tunnel: entered('tunnel'),
          ...(user !== '' && { account: { user, password: entered('password') } }),
        };
        const { run } = await api.post<{ run: DoctorRun }>('/doctor', body);
        onStart(run);
      }}
    >
      <Choice label="Tunnel" name="tunnel" options={options} value={tunnel} />
      <details>
        <summary>Log in, too</summary>
        <p>
          With an account of the FTP server the doctor logs in, lists and transfers. It is used for
          this run and never stored.
        </p>
        <div class="pair">
          <Field label="User" name="user" autoComplete="off" autoCapitalize="none" />
          <Field label="Password" name="password" type="password" autoComplete="off" />
        </div>
      </details>
    </Form>
  );
}

/** One run, as it goes on. */
function Run({ id, onFinish }: { id: string; onFinish: () => void }): JSX.Element {
  const { run, error } = useDoctorRun(id, onFinish);
  return (
    <section class="card" aria-busy={run?.result === 'running'}>
      <RunTitle run={run} error={error} />
      {run !== undefined && (
        <>
          {run.checks.some(({ result }) => result === 'skipped') && run.finishedAt !== null && (
            <Notice mood="info">Some checks were skipped; each says why.</Notice>
          )}
          <Checks checks={run.checks} />
        </>
      )}
    </section>
  );
}

const COLUMNS: readonly Column<DoctorRun>[] = [
  {
    title: 'Begun',
    head: true,
    cell: ({ id, tunnel, startedAt }) => (
      <a href={`/doctor?tunnel=${encodeURIComponent(tunnel)}&run=${encodeURIComponent(id)}`}>
        <TimeAgo at={startedAt} />
      </a>
    ),
  },
  { title: 'Tunnel', whole: true, cell: ({ tunnel }) => <TunnelLink name={tunnel} /> },
  { title: 'Result', cell: (run) => <RunResult run={run} /> },
  {
    title: 'Checks',
    cell: ({ checks }) => {
      const failed = checks.filter(({ result }) => result === 'failed');
      if (failed.length === 0) return String(checks.length);
      return failed.map(({ title }) => title).join('; ');
    },
  },
];
