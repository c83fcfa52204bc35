import { CLIENT, Visit } from '../../../support/visits.ts';
import type { Case } from './case.ts';

const turnedAway = (why: string, text: string): Visit =>
  new Visit().on({ type: 'turned-away', why, code: 421, text });
const reception = (why: string, user: string): Visit =>
  new Visit().on({ type: 'reception-failed', why, user });

/** Findings about getting in. */
export const LOGIN_CASES: readonly Case[] = [
  {
    code: 'wrong-password',
    when: 'the server refuses the password',
    visit: new Visit().greeted().failedLogin(530, 'Login incorrect.').quit(),
    facts: { user: 'anna', code: 530, text: 'Login incorrect.', client: CLIENT },
    unless: 'the second try succeeds',
    healthy: new Visit()
      .greeted()
      .failedLogin(530, 'Login incorrect.')
      .ask('USER anna', 331)
      .command('PASS')
      .on({ type: 'logged-in', code: 230 })
      .quit(),
  },
  {
    code: 'wrong-password',
    when: 'the login at a shared port is refused by the server',
    visit: reception('the FTP server said: 530 Login incorrect.', 'anna@shop'),
    facts: { user: 'anna@shop', code: 530 },
    unless: 'the server has no room',
    healthy: reception('the FTP server said: 421 Too many users are connected.', 'anna@shop'),
  },
  {
    code: 'repeated-failed-logins',
    when: 'many logins of the address failed in the last hour',
    visit: new Visit().greeted().failedLogin(530, 'Login incorrect.').closed(),
    context: { failedLogins: 7 },
    facts: { failedLogins: 7 },
    unless: 'it is the first',
    healthy: new Visit().greeted().failedLogin(530, 'Login incorrect.').closed(),
    healthyContext: { failedLogins: 1 },
  },
  {
    code: 'account-broken',
    when: 'vsftpd refuses a writable root',
    visit: new Visit()
      .greeted()
      .failedLogin(500, 'OOPS: vsftpd: refusing to run with writable root inside chroot()')
      .closed('server-closed', { by: 'server' }),
    facts: { code: 500 },
    unless: 'the password is wrong',
    healthy: new Visit().greeted().failedLogin(530, 'Login incorrect.').quit(),
  },
  {
    code: 'account-broken',
    when: 'IIS cannot open the home folder',
    visit: new Visit()
      .greeted()
      .failedLogin(530, 'User cannot log in, home directory inaccessible.'),
    unless: 'the login succeeds',
    healthy: new Visit().login().quit(),
  },
  {
    code: 'banned',
    when: 'the address is banned',
    visit: turnedAway('banned', 'Your address 198.51.100.7 is banned until 09:00.'),
    unless: 'it is let in',
    healthy: new Visit().login().quit(),
  },
  {
    code: 'address-not-allowed',
    when: 'the tunnel admits others only',
    visit: turnedAway('address-not-allowed', 'Your address 198.51.100.7 is not allowed here.'),
    facts: { text: 'Your address 198.51.100.7 is not allowed here.' },
    unless: 'it is banned',
    healthy: turnedAway('banned', 'Your address is banned.'),
  },
  {
    code: 'address-not-allowed',
    when: 'the tunnel behind a shared port admits others only',
    visit: reception('address-not-allowed', 'anna@shop'),
    unless: 'the agent is away',
    healthy: reception('offline', 'anna@shop'),
  },
  {
    code: 'balancer-unknown',
    when: 'the tunnel does not believe the balancer',
    visit: turnedAway('balancer-unknown', 'Your address 203.0.113.9 is not allowed here.'),
    unless: 'the address is not allowed',
    healthy: turnedAway('address-not-allowed', 'Your address is not allowed here.'),
  },
  {
    code: 'too-many-sessions',
    when: 'the tunnel is full',
    visit: turnedAway('max-sessions', 'Too many sessions at once: this server takes at most 10.'),
    unless: 'the address has too many',
    healthy: turnedAway('max-sessions-per-address', 'Too many sessions from your address.'),
  },
  {
    code: 'too-many-sessions-of-address',
    when: 'the address has too many sessions',
    visit: turnedAway('max-sessions-per-address', 'Too many sessions from your address.'),
    unless: 'the tunnel is full',
    healthy: turnedAway('max-sessions', 'Too many sessions at once.'),
  },
  {
    code: 'login-timeout',
    when: 'nobody logs in',
    visit: new Visit().greeted().wait(120_000).closed('login-timeout'),
    facts: { waited: '2 minutes' },
    unless: 'the client leaves by itself',
    healthy: new Visit().greeted().wait(5_000).closed(),
  },
  {
    code: 'no-tunnel-named',
    when: 'the user name at a shared port has no tunnel',
    visit: reception('no such server', 'anna'),
    facts: { user: 'anna' },
    unless: 'it names one',
    healthy: reception('no such server', 'anna@shop'),
  },
  {
    code: 'shared-port-login-failed',
    when: 'the tunnel that is named does not exist',
    visit: reception('no such server', 'anna@shpo'),
    facts: { user: 'anna@shpo' },
    unless: 'its agent is away',
    healthy: reception('offline', 'anna@shop'),
  },
];
