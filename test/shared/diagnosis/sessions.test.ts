import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type {
  DiagnosisContext,
  RecordedEvent,
  SessionRecord,
} from '../../../shared/diagnosis/record.ts';
import { GATEWAY_LIMITS } from '../../../shared/limits.ts';
import { codesOf, codesOfBench, recordOf } from '../../support/diagnosed.ts';
import { TLS_FACTS } from '../../support/fake-client.ts';
import { beginPassive } from '../../support/running-transfer.ts';
import { SessionBench, type BenchOptions } from '../../support/session-bench.ts';

const loggedIn = (options?: BenchOptions): SessionBench => new SessionBench(options).login();
const greeted = (options?: BenchOptions): SessionBench =>
  new SessionBench(options).serverSays('220 hi');

/** The control connection to the server breaks like that. */
function serverBreaks(
  bench: SessionBench,
  code: string,
  by: 'peer' | 'carrier' = 'peer',
): SessionBench {
  bench.server.break({ by, code, reason: 'it broke' });
  return bench.settle();
}

/** The client's control connection breaks like that. */
function clientBreaks(bench: SessionBench, code: string, reason: string): SessionBench {
  bench.client.break({ by: 'peer', code, reason });
  return bench.settle();
}

function wrongPassword(text = '530 Login incorrect.'): SessionBench {
  return greeted()
    .clientSays('USER ann')
    .serverSays('331 go')
    .clientSays('PASS x')
    .serverSays(text);
}

function turnedAway(why: string, text = '421 no'): SessionRecord {
  return recordOf([{ type: 'turned-away', why, code: 421, text }]);
}

function tlsRules(login: 'off' | 'optional' | 'required', data: 'off' | 'optional' | 'required') {
  return { rules: { tls: () => ({ login, data }) } } as const;
}

/** A client that has TLS on its control connection and says no more. */
function securedThenGone(): SessionBench {
  const bench = greeted(tlsRules('optional', 'optional')).clientSays('AUTH TLS');
  bench.client.secured?.(TLS_FACTS);
  return clientBreaks(bench, 'ECONNRESET', 'the connection was reset');
}

type Case = [
  code: string,
  how: string,
  provoke: () => SessionBench | SessionRecord,
  context?: Partial<DiagnosisContext>,
];

