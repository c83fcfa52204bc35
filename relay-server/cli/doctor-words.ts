import { printable } from '../../shared/log.ts';
import type { CheckView, DoctorRun } from '../views/doctor.ts';

const AREAS: Readonly<Record<CheckView['area'], string>> = {
  outside: 'From outside, as the agent sees it',
  server: 'At the FTP server',
  through: 'Through the tunnel',
};

const RESULTS: Readonly<Record<CheckView['result'], string>> = {
  ok: 'ok     ',
  warning: 'warning',
  failed: 'FAILED ',
  skipped: 'skipped',
};

const SUMMARY: Readonly<Record<DoctorRun['result'], string>> = {
  running: 'The doctor is still at work.',
  ok: 'Nothing is wrong.',
  warning: 'It works; see the warnings.',
  failed: 'Something is wrong; see what failed, from the top.',
};

const INDENT = ' '.repeat(9);

/** A run of the doctor for people: what was seen, and beneath it what to do. */
export function doctorText(run: DoctorRun): string {
  const parts = Object.entries(AREAS).flatMap(([area, heading]) => {
    const checks = run.checks.filter((check) => check.area === area);
    return checks.length === 0 ? [] : [[heading, ...checks.map(checkText)].join('\n')];
  });
  const seconds = Math.ceil(((run.finishedAt ?? run.startedAt) - run.startedAt) / 1000);
  const done = `${SUMMARY[run.result]} (tunnel ${run.tunnel}, ${seconds} s)`;
  return [...parts, done].join('\n\n');
}

function checkText({ result, title, saw, remedy }: CheckView): string {
  const lines = [`${RESULTS[result]}  ${title}: ${printable(saw)}`];
  if (remedy !== null) lines.push(`${INDENT}→ ${printable(remedy)}`);
  return lines.join('\n');
}
