import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { IMPLICIT } from '../../../shared/gateway/security.ts';
import type { TlsRules } from '../../../shared/gateway/tls-rules.ts';
import { GATEWAY_LIMITS } from '../../../shared/limits.ts';
import { TLS_FACTS } from '../../support/fake-client.ts';
import { SessionBench, type BenchOptions } from '../../support/session-bench.ts';

function benchWith(tls: Partial<TlsRules>, options: BenchOptions = {}): SessionBench {
  const rules = {
    ...options.rules,
    tls: () => ({ login: 'optional', data: 'optional', ...tls }) as const,
  };
  return new SessionBench({ ...options, rules });
}

/** Greeted, and TLS agreed on and spoken. */
function secured(tls: Partial<TlsRules> = {}, options: BenchOptions = {}): SessionBench {
  const bench = benchWith(tls, options).serverSays('220 hello').clientSays('AUTH TLS');
  bench.client.secured?.(TLS_FACTS);
  bench.replies();
  return bench;
}

/** The code that is answered to a command, which must not reach the server. */
function codeOf(bench: SessionBench, command: string): string {
  const [reply] = bench.clientSays(command).replies();
  assert.deepEqual(bench.commands(), [], `${command} is not for the server`);
  return reply?.slice(0, 3) ?? 'nothing';
}

describe('AUTH', () => {
  // Case 85.
  for (const [mechanism, protection] of [
    ['TLS', 'clear'],
    ['tls-c', 'clear'],
    ['SSL', 'private'],
    ['TLS-P', 'private'],
  ] as const) {
    it(`${mechanism} begins TLS behind its 234, and data connections are ${protection}`, () => {
      const bench = benchWith({}).serverSays('220 hello');
      bench.replies();
      assert.equal(codeOf(bench, `AUTH ${mechanism}`), '234');
      assert.ok(bench.client.secured, 'TLS was begun');
      bench.client.secured(TLS_FACTS);
      assert.deepEqual(bench.eventsOf('secured'), [
        { type: 'secured', connection: 'control', ...TLS_FACTS },
      ]);
      bench.clientSays('USER u').serverSays('331 more').clientSays('PASS p').serverSays('230 in');
      bench.passive();
      bench.clientSays('LIST');
      bench.connect();
      assert.deepEqual(bench.protections, [protection]);
    });
  }

  it('case 86: commands that came in clear behind it are dropped, and the session ends', () => {
    for (const behind of ['USER u\r\n', 'DE', '\r\n', 'NOOP\r\nNOOP\r\n']) {
      const bench = benchWith({}).serverSays('220 hello');
      bench.replies();
      bench.clientSays(Buffer.from(`AUTH TLS\r\n${behind}`));
      assert.match(bench.replies().join(), /^503 .*closing\.$/);
      assert.deepEqual(bench.commands(), []);
      assert.equal(bench.client.secured, undefined);
      assert.ok(bench.client.ended);
    }
  });

  it('commands before it are answered in clear first', () => {
    const bench = benchWith({}).serverSays('220 hello');
    bench.replies();
    bench.clientSays('SYST\r\nAUTH TLS');
    assert.deepEqual(bench.replies(), []);
    assert.equal(bench.client.secured, undefined);
    bench.serverSays('215 UNIX');
    assert.deepEqual(
      bench.replies().map((line) => line.slice(0, 3)),
      ['215', '234'],
    );
    assert.ok(bench.client.secured);
  });

  it('case 88: a second one, and one after the login, get 503; another mechanism 504', () => {
    const bench = secured();
    assert.equal(codeOf(bench, 'AUTH TLS'), '503');
    const late = benchWith({}).login();
    assert.equal(codeOf(late, 'AUTH TLS'), '503');
    const early = benchWith({}).serverSays('220 hello');
    early.replies();
    assert.equal(codeOf(early, 'AUTH GSSAPI'), '504');
    assert.equal(codeOf(early, 'AUTH'), '504');
  });

  it('takes back what was agreed before it', () => {
    const bench = benchWith({}).serverSays('220 hello');
    bench.passive();
    bench.clientSays('AUTH TLS');
    assert.ok(bench.lastOffer.withdrawn);
  });

  it('is not available where TLS is off', () => {
    const bench = benchWith({ login: 'off' }).serverSays('220 hello');
    bench.replies();
    for (const command of ['AUTH TLS', 'PBSZ 0', 'PROT P', 'CCC']) {
      assert.equal(codeOf(bench, command), '502');
    }
  });
});