const CASES: Case[] = [
  ['wrong-password', 'the server says 530 to the password', wrongPassword],
  [
    'repeated-failed-logins',
    'the fifth failure of one address within the hour',
    wrongPassword,
    { failedLogins: 5 },
  ],
  ['banned', 'the address is banned', () => turnedAway('banned')],
  ['address-not-allowed', 'the policy does not list it', () => turnedAway('address-not-allowed')],
  [
    'balancer-unknown',
    'another tunnel believes the balancer',
    () => turnedAway('balancer-unknown'),
  ],
  ['too-many-sessions', 'the tunnel is full', () => turnedAway('max-sessions')],
  [
    'too-many-sessions-per-address',
    'the address has as many as it may',
    () => turnedAway('max-sessions-per-address'),
  ],
  ['login-timeout', 'nobody logs in', () => greeted().advance(GATEWAY_LIMITS.login)],
  [
    'no-tunnel-named',
    'a login at a shared port fails',
    () => recordOf([{ type: 'reception-failed', why: 'the server said 530' }]),
  ],
  [
    'read-only',
    'STOR at a read-only tunnel',
    () => loggedIn({ rules: { readOnly: () => true } }).clientSays('STOR a'),
  ],
  [
    'server-down',
    'nobody listens at the server',
    () => serverBreaks(new SessionBench(), 'connect-refused'),
  ],
  [
    'server-at-limit',
    'the server greets with 421',
    () => {
      const bench = new SessionBench().serverSays('421 There are too many connected users.');
      bench.server.finish();
      return bench.settle();
    },
  ],
  [
    'server-slow',
    'the server does not greet',
    () => new SessionBench().advance(GATEWAY_LIMITS.greeting),
  ],
  [
    'server-slow',
    'the greeting takes ten seconds',
    () =>
      recordOf([
        { at: 0, event: { type: 'opened', client: { host: '198.51.100.7', port: 1 } } },
        { at: 10_000, event: { type: 'greeted', code: 220, text: '220 hi' } },
      ]),
  ],
  ['server-not-ftp', 'SSH answers', () => new SessionBench().serverSays('SSH-2.0-OpenSSH_9.2')],
  [
    'server-closed',
    'the server closes without a word',
    () => {
      const bench = loggedIn();
      bench.server.finish();
      return bench.settle();
    },
  ],
  ['agent-offline', 'no agent is there', () => turnedAway('offline')],
  [
    'agent-flapping',
    'the link was lost for the third time',
    () => serverBreaks(loggedIn(), 'link-lost', 'carrier'),
    { agent: { drops: 3, awaySince: undefined } },
  ],
  ['link-lost', 'the link breaks', () => serverBreaks(loggedIn(), 'link-lost', 'carrier')],
  [
    'relay-restarting',
    'the relay drains',
    () => {
      const bench = loggedIn();
      bench.session.drain();
      return bench.settle();
    },
  ],
  [
    'ended-by-administrator',
    'somebody ends it',
    () => {
      const bench = loggedIn();
      bench.session.kill('gateway', 'ended', { code: 421, lines: [Buffer.from('421 ended')] });
      return bench.settle();
    },
  ],
  [
    'tls-required',
    'USER in clear',
    () => greeted(tlsRules('required', 'optional')).clientSays('USER u'),
  ],
  [
    'data-tls-required',
    'LIST without PROT P',
    () => loggedIn(tlsRules('optional', 'required')).clientSays('LIST'),
  ],
  ['tls-not-available', 'AUTH where TLS is off', () => greeted().clientSays('AUTH TLS')],
  [
    'certificate-refused',
    'an alert says so',
    () =>
      clientBreaks(
        greeted(tlsRules('optional', 'optional')).clientSays('AUTH TLS'),
        'tls-failed',
        "the client does not trust the certificate's issuer",
      ),
  ],
  [
    'certificate-refused',
    'the client goes as soon as it has seen one that nobody vouches for',
    securedThenGone,
    { certificate: 'self-signed' },
  ],
  [
    'tls-no-common-version',
    'TLS 1.0',
    () =>
      clientBreaks(
        greeted(tlsRules('optional', 'optional')).clientSays('AUTH TLS'),
        'tls-failed',
        'the client speaks no TLS newer than 1.1; 1.2 is needed',
      ),
  ],
  [
    'tls-handshake-failed',
    'the client goes before TLS stands',
    () =>
      clientBreaks(
        greeted(tlsRules('optional', 'optional')).clientSays('AUTH TLS'),
        'tls-failed',
        'the client closed the connection before TLS was agreed on',
      ),
  ],
  [
    'server-wants-tls',
    'the server refuses logins in clear',
    () => wrongPassword('530 Non-anonymous sessions must use encryption.'),
  ],
  [
    'server-session-reuse',
    'the server says 522',
    () =>
      loggedIn().clientSays('LIST').serverSays('522 SSL connection failed: session reuse required'),
  ],
  [
    'server-certificate-refused',
    'the agent does not trust the server',
    () => serverBreaks(new SessionBench(), 'server-certificate-refused'),
  ],
  [
    'server-tls-refused',
    'the server knows no AUTH TLS',
    () => serverBreaks(new SessionBench(), 'server-tls-refused'),
  ],
  ['idle-timeout', 'nothing happens', () => loggedIn().advance(GATEWAY_LIMITS.idle)],
  [
    'control-dropped-in-transfer',
    'the control connection is gone after minutes of transfer',
    () => {
      const { bench, server } = beginPassive('RETR big');
      server.say('x');
      bench.settle().advance(200_000);
      return clientBreaks(bench, 'ETIMEDOUT', 'it timed out');
    },
  ],
  [
    'disk-full',
    '452 to STOR',
    () => loggedIn().clientSays('STOR a').serverSays('452 Insufficient storage space.'),
  ],
  [
    'encoding-trouble',
    '550 to a name with umlauts',
    () => loggedIn().clientSays('CWD Gr\u00fc\u00dfe').serverSays('550 No such directory.'),
  ],
  [
    'file-not-found',
    '550 to a plain name',
    () => loggedIn().clientSays('RETR a.txt').serverSays('550 a.txt: No such file or directory'),
  ],
  [
    'permission-denied',
    '550 to MKD',
    () => loggedIn().clientSays('MKD a').serverSays('550 Permission denied.'),
  ],
  ['upload-may-be-cut-short', 'no close_notify', () => recordOf([{ type: 'unclosed' }])],
  ['speaks-sftp', 'SSH', () => greeted().clientSays('SSH-2.0-OpenSSH_9.6')],
  ['speaks-http', 'HTTP', () => greeted().clientSays('GET / HTTP/1.1')],
  ['speaks-other', 'SMTP', () => greeted().clientSays('EHLO me')],
  [
    'implicit-tls-at-explicit-port',
    'a TLS hello in clear',
    () => greeted().clientSays(Buffer.from('\x16\x03\x01\x02\x00\x01\x00', 'latin1')),
  ],
  [
    'plain-at-implicit-port',
    'no TLS where it begins at once',
    () => recordOf([{ type: 'handshake-failed', reason: 'the client did not begin TLS in time' }]),
    {
      tunnel: {
        name: 'ftp',
        implicit: true,
        clientMode: 'any',
        tls: 'optional',
        tlsData: 'optional',
        requireSessionReuse: false,
        dataSource: 'same',
      },
    },
  ],
];

describe('findings about sessions', () => {
  for (const [code, how, provoke, context] of CASES) {
    it(`${code}: ${how}`, () => {
      const visit = provoke();
      const codes =
        visit instanceof SessionBench ? codesOfBench(visit, context) : codesOf(visit, context);
      assert.ok(codes.includes(code), `found ${codes.join(', ') || 'nothing'}`);
    });
  }

  it('does not call a password wrong that was mistyped once', () => {
    const bench = wrongPassword().clientSays('USER ann').serverSays('331 go');
    bench.clientSays('PASS y').serverSays('230 in');
    assert.deepEqual(codesOfBench(bench), []);
  });

  it('does not suspect a certificate that an authority vouches for because a client goes', () => {
    assert.ok(!codesOfBench(securedThenGone()).includes('certificate-refused'));
  });

  it('does not call a password wrong where the server wants TLS', () => {
    const codes = codesOfBench(wrongPassword('530 Please use TLS.'));
    assert.deepEqual(codes, ['server-wants-tls']);
  });

  it('takes SIZE of a file that is not there for no trouble: programs ask before they upload', () => {
    const bench = loggedIn().clientSays('SIZE new').serverSays('550 Could not get file size.');
    assert.deepEqual(codesOfBench(bench), []);
  });

  it('finds nothing in a visit of which nothing is known', () => {
    const nothing: RecordedEvent[] = [];
    assert.deepEqual(codesOf(recordOf(nothing)), []);
  });
});
