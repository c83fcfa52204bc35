import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { DoctorRun } from '../../../views/doctor.ts';
import type { CreatedTunnel } from '../../../views/tunnels.ts';
import { api } from '../api.ts';
import { Badge, type Mood } from '../components/badge.tsx';
import { Checks } from '../components/checks.tsx';
import { CopyLine } from '../components/copy.tsx';
import { ErrorNotice, Notice } from '../components/notice.tsx';
import { Page } from '../components/page.tsx';
import { useDoctorRun } from '../doctor-run.ts';
import { counted } from '../format.ts';
import { briefs } from '../live.ts';
import { useSubmit } from '../submit.ts';
import { PasteLine } from './paste-line.tsx';
import '../style/checks.css';

/** What is left to do for a tunnel that was just made; each step waits for the one before. */
export function FirstSteps({ created }: { created: CreatedTunnel }): JSX.Element {
  const { tunnel, enrolmentCode, publicAddress } = created;
  const isUp = briefs.value.get(tunnel.name)?.state === 'up';
  return (
    <Page title={`New tunnel ${tunnel.name}`} intro="It is there. Now its agent has to come.">
      <ol class="steps">
        <Step title="Paste this beside the FTP server" mood={isUp ? 'good' : 'info'}>
          <PasteLine enrolmentCode={enrolmentCode} server={tunnel.serverAddress} />
          <p>
            <small>
              The machine needs Node 20 or newer and Gangway. The code is good for one agent and is
              not shown again.
            </small>
          </p>
        </Step>
        <Step
          title={isUp ? 'The agent has come' : 'Waiting for the agent'}
          mood={isUp ? 'good' : 'waiting'}
        >
          <p role="status">
            {isUp ? (
              'It is connected.'
            ) : (
              <span aria-busy="true">It shows here within a second.</span>
            )}
          </p>
        </Step>
        {isUp ? (
          <SelfTest name={tunnel.name} publicAddress={publicAddress} />
        ) : (
          <Step title="Test from outside" mood="quiet">
            <p>Begins by itself when the agent is there.</p>
          </Step>
        )}
      </ol>
      <p>
        <a href={`/tunnels/${tunnel.name}`}>Go to the tunnel’s page</a>
      </p>
    </Page>
  );
}

interface StepProps {
  readonly title: string;
  readonly mood: Mood;
  readonly children: ComponentChildren;
}

const MOOD_WORDS: Readonly<Record<Mood, string>> = {
  good: 'done',
  bad: 'failed',
  warning: 'with warnings',
  info: 'to do',
  waiting: 'waiting',
  quiet: 'later',
};

function Step({ title, mood, children }: StepProps): JSX.Element {
  return (
    <li class="card">
      <header class="section-head">
        <h2>{title}</h2>
        <Badge mood={mood}>{MOOD_WORDS[mood]}</Badge>
      </header>
      {children}
    </li>
  );
}

/** Lets the doctor look at the tunnel as soon as this is shown, and again on demand. */
function SelfTest({ name, publicAddress }: { name: string; publicAddress: string }): JSX.Element {
  const [run, setRun] = useState<string | undefined>(undefined);
  const begin = useSubmit(async () => {
    const started = await api.post<{ run: DoctorRun }>('/doctor', { tunnel: name });
    setRun(started.run.id);
  });
  const first = useRef(begin.run);
  useEffect(() => first.current(), []);
  const again = (
    <button type="button" class="quiet" disabled={begin.busy} onClick={() => begin.run()}>
      Test again
    </button>
  );
  if (run === undefined) {
    return (
      <Step title="Test from outside" mood={begin.error === undefined ? 'waiting' : 'bad'}>
        <ErrorNotice error={begin.error} />
        {begin.error === undefined ? <p aria-busy="true">Beginning…</p> : again}
      </Step>
    );
  }
  return <TestResult key={run} id={run} publicAddress={publicAddress} again={again} />;
}

interface TestResultProps {
  readonly id: string;
  readonly publicAddress: string;
  readonly again: JSX.Element;
}

function TestResult({ id, publicAddress, again }: TestResultProps): JSX.Element {
  const { run, error } = useDoctorRun(id);
  const result = run?.result ?? 'running';
  const mood = ({ running: 'waiting', ok: 'good', warning: 'warning', failed: 'bad' } as const)[
    result
  ];
  const bad = (run?.checks ?? []).filter((check) => ['failed', 'warning'].includes(check.result));
  return (
    <Step title="Test from outside" mood={mood}>
      <ErrorNotice error={error} />
      <p role="status">
        {result === 'running'
          ? `${counted(run?.checks.length ?? 0, 'check')} done, going on…`
          : WORDS[result]}
      </p>
      {(result === 'ok' || result === 'warning') && (
        <Notice mood="good">
          <p>Clients reach the FTP server here:</p>
          <div class="final-address">
            <CopyLine text={publicAddress} what="the public address" />
          </div>
        </Notice>
      )}
      <Checks checks={bad} />
      {(result === 'failed' || result === 'warning') && again}
      <details>
        <summary>Every check</summary>
        <Checks checks={run?.checks ?? []} />
      </details>
    </Step>
  );
}

const WORDS = {
  ok: 'All is well.',
  warning: 'It works, with warnings.',
  failed: 'Something fails. Do what the check says and test again.',
} as const;
