import type { LinePattern } from '../../../../shared/diagnosis/line-pattern.ts';
import type { DiagnosisContext } from '../../../../shared/diagnosis/record.ts';
import { Visit } from '../../../support/visits.ts';
import type { Case } from './case.ts';

const LOST = { by: 'tunnel', reason: 'the connection to the agent was lost' } as const;
const DAILY: LinePattern = { is: 'daily', minute: 1205, days: 4, losses: 5 };
const REGULAR: LinePattern = { is: 'regular', every: 60_000, losses: 8 };
const OFTEN: LinePattern = { is: 'often', losses: 14 };

function known(line: LinePattern | undefined, drops = 0): Partial<DiagnosisContext> {
  return { agent: { drops, awaySince: undefined, line } };
}

/** A download that stands still while the line is down, and goes on. */
function interrupted(): Visit {
  const begun = new Visit().login().passive().arrive().begin('RETR');
  return begun.lineDown().end('RETR').quit();
}

/** Findings about the line to the agent. */
export const LINE_CASES: readonly Case[] = [
  {
    code: 'agent-line-drops',
    when: 'a transfer waits for a line that drops at that time on most days',
    visit: interrupted(),
    context: known(DAILY),
    facts: { clock: '20:05 UTC', days: 4, losses: 5 },
    unless: 'it dropped this once and the transfer went on',
    healthy: interrupted(),
    healthyContext: known(undefined),
  },
  {
    code: 'agent-line-drops',
    when: 'a line that drops on most days does not come back in time',
    visit: new Visit().login().on({ type: 'line-lost' }).closed('link-lost', LOST),
    context: known(DAILY, 4),
    unless: 'this visit saw nothing of it',
    healthy: new Visit().login().download().quit(),
    healthyContext: known(DAILY, 4),
  },
  {
    code: 'agent-proxy-timeout',
    when: 'the line is cut each minute',
    visit: interrupted(),
    context: known(REGULAR),
    facts: { every: '60 seconds', losses: 8 },
    unless: 'it drops at any time',
    healthy: interrupted(),
    healthyContext: known(OFTEN),
  },
  {
    code: 'agent-line-unstable',
    when: 'the line drops again and again, at any time',
    visit: interrupted(),
    context: known(OFTEN),
    facts: { losses: 14 },
    unless: 'it is cut each minute',
    healthy: interrupted(),
    healthyContext: known(REGULAR),
  },
];
