import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ServerMode } from '../../../shared/gateway/server-mode.ts';
import { ServerTraits } from '../../../shared/gateway/server-traits.ts';
import { GATEWAY_LIMITS } from '../../../shared/limits.ts';
import { SessionBench, type BenchOptions } from '../../support/session-bench.ts';

const inMode = (mode: ServerMode, options: BenchOptions = {}): SessionBench =>
  new SessionBench({ ...options, rules: { serverMode: () => mode } }).login();

/** A session with a server that nothing is known of; its data ports answer when the test says so. */
const unknown = (traits: ServerTraits | null = null): SessionBench =>
  new SessionBench({ traits, answers: false }).login();

/** A client's PASV, agreed to by a server in active mode; both ends have read everything. */
function activeServer(bench: SessionBench, command = 'PASV'): SessionBench {
  bench.clientSays(command).listening();
  bench.serverSays('200 PORT ok');
  bench.replies();
  bench.commands();
  return bench;
}

describe('a server in active mode', () => {
  it('case 28: is told where to connect when its agent listens, not before', () => {
    const bench = inMode('active').clientSays('PASV');
    assert.deepEqual(bench.commands(), []);
    bench.listening({ host: '10.0.0.2', port: 6001 });
    assert.deepEqual(bench.commands(), ['PORT 10,0,0,2,23,113']);
    assert.deepEqual(bench.replies(), []);
    bench.serverSays('200 PORT ok');
    assert.match(bench.replies().join(), /^227 .*192,0,2,1/);
    assert.equal(bench.dialled.length, 0);
  });

  it('over IPv6 it is told with EPRT', () => {
    const bench = inMode('active').clientSays('EPSV');
    bench.listening({ host: 'fd00::2', port: 6001 });
    assert.deepEqual(bench.commands(), ['EPRT |2|fd00::2|6001|']);
  });

  it('case 28: may connect before it answers PORT, as pyftpdlib does', () => {
    const bench = inMode('active').clientSays('EPSV');
    const server = bench.listening();
    bench.listens[0]?.outcome.connected();
    bench.serverSays('200 Active data connection established.');
    assert.match(bench.replies().join(), /^229 /);
    bench.clientSays('RETR a');
    server.say('data');
    bench.serverSays('125 here');
    const client = bench.connect();
    assert.equal(client.take(), 'data');
    assert.deepEqual(bench.eventsOf('server-data'), [
      { type: 'server-data', serverWay: 'active', serverPort: 6001 },
    ]);
  });

  it('case 51: serves a passive client and an active one alike, in both directions', () => {
    for (const command of ['PASV', 'EPSV', 'PORT 198,51,100,7,200,10', 'EPRT |1|198.51.100.7|5|']) {
      for (const transfer of ['RETR a', 'STOR a']) {
        const isPassive = /^(PASV|EPSV)/.test(command);
        const bench = activeServer(inMode('active'), command.replace('|5|', '|51210|'));
        const { serverData: server } = bench;
        bench.clientSays(transfer);
        bench.listens[0]?.outcome.connected();
        bench.serverSays('150 here');
        const client = isPassive ? bench.connect() : bench.reach();
        const [from, to] = transfer === 'RETR a' ? [server, client] : [client, server];
        from.say('data');
        from.finish();
        bench.settle();
        assert.equal(to.take(), 'data', command);
        assert.ok(to.ended, command);
        to.finish();
        bench.settle().serverSays('226 done');
        assert.deepEqual(bench.replies(), ['150 here', '226 done'], `${command} ${transfer}`);
      }
    }
  });

  it('a server that cannot connect says 425, and nothing of the client is left waiting', () => {
    const bench = activeServer(inMode('active'));
    bench.clientSays('RETR a');
    const client = bench.connect();
    bench.serverSays('425 Failed to establish connection.');
    assert.deepEqual(bench.replies(), ['425 Failed to establish connection.']);
    assert.ok(client.open, 'the next command may use it');
    activeServer(bench);
    assert.equal(client.open, false);
  });

  it('a server that says 226 and never connected is not believed, once it had time to', () => {
    for (const comes of [true, false]) {
      const bench = activeServer(inMode('active')).clientSays('RETR a');
      const client = bench.connect();
      bench.serverSays('150 here\r\n226 done').advance(GATEWAY_LIMITS.serverProof - 1);
      assert.deepEqual(bench.replies(), ['150 here']);
      if (comes) {
        bench.listens[0]?.outcome.connected();
        bench.serverData.finish();
        client.finish();
        bench.settle();
      }
      bench.advance(1);
      assert.match(bench.replies().join(), comes ? /^226 done$/ : /^426 .*never connected/);
    }
  });

  it('a break before the server has connected ends the listening at once', () => {
    const bench = activeServer(inMode('active'));
    bench.clientSays('RETR a');
    bench.connect().break();
    bench.settle();
    assert.ok(bench.serverData.resetWith !== undefined);
    bench.serverSays('425 no');
    assert.deepEqual(bench.replies(), ['425 no']);
  });

  it('an agent that cannot listen is named, and a session that ends gives the listening up', () => {
    const bench = inMode('active').clientSays('PASV');
    bench.listens[0]?.outcome.failed('no port left');
    bench.settle();
    assert.match(bench.replies().join(), /^425 The agent cannot listen .*no port left/);
    bench.clientSays('PASV');
    bench.client.break();
    bench.settle();
    assert.ok(bench.listens.at(-1)?.givenUp);
  });

  it('a new PASV ends the listening of the one before', () => {
    const bench = activeServer(inMode('active'));
    const first = bench.serverData;
    activeServer(bench);
    assert.ok(first.resetWith !== undefined && bench.serverData.open);
  });
});