describe('PBSZ, PROT and CCC', () => {
  it('case 88: come after AUTH, and PROT after PBSZ', () => {
    const bench = benchWith({}).serverSays('220 hello');
    bench.replies();
    for (const command of ['PBSZ 0', 'PROT P', 'CCC']) assert.equal(codeOf(bench, command), '503');
    const after = secured();
    assert.equal(codeOf(after, 'PROT P'), '503');
    assert.deepEqual(after.clientSays('PBSZ 0').replies(), ['200 PBSZ=0']);
    assert.equal(codeOf(after, 'PROT P'), '200');
  });

  it('what TLS does not have is refused as RFC 4217 says', () => {
    const bench = secured();
    assert.equal(codeOf(bench, 'PBSZ x'), '501');
    assert.equal(codeOf(bench, 'PBSZ 16384'), '200');
    for (const [level, code] of [
      ['S', '536'],
      ['E', '536'],
      ['X', '504'],
      ['', '504'],
    ]) {
      assert.equal(codeOf(bench, `PROT ${level}`), code);
    }
  });

  it('case 90: CCC is refused, and TLS goes on', () => {
    const bench = secured();
    assert.equal(codeOf(bench, 'CCC'), '533');
    assert.equal(codeOf(bench, 'PBSZ 0'), '200');
  });

  it('case 89: PROT that the tunnel does not allow gets 534 or 521', () => {
    const clear = secured({ data: 'off' });
    assert.equal(codeOf(clear, 'PBSZ 0'), '200');
    assert.equal(codeOf(clear, 'PROT P'), '534');
    const strict = secured({ data: 'required' });
    assert.equal(codeOf(strict, 'PBSZ 0'), '200');
    assert.equal(codeOf(strict, 'PROT C'), '521');
    assert.equal(codeOf(strict, 'PROT P'), '200');
  });

  it('PROT counts as it was when the transfer began, between PASV and RETR too', () => {
    const bench = secured();
    bench.clientSays('USER u').serverSays('331 more').clientSays('PASS p').serverSays('230 in');
    for (const [level, protection] of [
      ['P', 'private'],
      ['C', 'clear'],
    ] as const) {
      bench.passive();
      bench.connect();
      bench.clientSays('PBSZ 0').clientSays(`PROT ${level}`);
      assert.equal(bench.protections.length, level === 'P' ? 0 : 1, 'not settled yet');
      bench.clientSays('RETR f');
      assert.equal(bench.protections.at(-1), protection);
      bench.serverSays('550 no such file').replies();
      bench.commands();
    }
  });
});

describe('what is refused without TLS', () => {
  it('the login, in words that name the switch and the implicit port', () => {
    const bench = benchWith({ login: 'required', implicitPort: 990 }).serverSays('220 hello');
    bench.replies();
    for (const command of ['USER u', 'PASS p', 'ACCT a']) {
      const [reply] = bench.clientSays(command).replies();
      assert.match(reply ?? '', /^530 TLS is required.*explicit FTP over TLS.*port 990\.$/);
    }
    assert.deepEqual(bench.commands(), []);
    bench.clientSays('AUTH TLS').clientSays('USER u');
    assert.deepEqual(bench.commands(), ['USER u']);
  });

  it('case 89: transfers that are not private, with 521', () => {
    const bench = benchWith({ data: 'required' }).login();
    bench.passive();
    assert.match(
      bench.clientSays('LIST').replies().join(),
      /^521 .*switch your client to FTP over TLS/,
    );
    assert.deepEqual(bench.commands(), []);
    const half = secured({ data: 'required' });
    assert.match(half.clientSays('RETR f').replies().join(), /^521 .*PROT P/);
  });

  it('a change of the rule holds at the next command', () => {
    let login: TlsRules['login'] = 'optional';
    const rules = { tls: () => ({ login, data: 'optional' }) as const };
    const bench = new SessionBench({ rules }).serverSays('220 hello').clientSays('USER a');
    assert.deepEqual(bench.commands(), ['USER a']);
    login = 'required';
    bench.serverSays('331 more').replies();
    assert.equal(codeOf(bench, 'USER b'), '530');
  });
});

describe('a connection on which TLS began at once', () => {
  it('has private data connections without a word', () => {
    const bench = benchWith({}, { security: IMPLICIT }).login();
    bench.passive();
    bench.clientSays('RETR f');
    bench.connect();
    assert.deepEqual(bench.protections, ['private']);
  });

  it('is taken for one that has TLS where that is required', () => {
    const bench = benchWith(
      { login: 'required', data: 'required' },
      { security: IMPLICIT },
    ).login();
    assert.deepEqual(bench.eventsOf('refused'), []);
  });
});

it('case 79: FEAT lists TLS where it can be had, whatever the server says', () => {
  for (const [login, lines] of [
    ['optional', [' AUTH TLS', ' PBSZ', ' PROT']],
    ['off', []],
  ] as const) {
    const bench = benchWith({ login }).login();
    bench.clientSays('FEAT').serverSays('211-F\r\n AUTH SSL\r\n CCC\r\n SIZE\r\n211 End');
    const tls = bench.replies().filter((line) => /AUTH|PBSZ|PROT|CCC/.test(line));
    assert.deepEqual(tls, lines);
  }
});

it('case 72: REIN is refused where either side has TLS', () => {
  assert.equal(codeOf(secured(), 'REIN'), '502');
  assert.equal(codeOf(benchWith({}, { serverSecured: true }).login(), 'REIN'), '502');
  const clear = benchWith({}).login().clientSays('REIN');
  assert.deepEqual(clear.commands(), ['REIN']);
});

it('a data connection without TLS where it was to be ends the transfer with 522 and the reason', () => {
  for (const [code, text] of [
    ['tls-failed', /^522 No TLS on the data connection: what the client sent is not TLS/],
    ['tls-not-resumed', /^522 .*session resumption/],
  ] as const) {
    const bench = secured().clientSays('PBSZ 0').clientSays('PROT P');
    bench.clientSays('USER u').serverSays('331 more').clientSays('PASS p').serverSays('230 in');
    bench.passive();
    bench.clientSays('STOR f');
    const client = bench.connect();
    bench.serverSays('150 go');
    bench.replies();
    client.break({ by: 'peer', code, reason: 'what the client sent is not TLS' });
    bench.settle();
    assert.match(bench.replies().join(), text);
    bench.advance(GATEWAY_LIMITS.serverAccept);
    assert.ok(bench.serverData.resetWith, 'the server keeps no empty file for whole');
  }
});
