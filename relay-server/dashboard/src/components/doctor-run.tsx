import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { DoctorRun } from '../../../views/doctor.ts';
import type { ApiError } from '../api.ts';
import { counted, formatSpan } from '../format.ts';
import { Badge, type Mood } from './badge.tsx';
import { ErrorNotice } from './notice.tsx';
import { Moment } from './times.tsx';

const RESULTS: Readonly<Record<DoctorRun['result'], { mood: Mood; words: string }>> = {
  running: { mood: 'waiting', words: 'running' },
  ok: { mood: 'good', words: 'all well' },
  warning: { mood: 'warning', words: 'with warnings' },
  failed: { mood: 'bad', words: 'something fails' },
};

export function RunResult({ run }: { run: DoctorRun }): JSX.Element {
  const { mood, words } = RESULTS[run.result];
  return <Badge mood={mood}>{words}</Badge>;
}

/** What a run is of and how far it is. It takes the focus when it comes, and says its progress aloud. */
export function RunTitle(props: {
  run: DoctorRun | undefined;
  error: ApiError | undefined;
}): JSX.Element {
  const { run, error } = props;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <>
      <header class="section-head">
        <h2 ref={heading} tabIndex={-1}>
          {run === undefined ? 'A run of the doctor' : `Run for ${run.tunnel}`}
        </h2>
        {run !== undefined && <RunResult run={run} />}
      </header>
      <ErrorNotice error={error} />
      <p role="status">{run === undefined ? 'Reading…' : progressOf(run)}</p>
      {run !== undefined && (
        <p>
          <small>
            Begun <Moment at={run.startedAt} />
          </small>
        </p>
      )}
    </>
  );
}

function progressOf({ checks, startedAt, finishedAt, result }: DoctorRun): string {
  const done = counted(checks.length, 'check');
  if (finishedAt === null) return `${done} done, going on…`;
  const failed = checks.filter((check) => check.result === 'failed').length;
  const end = result === 'failed' ? `${failed} failed` : RESULTS[result].words;
  return `${done} in ${formatSpan(finishedAt - startedAt)}: ${end}.`;
}
