import { Visit } from '../../../support/visits.ts';
import type { Case } from './case.ts';

/** A transfer waits for its client in vain; the port was promised. */
const inVain = (visit: Visit): Visit =>
  visit
    .command('LIST')
    .wait(60_000)
    .end('LIST', {
      code: 425,
      name: '',
      bytes: 0,
      ms: 60_000,
      broken: {
        by: 'client',
        code: 'no-connection',
        reason: 'no data connection came to port 50017',
      },
    });
const waited = (visit: Visit): Visit => inVain(visit.passive());
/** A client gives up before we do, as FileZilla does after 20 seconds. */
const gaveUp = (visit: Visit): Visit =>
  visit
    .passive()
    .command('LIST')
    .wait(20_000)
    .end('LIST', {
      code: 426,
      name: '',
      bytes: 0,
      ms: 20_000,
      broken: { by: 'client', code: 'client-closed', reason: 'the client closed the connection' },
    })
    .closed();
/** One that connects before it names a file, as curl does, and gives up. */
const neverAsked = (visit: Visit): Visit => visit.passive().wait(30_000).closed();
const HEALTHY = new Visit().login().download().quit();
const stranger = (visit: Visit): Visit =>
  visit
    .passive()
    .on({ type: 'stranger', port: 50_017, from: { host: '203.0.113.66', port: 4000 } });
const OTHERS = { arrived: 12, missed: 0 };
const exhausted = 'all 64 passive ports are promised to your address';

/** Findings about passive mode. */
export const PASSIVE_MODE_CASES: readonly Case[] = [
  {
    code: 'passive-blocked-at-client',
    when: 'nobody comes, and others get through',
    visit: waited(new Visit().login()).quit(),
    context: { others: OTHERS },
    facts: { port: 50_017, seconds: 60, othersArrived: 12, firstPort: 50_000, lastPort: 50_063 },
    unless: 'the client comes',
    healthy: HEALTHY,
    healthyContext: { others: OTHERS },
  },
  {
    code: 'passive-blocked-at-client',
    when: 'the client gives up first',
    visit: gaveUp(new Visit().login()),
    context: { others: OTHERS },
    facts: { seconds: 20 },
    unless: 'the file did not exist',
    healthy: new Visit()
      .login()
      .passive()
      .command('RETR', 'x')
      .end('RETR', { code: 550, bytes: 0, text: 'No such file' })
      .wait(30_000)
      .quit(),
    healthyContext: { others: OTHERS },
  },
  {
    code: 'passive-blocked-at-relay',
    when: 'nobody comes, and nobody else gets through',
    visit: neverAsked(new Visit().login()),
    context: { others: { arrived: 0, missed: 3 } },
    facts: { seconds: 30, othersMissed: 3 },
    unless: 'others get through',
    healthy: neverAsked(new Visit().login()),
    healthyContext: { others: { arrived: 1, missed: 3 } },
  },
  {
    code: 'passive-not-dialled',
    when: 'there is nobody to compare with',
    visit: waited(new Visit().login()).quit(),
    facts: { port: 50_017 },
    unless: 'the promise was not used at all',
    healthy: new Visit().login().passive().quit(),
  },
  {
    code: 'passive-not-dialled',
    when: 'a firewall refuses at once, so that curl tries the other way and leaves',
    visit: new Visit().login().passive().passive(50_018, 'PASV').quit(),
    facts: { port: 50_017 },
    unless: 'the other way works',
    healthy: new Visit().login().passive().download(50_018).quit(),
  },
  {
    code: 'passive-some-ports-blocked',
    when: 'the client comes to one port and not to another',
    visit: waited(new Visit().login().download(50_001)).quit(),
    facts: { port: 50_017 },
    unless: 'it comes to both',
    healthy: new Visit().login().download(50_001).download(50_002).quit(),
  },
  {
    code: 'data-from-other-address',
    when: 'somebody else comes, and the client does not',
    visit: inVain(stranger(new Visit().login())).quit(),
    facts: { from: '203.0.113.66', dataSource: 'same' },
    unless: 'the client comes, too',
    healthy: stranger(new Visit().login()).arrive().begin('RETR').end('RETR').quit(),
  },
  {
    code: 'data-stranger-seen',
    when: 'a scanner comes before the client',
    visit: stranger(new Visit().login()).arrive().begin('RETR').end('RETR').quit(),
    facts: { from: '203.0.113.66', port: 50_017 },
    unless: 'nobody does',
    healthy: HEALTHY,
  },
  {
    code: 'passive-ports-exhausted',
    when: 'every port is promised',
    visit: new Visit()
      .login()
      .command('EPSV')
      .on({ type: 'setup-failed', verb: 'EPSV', text: exhausted, why: 'no-passive-port' })
      .answer('EPSV', 425, `Can't open a passive port: ${exhausted}.`),
    unless: 'it is the server that has none',
    healthy: new Visit()
      .login()
      .command('EPSV')
      .on({ type: 'setup-failed', verb: 'EPSV', text: 'No ports available.', why: 'server' })
      .answer('EPSV', 425, 'No ports available.'),
  },
  {
    code: 'wrong-address-family',
    when: 'PORT comes over IPv6',
    visit: new Visit({ client: '2001:db8::7' })
      .login()
      .refused('PORT 198,51,100,7,200,10', 500, 'wrong-family', 'use EPRT or EPSV')
      .quit(),
    facts: { verb: 'PORT' },
    unless: 'the client then uses EPSV',
    healthy: new Visit({ client: '2001:db8::7' })
      .login()
      .refused('PASV', 425, 'wrong-family', 'use EPSV')
      .download()
      .quit(),
  },
  {
    code: 'epsv-all-broken',
    when: 'PORT comes after EPSV ALL',
    visit: new Visit()
      .login()
      .ask('EPSV ALL', 200)
      .refused('PORT 198,51,100,7,200,10', 503, 'epsv-all')
      .quit(),
    unless: 'EPSV does',
    healthy: new Visit().login().ask('EPSV ALL', 200).download().quit(),
  },
];
