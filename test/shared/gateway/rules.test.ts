import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isHarmless } from '../../../shared/ftp/command.ts';
import type { ClientMode } from '../../../shared/gateway/client-mode.ts';
import { SessionBench } from '../../support/session-bench.ts';

describe('a read-only session', () => {
  const readOnly = (): SessionBench =>
    new SessionBench({ rules: { readOnly: () => true } }).login();

  it('refuses whatever changes files, and the server hears nothing of it', () => {
    const bench = readOnly();
    const changing = [
      ...'STOR STOU APPE DELE MKD XMKD RMD XRMD RMDA RNFR RNTO MFMT MFCT MFF SMNT COMB'.split(' '),
      'SITE',
    ];
    for (const verb of changing) {
      bench.clientSays(`${verb} 777 name`);
      const [reply = ''] = bench.replies();
      assert.ok(reply.startsWith('550 ') && reply.includes('read-only'), reply);
      assert.ok(reply.includes(verb), reply);
    }
    assert.deepEqual(bench.commands(), []);
    assert.equal(bench.eventsOf('refused').length, changing.length);
  });

  it('refuses verbs of which nobody knows what they do, however they are written', () => {
    const bench = readOnly();
    for (const line of ['XYZZY name', ' stor name', '\tDele name', 'MDTM 20260131080509 name']) {
      bench.clientSays(line);
      assert.match(bench.replies().join(), /^550 /, line);
    }
    assert.deepEqual(bench.commands(), []);
  });

  it('reads, lists and asks as ever', () => {
    const bench = readOnly();
    for (const line of ['MDTM name', 'SIZE name', 'ALLO 5', 'CWD /', 'RETR name', 'MLSD', 'FEAT']) {
      bench.clientSays(line).serverSays('500 as the server likes');
      assert.deepEqual(bench.commands(), [line]);
      assert.match(bench.replies()[0] ?? '', /^(500 as the server|211)/);
    }
    bench.passive();
    assert.ok(bench.lastOffer.port > 0);
  });

  it('begins and ends while the session lasts', () => {
    let on = false;
    const bench = new SessionBench({ rules: { readOnly: () => on } }).login();
    bench.clientSays('DELE a').serverSays('250 gone');
    on = true;
    bench.clientSays('DELE b');
    on = false;
    bench.clientSays('DELE c').serverSays('250 gone');
    assert.deepEqual(bench.commands(), ['DELE a', 'DELE c']);
    assert.deepEqual(
      bench.replies().map((reply) => reply.slice(0, 3)),
      ['250', '550', '250'],
    );
  });
});

describe('modes a client may set up data connections in', () => {
  const inMode = (mode: ClientMode): SessionBench =>
    new SessionBench({ rules: { clientMode: () => mode } }).login();
  const PASSIVE = ['PASV', 'EPSV', 'EPSV 1', 'EPSV 2', 'epsv all', 'EPSV nonsense'];
  const ACTIVE = ['PORT 198,51,100,7,200,10', 'EPRT |1|198.51.100.7|51210|', 'PORT nonsense'];

  it('where only one is allowed, the other is refused by a reply that says what to switch on', () => {
    const cases: [ClientMode, string[], RegExp][] = [
      ['active', PASSIVE, /^502 .*PASV, EPSV.* switch your client to active mode/],
      ['passive', ACTIVE, /^502 .*PORT, EPRT.* switch your client to passive mode/],
    ];
    for (const [mode, lines, expected] of cases) {
      const bench = inMode(mode);
      for (const line of lines) {
        bench.clientSays(line);
        assert.match(bench.replies().join(), expected, line);
        assert.equal(bench.eventsOf('refused').at(-1)?.code, 502);
      }
      assert.deepEqual(bench.commands(), [], 'the server hears nothing of it');
    }
  });

  it('nobody is advised a mode that is refused', () => {
    const behindNat = inMode('active').clientSays('PORT 192,168,1,5,200,10').replies().join();
    assert.match(behindNat, /^500 .*NAT\. Only active mode is allowed here/);
    const bench = inMode('active').active().clientSays('LIST').serverSays('150 here');
    bench.lastDial.outcome.failed('connection refused');
    const unreachable = bench.settle().replies().join();
    assert.match(unreachable, /^425 .*firewall or NAT.*Only active mode is allowed here/);
    for (const text of [behindNat, unreachable]) assert.doesNotMatch(text, /passive/);
  });

  it('the mode that is allowed is served, and EPSV ALL where that is passive', () => {
    inMode('active').active();
    const bench = inMode('passive');
    bench.passive();
    assert.match(bench.clientSays('EPSV ALL').replies().join(), /^200 /);
  });

  it('a refused EPSV ALL binds nobody', () => {
    const bench = inMode('active').clientSays('EPSV ALL');
    bench.replies();
    bench.active();
  });

  it('a change holds for the next command; what is agreed on stays', () => {
    let mode: ClientMode = 'any';
    const bench = new SessionBench({ rules: { clientMode: () => mode } }).login();
    bench.passive();
    mode = 'active';
    bench.clientSays('RETR a').serverSays('150 go');
    bench.connect();
    bench.clientSays('PASV');
    assert.equal(bench.serverData.resetWith, undefined);
    bench.serverSays('550 no such file');
    const codes = bench.replies().map((reply) => reply.slice(0, 3));
    assert.deepEqual(codes, ['150', '550', '502']);
  });
});

describe('time-outs of the tunnel', () => {
  it('a login that takes too long is told the limit', () => {
    const bench = new SessionBench({ rules: { login: 3000 } }).serverSays('220 hi');
    bench.replies();
    bench.advance(2999);
    assert.deepEqual(bench.replies(), []);
    assert.match(bench.advance(1).replies().join(), /^421 No login within 3 seconds/);
  });

  it('a session without a command is told the limit, a transfer is not idle', () => {
    const bench = new SessionBench({ rules: { idle: 5000 } }).login();
    bench.passive();
    bench.clientSays('RETR a').serverSays('150 go');
    bench.connect();
    bench.advance(60_000);
    assert.deepEqual(bench.replies(), ['150 go']);
    bench.serverSays('426 broken');
    bench.replies();
    assert.match(bench.advance(10_000).replies().join(), /^421 No command for 5 seconds/);
  });

  it('a transfer on which nothing moves is broken off by the limit of the tunnel', () => {
    const bench = new SessionBench({ rules: { stall: 2000 } }).login();
    bench.passive();
    bench.clientSays('STOR a').serverSays('150 go');
    const data = bench.connect();
    bench.advance(2000);
    assert.match(data.resetWith ?? '', /nothing moved on the data connection for 2 seconds/);
    bench.advance(10_000);
    assert.match(bench.replies().join(), /426 .*nothing moved .* 2 seconds/);
  });
});

describe('harmless commands', () => {
  it('are those that the table knows to change nothing', () => {
    for (const verb of ['RETR', 'LIST', 'MDTM', 'ALLO', 'NOOP', 'PASV'])
      assert.ok(isHarmless(verb));
    for (const verb of ['STOR', 'SITE', 'RNFR', 'MFMT', 'XYZZY', '']) assert.ok(!isHarmless(verb));
  });

  it('MDTM asks by a name and sets by a time and a name', () => {
    assert.ok(isHarmless('MDTM', '20260131080509'));
    assert.ok(isHarmless('MDTM', 'name 20260131080509'));
    assert.ok(!isHarmless('MDTM', '20260131080509 name'));
    assert.ok(!isHarmless('MDTM', '  20260131080509\tname'));
  });
});
