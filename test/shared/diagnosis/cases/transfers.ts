import { Visit } from '../../../support/visits.ts';
import type { Case } from './case.ts';

const running = (verb = 'RETR'): Visit => new Visit().login().passive().arrive().begin(verb);
const HEALTHY = new Visit().login().download().quit();
const brokenBy = (
  by: 'client' | 'server',
  code: string,
  reason: string,
  more: { text?: string; code?: number } = {},
): Visit => running().end('RETR', { code: 426, ...more, broken: { by, code, reason } });
const TEN_MINUTES = 600_000;

/** Findings about transfers and the time between them. */
export const TRANSFER_CASES: readonly Case[] = [
  {
    code: 'control-lost-in-transfer',
    when: 'the client has gone after a transfer of ten minutes',
    visit: running()
      .wait(TEN_MINUTES)
      .end('RETR', { ms: TEN_MINUTES, bytes: 5_000_000_000 })
      .wait(60_000)
      .closed('ETIMEDOUT'),
    facts: { lasted: '10 minutes', moved: '5.0 GB' },
    unless: 'the client says goodbye',
    healthy: running().wait(TEN_MINUTES).end('RETR', { ms: TEN_MINUTES }).quit(),
  },
  {
    code: 'control-lost-in-transfer',
    when: 'the client hears no more and is idle',
    visit: running()
      .wait(TEN_MINUTES)
      .end('RETR', { ms: TEN_MINUTES })
      .wait(900_000)
      .closed('idle'),
    unless: 'the transfer was short',
    healthy: running().end('RETR').wait(900_000).closed('idle'),
  },
  {
    code: 'control-lost-in-silence',
    when: 'the client is found dead after a pause',
    visit: new Visit().login().wait(400_000).closed('ETIMEDOUT'),
    facts: { waited: '7 minutes' },
    unless: 'it closes in an orderly way',
    healthy: new Visit().login().wait(400_000).closed(),
  },
  {
    code: 'idle-timeout',
    when: 'a program was left open',
    visit: new Visit().login().download().wait(900_000).closed('idle'),
    facts: { waited: '15 minutes' },
    unless: 'it is closed',
    healthy: HEALTHY,
  },
  {
    code: 'transfer-stalled',
    when: 'nothing moves any more',
    visit: brokenBy('client', 'stalled', 'nothing moved on the data connection for 300 seconds'),
    facts: { name: 'report.pdf', moved: '1.0 kB' },
    unless: 'the client breaks it off',
    healthy: brokenBy('client', 'ECONNRESET', 'the connection was reset'),
  },
  {
    code: 'client-cancelled',
    when: 'the client sends ABOR',
    visit: brokenBy('client', 'aborted', 'aborted by the client').ask('ABOR', 226),
    unless: 'it just goes away',
    healthy: brokenBy('client', 'aborted', 'the client closed the connection').closed(),
  },
  {
    code: 'client-broke-off',
    when: 'the client resets the data connection',
    visit: brokenBy('client', 'ECONNRESET', 'the connection was reset'),
    facts: { verb: 'RETR', reason: 'the connection was reset' },
    unless: 'it cancels properly',
    healthy: brokenBy('client', 'aborted', 'aborted by the client').ask('ABOR', 226),
  },
  {
    code: 'server-broke-off',
    when: 'the server resets the data connection',
    visit: brokenBy('server', 'connection-reset', 'the connection was reset'),
    unless: 'its disk is full',
    healthy: running('STOR').end('STOR', {
      code: 452,
      text: 'Insufficient storage space',
      broken: { by: 'server', code: 'aborted', reason: 'Insufficient storage space' },
    }),
  },
  {
    code: 'server-broke-off',
    when: 'the server gives a reason',
    visit: brokenBy('server', 'aborted', 'Local error in processing.', {
      code: 451,
      text: 'Local error in processing.',
    }),
    facts: { reason: 'Local error in processing.' },
    unless: 'the file ends well',
    healthy: HEALTHY,
  },
  {
    code: 'client-sent-nothing',
    when: 'an upload has no bytes',
    visit: running('STOR').end('STOR', { bytes: 0 }).quit(),
    unless: 'a listing has none',
    healthy: running('LIST').end('LIST', { bytes: 0 }).quit(),
  },
  {
    code: 'data-direct-failed',
    when: 'a neighbour is none',
    visit: new Visit()
      .login()
      .on({ type: 'data-direct-failed', host: '192.168.1.7', port: 5000, reason: 'no answer' }),
    facts: { host: '192.168.1.7', reason: 'no answer' },
    unless: 'it is one',
    healthy: new Visit().login().on({ type: 'data-direct', host: '192.168.1.7', port: 5000 }),
  },
];
