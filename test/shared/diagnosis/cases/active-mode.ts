import { Visit } from '../../../support/visits.ts';
import type { Case } from './case.ts';

const PRIVATE = 'PORT 192,168,1,7,200,10';
const behindNat = (visit: Visit): Visit =>
  visit.refused(PRIVATE, 500, 'behind-nat', 'Your client named its address 192.168.1.7');
const foreign = (visit: Visit): Visit =>
  visit.refused('PORT 203,0,113,9,200,10', 500, 'foreign-address');
const unreachable = (visit: Visit): Visit =>
  visit
    .active()
    .begin('LIST', '')
    .end('LIST', {
      code: 425,
      name: '',
      bytes: 0,
      ms: 7000,
      broken: {
        by: 'client',
        code: 'client-unreachable',
        reason: "Can't open data connection to 198.51.100.7 port 51210: no answer within 7 seconds",
      },
    });
const HEALTHY = new Visit().login().active().dialled().begin('RETR').end('RETR').quit();
const EXCHANGING = (): Visit => new Visit().login().ask('CLNT FlashFXP 5.4', 200);

/** Findings about active mode. */
export const ACTIVE_MODE_CASES: readonly Case[] = [
  {
    code: 'active-private-address',
    when: 'PORT names a private address',
    visit: behindNat(new Visit().login()).quit(),
    facts: { named: '192.168.1.7', verb: 'PORT' },
    unless: 'the client falls back to passive mode',
    healthy: behindNat(new Visit().login()).download().quit(),
  },
  {
    code: 'active-private-address',
    when: 'EPRT names one',
    visit: new Visit().login().refused('EPRT |1|10.0.0.5|51210|', 500, 'behind-nat').quit(),
    facts: { named: '10.0.0.5', verb: 'EPRT' },
    unless: 'it is under TLS',
    healthy: behindNat(new Visit().tls().on({ type: 'logged-in', code: 230 })),
  },
  {
    code: 'nat-helper-blind-port',
    when: 'PORT names a private address on another port than 21',
    visit: behindNat(new Visit({ port: 2121 }).login()).quit(),
    facts: { port: 2121 },
    unless: 'it is port 21',
    healthy: behindNat(new Visit().login()).quit(),
  },
  {
    code: 'nat-helper-blind-tls',
    when: 'PORT names a private address under TLS',
    visit: behindNat(new Visit().tls().on({ type: 'logged-in', code: 230 })).quit(),
    unless: 'it is in clear',
    healthy: behindNat(new Visit().login()).quit(),
  },
  {
    code: 'nat-helper-seen',
    when: 'PORT names the public address now',
    visit: HEALTHY,
    context: { namedBefore: ['192.168.1.7'] },
    facts: { named: '192.168.1.7', host: '198.51.100.7' },
    unless: 'it always did',
    healthy: HEALTHY,
  },
  {
    code: 'active-blocked-at-client',
    when: 'the client cannot be reached',
    visit: unreachable(new Visit().login()).quit(),
    facts: {
      reason: "Can't open data connection to 198.51.100.7 port 51210: no answer within 7 seconds",
      encryption: 'without TLS',
    },
    unless: 'the client then goes on in passive mode',
    healthy: unreachable(new Visit().login()).download().quit(),
  },
  {
    code: 'active-other-address',
    when: 'PORT names somebody else',
    visit: foreign(new Visit().login()).quit(),
    facts: { named: '203.0.113.9' },
    unless: 'the program is one for such transfers',
    healthy: foreign(EXCHANGING()).quit(),
  },
  {
    code: 'fxp-refused',
    when: 'FlashFXP names another server',
    visit: foreign(EXCHANGING()).quit(),
    facts: { named: '203.0.113.9' },
    unless: 'it transfers with the client',
    healthy: EXCHANGING().download().quit(),
  },
  {
    code: 'fxp-refused',
    when: 'the client asks for an encrypted one',
    visit: new Visit().login().refused('CPSV', 502, 'foreign-address').quit(),
    unless: 'it asks for LPSV',
    healthy: new Visit().login().refused('LPSV', 502, 'not-implemented').download().quit(),
  },
  {
    code: 'active-bad-port',
    when: 'PORT names port 80',
    visit: new Visit().login().refused('PORT 198,51,100,7,0,80', 504, 'privileged-port').quit(),
    unless: 'it names another',
    healthy: HEALTHY,
  },
  {
    code: 'active-not-allowed',
    when: 'the tunnel is passive only',
    visit: new Visit()
      .login()
      .refused('PORT 198,51,100,7,200,10', 502, 'active-not-allowed')
      .quit(),
    facts: { verb: 'PORT' },
    unless: 'the client switches',
    healthy: new Visit()
      .login()
      .refused('EPRT |1|a|1|', 502, 'active-not-allowed')
      .download()
      .quit(),
  },
  {
    code: 'passive-not-allowed',
    when: 'the tunnel is active only',
    visit: new Visit().login().refused('EPSV', 502, 'passive-not-allowed').quit(),
    unless: 'the client switches',
    healthy: new Visit()
      .login()
      .refused('EPSV', 502, 'passive-not-allowed')
      .active()
      .dialled()
      .begin('RETR')
      .end('RETR')
      .quit(),
  },
];
