import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DiagnosisContext, SessionRecord } from '../../../shared/diagnosis/record.ts';
import { GATEWAY_LIMITS } from '../../../shared/limits.ts';
import { codesOfBench } from '../../support/diagnosed.ts';
import { TLS_FACTS } from '../../support/fake-client.ts';
import { beginActive, beginPassive } from '../../support/running-transfer.ts';
import { SessionBench, type BenchOptions } from '../../support/session-bench.ts';

/** A public address: only then a private one in PORT means NAT. */
const PUBLIC: BenchOptions = { client: '8.8.8.8' };
const TLS: BenchOptions = { rules: { tls: () => ({ login: 'optional', data: 'optional' }) } };

const loggedIn = (options?: BenchOptions): SessionBench => new SessionBench(options).login();

/** A client that was promised a port and did not come. */
function neverCame(): SessionBench {
  const bench = loggedIn();
  bench.passive();
  bench.clientSays('LIST').serverSays('150 here').advance(GATEWAY_LIMITS.dataAccept);
  return bench.serverSays('426 gone');
}

function natted(options: BenchOptions = PUBLIC): SessionBench {
  return loggedIn(options).clientSays('PORT 192,168,1,7,200,10');
}

/** A session that has TLS before it logs in. */
function secured(options: BenchOptions = {}): SessionBench {
  const bench = new SessionBench({ ...options, ...TLS })
    .serverSays('220 hi')
    .clientSays('AUTH TLS');
  bench.client.secured?.(TLS_FACTS);
  bench.clientSays('USER u').serverSays('331 go').clientSays('PASS p').serverSays('230 in');
  return bench.settle();
}

type Case = [
  code: string,
  how: string,
  provoke: () => SessionBench,
  context?: Partial<DiagnosisContext>,
  own?: Partial<SessionRecord>,
];