describe('a fixed server mode', () => {
  it('asks for nothing else, and the client reads what the server says', () => {
    const asked: [ServerMode, string, string][] = [
      ['epsv', 'EPSV', '500 no EPSV'],
      ['pasv', 'PASV', '502 no PASV'],
      ['active', 'PORT 10,0,0,2,23,113', '504 no PORT'],
    ];
    for (const [mode, command, refusal] of asked) {
      const bench = inMode(mode, { traits: null }).clientSays('PASV');
      if (mode === 'active') bench.listening();
      assert.deepEqual(bench.commands(), [command]);
      bench.serverSays(refusal);
      assert.deepEqual(bench.replies(), [refusal]);
      assert.deepEqual(bench.commands(), []);
    }
  });

  it('proves nothing: there is no other way', () => {
    const bench = inMode('pasv', { traits: null });
    bench.clientSays('EPSV').serverSays('227 ok (10,0,0,1,19,137)');
    assert.match(bench.replies().join(), /^229 /);
    assert.equal(bench.dialled.length, 0);
  });

  it('holds from the next PASV on', () => {
    let mode: ServerMode = 'pasv';
    const bench = new SessionBench({ rules: { serverMode: () => mode } }).login();
    bench.clientSays('PASV').serverSays('227 ok (10,0,0,1,19,137)');
    mode = 'epsv';
    bench.clientSays('PASV');
    assert.deepEqual(bench.commands(), ['PASV', 'EPSV']);
  });
});

