import type { JSX } from 'preact';
import type { CheckView } from '../../../views/doctor.ts';
import { formatSpan } from '../format.ts';
import { Badge, type Mood } from './badge.tsx';

const AREAS = [
  ['outside', 'From outside, by way of the agent'],
  ['server', 'At the FTP server'],
  ['through', 'All the way through the tunnel'],
] as const;

const RESULTS: Readonly<Record<CheckView['result'], { mood: Mood; words: string }>> = {
  ok: { mood: 'good', words: 'well' },
  warning: { mood: 'warning', words: 'warning' },
  failed: { mood: 'bad', words: 'failed' },
  skipped: { mood: 'quiet', words: 'skipped' },
};

/** Checks of a run under headings of the third level: what each did, what it saw, and what to do. */
export function Checks({ checks }: { checks: readonly CheckView[] }): JSX.Element {
  const groups = AREAS.map(([area, title]) => ({
    area,
    title,
    found: checks.filter((check) => check.area === area),
  }));
  return (
    <>
      {groups
        .filter(({ found }) => found.length > 0)
        .map(({ area, title, found }) => (
          <section key={area} class="check-area">
            <h3>{title}</h3>
            <ul class="checks">
              {found.map((check) => (
                <Check key={check.code} check={check} />
              ))}
            </ul>
          </section>
        ))}
    </>
  );
}

function Check({ check }: { check: CheckView }): JSX.Element {
  const { title, did, saw, remedy, result, ms } = check;
  const { mood, words } = RESULTS[result];
  return (
    <li>
      <p class="check-title">
        <Badge mood={mood}>{words}</Badge> <strong>{title}</strong>
        {result !== 'skipped' && <small>{formatSpan(ms)}</small>}
      </p>
      <dl>
        <dt>Did</dt>
        <dd>{did}</dd>
        <dt>Saw</dt>
        <dd>{saw}</dd>
        {remedy !== null && (
          <>
            <dt>To do</dt>
            <dd>
              <strong>{remedy}</strong>
            </dd>
          </>
        )}
      </dl>
    </li>
  );
}