const CASES: Case[] = [
  ['active-behind-nat', 'PORT names a private address in clear at port 21', natted],
  ['nat-helper-blind-port', 'the same at another port', natted, {}, { port: 2121 }],
  [
    'nat-helper-blind-tls',
    'the same under TLS',
    () => secured(PUBLIC).clientSays('PORT 192,168,1,7,200,10'),
  ],
  [
    'nat-helper-seen',
    'PORT that names the public address works where a private one was named before',
    () => beginActive('LIST').bench,
    { namedBefore: ['192.168.1.7'] },
  ],
  [
    'active-blocked',
    'the client cannot be reached where it asked for',
    () => {
      const bench = loggedIn().active().clientSays('LIST').serverSays('150 here');
      bench.lastDial.outcome.failed('connection refused');
      return bench.settle().serverSays('426 gone');
    },
  ],
  [
    'active-not-allowed',
    'the tunnel takes passive mode only',
    () => loggedIn({ rules: { clientMode: () => 'passive' } }).clientSays('PORT 1,2,3,4,5,6'),
  ],
  [
    'passive-not-allowed',
    'the tunnel takes active mode only',
    () => loggedIn({ rules: { clientMode: () => 'active' } }).clientSays('PASV'),
  ],
  [
    'server-to-server-refused',
    'PORT names somebody else',
    () => loggedIn(PUBLIC).clientSays('PORT 8,8,4,4,200,10'),
  ],
  [
    'wrong-address-family',
    'PASV over IPv6',
    () => loggedIn({ family: 6, client: '2001:db8::7' }).clientSays('PASV'),
  ],
  ['passive-blocked', 'nobody came, and there are no others to tell', neverCame],
  [
    'passive-blocked-client',
    'others come, this one does not',
    neverCame,
    { others: { arrived: 3, missed: 0 } },
  ],
  [
    'passive-blocked-relay',
    'others do not come either',
    neverCame,
    { others: { arrived: 0, missed: 2 } },
  ],
  [
    'data-from-other-address',
    'somebody else came to the port, and the client did not',
    () => {
      const bench = loggedIn();
      const offer = bench.passive();
      offer.intrude({ host: '203.0.113.9', port: 5 });
      bench.clientSays('LIST').serverSays('150 here').advance(GATEWAY_LIMITS.dataAccept);
      return bench.serverSays('426 gone');
    },
    { others: { arrived: 3, missed: 0 } },
  ],
  [
    'passive-ports-exhausted',
    'no port is left for the client',
    () => {
      const bench = loggedIn({ ports: 0 });
      return bench.clientSays('PASV').serverSays('229 ok (|||5001|)');
    },
  ],
  [
    'server-passive-broken',
    'the server names no port',
    () => {
      const bench = loggedIn({ rules: { serverMode: () => 'pasv' } });
      return bench.clientSays('PASV').serverSays('227 Entering Passive Mode.');
    },
  ],
  [
    'active-would-help',
    'a client fails in passive mode three times',
    () => {
      const bench = loggedIn();
      for (let i = 0; i < 3; i += 1) {
        bench.passive();
        bench.clientSays('LIST').serverSays('150 here').advance(GATEWAY_LIMITS.dataAccept);
        bench.serverSays('426 gone');
      }
      return bench;
    },
  ],
  [
    'data-tls-failed',
    'PROT P, and no TLS on the data connection',
    () => {
      const { bench, client } = beginPassive('LIST');
      client.break({ by: 'peer', code: 'tls-failed', reason: 'what the client sent is not TLS' });
      return bench.settle().serverSays('426 gone');
    },
  ],
  [
    'session-reuse-demanded',
    'the data connection resumes nothing',
    () => {
      const { bench, client } = beginPassive('LIST');
      client.break({ by: 'peer', code: 'tls-not-resumed', reason: 'not resumed' });
      return bench.settle().serverSays('426 gone');
    },
  ],
  [
    'stalled-data',
    'nothing moves for the stall time-out',
    () => {
      const { bench, server } = beginPassive('RETR a');
      server.say('x');
      bench.settle().advance(GATEWAY_LIMITS.transferStall);
      return bench.serverSays('426 gone');
    },
  ],
  [
    'client-broke-off',
    'the client resets the data connection',
    () => {
      const { bench, client } = beginPassive('RETR a');
      client.break();
      return bench.settle().serverSays('426 gone');
    },
  ],
  [
    'server-broke-off',
    'the server resets the data connection',
    () => {
      const { bench, server } = beginPassive('RETR a');
      server.break();
      return bench.settle().serverSays('426 gone');
    },
  ],
];

describe('findings about data connections', () => {
  for (const [code, how, provoke, context, own] of CASES) {
    it(`${code}: ${how}`, () => {
      const codes = codesOfBench(provoke(), context, own);
      assert.ok(codes.includes(code), `found ${codes.join(', ') || 'nothing'}`);
    });
  }

  it('finds nothing wrong with transfers that go well, passive, active or encrypted', () => {
    const finish = (run: ReturnType<typeof beginPassive>): SessionBench => {
      run.server.say('x');
      run.server.finish();
      run.client.finish();
      run.bench.settle().serverSays('226 done').clientSays('QUIT').serverSays('221 bye');
      run.bench.server.finish();
      return run.bench.settle();
    };
    assert.deepEqual(codesOfBench(finish(beginPassive('RETR a'))), []);
    assert.deepEqual(codesOfBench(finish(beginActive('RETR a'))), []);
    assert.deepEqual(codesOfBench(secured()), []);
  });

  it('says one of the three about a passive port that nobody came to, not more', () => {
    for (const others of [
      { arrived: 0, missed: 0 },
      { arrived: 0, missed: 5 },
      { arrived: 5, missed: 5 },
    ]) {
      const codes = codesOfBench(neverCame(), { others });
      assert.equal(codes.filter((code) => code.startsWith('passive-blocked')).length, 1);
    }
  });

  it("does not blame a scan of the passive ports where the client's own connection comes", () => {
    const bench = loggedIn();
    const offer = bench.passive();
    offer.intrude({ host: '203.0.113.9', port: 5 });
    bench.clientSays('LIST');
    bench.connect(offer);
    assert.deepEqual(codesOfBench(bench.serverSays('150 here')), []);
  });
});