describe('a server that is learnt', () => {
  it('is dialled once before a client is promised anything, and is trusted from then on', () => {
    const traits = new ServerTraits();
    const bench = unknown(traits).clientSays('PASV').serverSays('229 ok (|||5001|)');
    assert.deepEqual(bench.replies(), []);
    bench.answers();
    assert.match(bench.replies().join(), /^227 /);
    bench.clientSays('RETR a');
    const client = bench.connect();
    bench.serverData.say('data');
    bench.settle();
    assert.equal(client.take(), 'data', 'the connection that was tried is the one that is used');
    const later = unknown(traits).clientSays('PASV').serverSays('229 ok (|||5002|)');
    assert.match(later.replies().join(), /^227 /);
    assert.equal(later.dialled.length, 0);
  });

  it('case 45: one that answers EPSV with a wrong port is asked PASV', () => {
    const traits = new ServerTraits();
    const bench = unknown(traits).clientSays('EPSV').serverSays('229 ok (|||9|)');
    bench.serverData.break({ by: 'peer', code: 'connect-refused', reason: 'refused' });
    bench.settle();
    assert.deepEqual(bench.commands(), ['EPSV', 'PASV']);
    bench.serverSays('227 ok (10,0,0,1,19,137)').answers();
    assert.match(bench.replies().join(), /^229 .*\(\|\|\|50000\|\)/);
    const later = unknown(traits).clientSays('EPSV');
    assert.deepEqual(later.commands(), ['PASV'], 'and is remembered');
  });

  it('one whose passive ports are shut serves in active mode', () => {
    const bench = unknown().clientSays('PASV').serverSays('229 ok (|||5001|)');
    const tried = bench.serverData;
    bench.advance(GATEWAY_LIMITS.serverProof);
    assert.ok(tried.resetWith !== undefined);
    bench.serverSays('227 ok (10,0,0,1,19,137)').advance(GATEWAY_LIMITS.serverProof);
    bench.listening();
    assert.deepEqual(bench.commands(), ['EPSV', 'PASV', 'PORT 10,0,0,2,23,113']);
    bench.serverSays('200 PORT ok');
    assert.match(bench.replies().join(), /^227 /);
  });

  it('one that knows only PORT is remembered', () => {
    const traits = new ServerTraits();
    const bench = unknown(traits).clientSays('PASV').serverSays('550 Permission denied.');
    bench.serverSays('550 Permission denied.').listening();
    bench.serverSays('200 PORT ok');
    assert.match(bench.replies().join(), /^227 /);
    const later = unknown(traits).clientSays('PASV');
    assert.equal(later.listens.length, 1);
    assert.deepEqual(later.commands(), []);
  });

  it('is forgotten when its data port is dead, so another server in its place is learnt', () => {
    const traits = new ServerTraits();
    traits.proved('EPSV');
    const bench = unknown(traits);
    bench.passive(5001);
    bench.clientSays('RETR a');
    bench.connect();
    bench.serverData.break({ by: 'peer', code: 'connect-refused', reason: 'refused' });
    bench.settle().serverSays('425 no connection');
    bench.replies();
    bench.commands();
    bench.clientSays('PASV').serverSays('229 ok (|||5002|)');
    assert.deepEqual(bench.replies(), [], 'it is tried before it is trusted again');
    bench.serverData.break({ by: 'peer', code: 'connect-refused', reason: 'refused' });
    bench.settle();
    assert.deepEqual(bench.commands(), ['EPSV', 'PASV']);
  });

  it('one that never connects in active mode is asked to listen the next time', () => {
    const traits = new ServerTraits();
    traits.proved('active');
    const bench = activeServer(unknown(traits));
    bench.clientSays('RETR a').serverSays('425 Failed to establish connection.');
    bench.commands();
    bench.clientSays('PASV');
    assert.deepEqual(bench.commands(), ['EPSV']);
  });

  it('a refusal for a reason of its own is not tried around', () => {
    for (const refusal of ['530 Please login.', '425 No ports.', '421 Bye.', '332 Account?']) {
      const bench = unknown().clientSays('PASV').serverSays(refusal);
      assert.deepEqual(bench.replies(), [refusal]);
      assert.deepEqual(bench.commands(), ['EPSV']);
    }
  });

  it('421 while it is tried reaches the client, and the attempt is given up', () => {
    const bench = unknown().clientSays('PASV').serverSays('229 ok (|||5001|)\r\n421 Going down.');
    assert.deepEqual(bench.replies(), ['421 Going down.']);
    assert.ok(bench.serverData.resetWith !== undefined);
    bench.server.finish();
    bench.settle();
    assert.ok(bench.client.ended);
  });

  it('a dead port in every way is told to the client in words', () => {
    const bench = unknown().clientSays('PASV').serverSays('229 ok (|||5001|)');
    bench.advance(GATEWAY_LIMITS.serverProof).serverSays('227 ok (10,0,0,1,19,137)');
    bench.advance(GATEWAY_LIMITS.serverProof);
    bench.listens.at(-1)?.outcome.failed('no port left');
    bench.settle();
    assert.match(
      bench.replies().join(),
      /^425 The FTP server does not answer on the data port it named: no answer within 3 seconds/,
    );
  });
});
