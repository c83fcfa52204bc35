import { Visit } from '../../../support/visits.ts';
import type { Case } from './case.ts';

const BY_SERVER = { by: 'server' } as const;
const HEALTHY = new Visit().login().download().quit();

/** Findings about the FTP server itself. */
export const SERVER_CASES: readonly Case[] = [
  {
    code: 'server-down',
    when: 'nobody listens',
    visit: new Visit().opened().closed('connect-refused', BY_SERVER),
    unless: 'it does not answer',
    healthy: new Visit().opened().closed('connect-timeout', BY_SERVER),
  },
  {
    code: 'server-unreachable',
    when: 'its machine does not answer',
    visit: new Visit().opened().closed('connect-timeout', BY_SERVER),
    unless: 'nobody listens',
    healthy: new Visit().opened().closed('connect-refused', BY_SERVER),
  },
  {
    code: 'server-silent',
    when: 'it never greets',
    visit: new Visit().opened().wait(60_000).closed('greeting-timeout', BY_SERVER),
    unless: 'it greets in the end',
    healthy: new Visit().opened().wait(59_000).on({ type: 'greeted', code: 220, text: '220 hi' }),
  },
  {
    code: 'server-slow-greeting',
    when: 'it looks up names first',
    visit: new Visit()
      .opened()
      .wait(20_000)
      .on({ type: 'greeted', code: 220, text: '220 hi' })
      .quit(),
    facts: { seconds: 20 },
    unless: 'it greets at once',
    healthy: HEALTHY,
  },
  {
    code: 'server-slow-greeting',
    when: 'it looks up names, and the line was down for a moment, too',
    visit: new Visit()
      .opened()
      .lineDown(3_000)
      .wait(20_000)
      .on({ type: 'greeted', code: 220, text: '220 hi' })
      .quit(),
    facts: { seconds: 20 },
    unless: 'its greeting waited for the line to the agent',
    healthy: new Visit()
      .opened()
      .lineDown(20_000)
      .on({ type: 'greeted', code: 220, text: '220 hi' })
      .quit(),
  },
  {
    code: 'server-slow',
    when: 'it takes half a minute for CWD though the line was down for a moment only',
    visit: new Visit()
      .login()
      .command('CWD', '/x')
      .lineDown(2_000)
      .wait(30_000)
      .answer('CWD', 250, '', 32_030),
    facts: { seconds: 30 },
    unless: 'the answer waited for the line to the agent',
    healthy: new Visit()
      .login()
      .command('CWD', '/x')
      .lineDown(30_000)
      .answer('CWD', 250, '', 30_030),
  },
  {
    code: 'server-slow',
    when: 'it takes half a minute for CWD',
    visit: new Visit().login().command('CWD', '/x').wait(30_000).answer('CWD', 250, '', 30_000),
    facts: { verb: 'CWD', seconds: 30 },
    unless: 'NOOP waits for the transfer beside it',
    healthy: new Visit()
      .login()
      .passive()
      .arrive()
      .begin('RETR')
      .command('NOOP')
      .wait(30_000)
      .end('RETR', { ms: 30_000 })
      .answer('NOOP', 200, '', 30_000)
      .quit(),
  },
  {
    code: 'server-not-ftp',
    when: 'it is an SSH server',
    visit: new Visit().opened().closed('server-not-ftp', BY_SERVER),
    unless: 'it is down',
    healthy: new Visit().opened().closed('connect-refused', BY_SERVER),
  },
  {
    code: 'server-limit',
    when: 'vsftpd has too many users',
    visit: new Visit()
      .greeted(421, '421 There are too many connected users, please try later.')
      .closed('server-limit', BY_SERVER),
    facts: { code: 421, text: 'There are too many connected users, please try later.' },
    unless: 'the limit is for the address',
    healthy: new Visit()
      .greeted(421, '421 There are too many connections from your internet address.')
      .closed('server-limit', BY_SERVER),
  },
  {
    code: 'server-limit',
    when: 'ProFTPD has too many logins of this user',
    visit: new Visit()
      .greeted()
      .failedLogin(
        530,
        'Sorry, the maximum number of clients (2) for this user are already connected.',
      ),
    unless: 'the password is wrong',
    healthy: new Visit().greeted().failedLogin(530, 'Login incorrect.').quit(),
  },
  {
    code: 'server-limit-per-address',
    when: 'the server takes all users for one address',
    visit: new Visit()
      .greeted(421, '421 There are too many connections from your internet address.')
      .closed('server-limit', BY_SERVER),
    unless: 'the limit is for all',
    healthy: new Visit()
      .greeted(421, '421 Too many users are connected, please try again later.')
      .closed('server-limit', BY_SERVER),
  },
  {
    code: 'server-bans-agent',
    when: 'the server has banned the address it sees',
    visit: new Visit()
      .greeted(421, '421 You have been banned; access denied.')
      .closed('server-limit', BY_SERVER),
    unless: 'it is full',
    healthy: new Visit()
      .greeted(421, '421 Too many users are connected, please try again later.')
      .closed('server-limit', BY_SERVER),
  },
  {
    code: 'server-turned-away',
    when: 'the server is shutting down',
    visit: new Visit()
      .greeted(421, '421 Service shutting down, closing control connection.')
      .closed('server-limit', BY_SERVER),
    facts: { text: 'Service shutting down, closing control connection.' },
    unless: 'it serves',
    healthy: HEALTHY,
  },
  {
    code: 'server-hung-up',
    when: 'the server closes after three failed logins',
    visit: new Visit()
      .greeted()
      .failedLogin(530, 'Login incorrect.')
      .closed('server-closed', BY_SERVER),
    unless: 'nothing had happened for minutes',
    healthy: new Visit().login().wait(300_000).closed('server-closed', BY_SERVER),
  },
  {
    code: 'server-idle-timeout',
    when: 'the server closes a session on which nothing happens',
    visit: new Visit().login().wait(300_000).closed('server-limit', BY_SERVER),
    facts: { waited: '5 minutes' },
    unless: 'it closes in the middle of things',
    healthy: new Visit().login().closed('server-closed', BY_SERVER),
  },
  {
    code: 'server-out-of-step',
    when: 'the server says nothing of a broken transfer',
    visit: new Visit().login().closed('out-of-step', BY_SERVER),
    unless: 'it only closes',
    healthy: new Visit().login().closed('server-closed', BY_SERVER),
  },
];
