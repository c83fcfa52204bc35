import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import { ServerTraits } from '../../../shared/gateway/server-traits.ts';
import { GATEWAY_LIMITS } from '../../../shared/limits.ts';
import { SessionBench, type BenchOptions } from '../../support/session-bench.ts';

function servingPasv(): ServerTraits {
  const traits = new ServerTraits();
  traits.proved('PASV');
  return traits;
}

const loggedIn = (options?: BenchOptions): SessionBench => new SessionBench(options).login();

describe('PASV and EPSV of the client', () => {
  it('PASV is answered with an address of the public side, EPSV with a port', () => {
    const bench = loggedIn();
    bench.clientSays('PASV');
    assert.deepEqual(bench.commands(), ['EPSV']);
    bench.serverSays('229 Extended (|||5001|)');
    assert.deepEqual(bench.replies(), ['227 Entering Passive Mode (192,0,2,1,195,80).']);
    bench.clientSays('EPSV').serverSays('229 Extended (|||5002|)');
    assert.match(bench.replies().join('\n'), /^229 .*\(\|\|\|50001\|\)/);
    bench.connect();
    assert.equal(bench.dialled.at(-1)?.port, 5002);
  });

  it('case 46: a server without EPSV is asked with PASV, and the tunnel remembers', () => {
    for (const refusal of ['500 what?', '501 no', '502 no', '522 (1)']) {
      const traits = new ServerTraits();
      traits.proved('EPSV');
      const bench = loggedIn({ traits });
      bench.clientSays('EPSV');
      assert.deepEqual(bench.commands(), ['EPSV']);
      bench.serverSays(refusal);
      assert.deepEqual(bench.commands(), ['PASV']);
      assert.deepEqual(bench.replies(), [], 'the client hears nothing of it');
      bench.serverSays('227 ok (10,0,0,1,19,137)').answers();
      assert.match(bench.replies().join('\n'), /^229 /);
      const later = loggedIn({ traits });
      later.clientSays('EPSV');
      assert.deepEqual(later.commands(), ['PASV'], refusal);
    }
  });

  it('of a server that knows no way at all the client reads what it said to its own', () => {
    const asked: [string, string][] = [
      ['PASV', '502 no PASV'],
      ['EPSV', '500 no EPSV'],
      ['PORT 198,51,100,7,200,10', '504 no PORT'],
    ];
    for (const [command, told] of asked) {
      const bench = loggedIn();
      bench.clientSays(command).serverSays('500 no EPSV').serverSays('502 no PASV');
      const channel = bench.listening();
      bench.serverSays('504 no PORT');
      assert.deepEqual(bench.replies(), [told]);
      assert.ok(channel.resetWith !== undefined, 'nobody is waited for');
      assert.equal(bench.eventsOf('setup-failed').length, 1);
      assert.deepEqual(bench.commands(), ['EPSV', 'PASV', 'PORT 10,0,0,2,23,113']);
    }
    const bench = loggedIn();
    bench.clientSays('PASV').serverSays('500 no EPSV').serverSays('502 no PASV');
    bench.listens.at(-1)?.outcome.failed('no port left');
    bench.settle();
    assert.deepEqual(bench.replies(), ['502 no PASV']);
    bench.clientSays('PWD').serverSays('257 "/"');
    assert.deepEqual(bench.replies(), ['257 "/"']);
  });

  it("the server's own reason passes unchanged and is not asked again", () => {
    for (const refusal of ['530 Please login.', '425 No ports.', '421 Bye.']) {
      const bench = loggedIn();
      bench.clientSays('PASV').serverSays(refusal);
      assert.deepEqual(bench.replies(), [refusal]);
      assert.deepEqual(bench.commands(), ['EPSV']);
    }
  });

  it('case 43: the address in 227 is never looked at', () => {
    for (const address of ['0,0,0,0', '127,0,0,1', '10,9,8,7', '203,0,113,9']) {
      const bench = loggedIn({ traits: servingPasv() });
      bench.clientSays('PASV').serverSays(`227 Entering (${address},19,137)`);
      assert.deepEqual(bench.replies(), ['227 Entering Passive Mode (192,0,2,1,195,80).']);
      bench.connect();
      assert.equal(bench.dialled[0]?.port, 5001);
    }
  });

  it('case 44: 227 in every shape servers write it', () => {
    const shapes = [
      '227 Entering Passive Mode. 10,0,0,1,19,137',
      '227 =10,0,0,1,19,137',
      '227 Entering Passive Mode (10,0,0,1,19,137); have fun, friend',
      '227 Passive, as you wish (10,0,0,1,19,137)',
      '227-Be patient\r\n227 Entering Passive Mode (10,0,0,1,19,137)',
    ];
    for (const shape of shapes) {
      const bench = loggedIn({ traits: servingPasv() });
      bench.clientSays('PASV').serverSays(shape);
      assert.match(bench.replies().join('\n'), /^227 Entering Passive Mode \(192,0,2,1,/, shape);
      bench.connect();
      assert.equal(bench.dialled[0]?.port, 5001, shape);
    }
  });

  it('case 45: 229 with another delimiter, 229 of several lines, 227 as answer to EPSV', () => {
    const shapes = [
      '229 ok (!!!5001!)',
      '229-wait\r\n229 ok (|||5001|)',
      '227 Entering Passive Mode (10,0,0,1,19,137)',
    ];
    for (const shape of shapes) {
      const bench = loggedIn();
      bench.clientSays('EPSV').serverSays(shape);
      if (bench.dialled.length > 0) bench.answers();
      assert.match(bench.replies().join('\n'), /^229 .*\(\|\|\|50000\|\)/, shape);
      bench.connect();
      assert.equal(bench.dialled[0]?.port, 5001, shape);
    }
  });

  it('a reply that names no port leads to the other command, then to 425 with its text', () => {
    const useless = ['227 (10,0,0,300,19,137)', '227 ready', '229 (|||0|)', '200 fine'];
    for (const reply of useless) {
      const bench = loggedIn();
      bench.clientSays('PASV').serverSays(reply);
      assert.deepEqual(bench.commands(), ['EPSV', 'PASV'], reply);
      bench.serverSays(reply);
      bench.listening();
      bench.serverSays('500 no PORT');
      const [said = ''] = bench.replies();
      assert.match(said, /^425 The FTP server named no usable data port; it said: /);
      assert.ok(said.endsWith(reply.slice(4)), said);
      assert.equal(bench.offers.length, 0);
    }
  });

  it('a command behind PASV waits until the server named its port', () => {
    const bench = loggedIn();
    bench.clientSays('PASV\r\nRETR a\r\nNOOP');
    assert.deepEqual(bench.commands(), ['EPSV']);
    bench.serverSays('502 no');
    assert.deepEqual(bench.commands(), ['PASV']);
    bench.serverSays('227 ok (10,0,0,1,19,137)').answers();
    assert.deepEqual(bench.commands(), ['RETR a', 'NOOP']);
    assert.equal(bench.dialled.length, 1);
  });

  it('a 227 nobody asked for, or inside another reply, opens nothing', () => {
    const bench = loggedIn();
    bench.serverSays('227 Entering Passive Mode (10,0,0,1,19,137)');
    bench.clientSays('STAT').serverSays('211-227 (10,0,0,1,19,137)\r\n211 End');
    assert.equal(bench.offers.length, 0);
    assert.equal(bench.dialled.length, 0);
  });

  it('EPSV ALL is answered here, and PASV is refused from then on', () => {
    const bench = loggedIn();
    bench.clientSays('EPSV ALL\r\nPASV\r\nepsv');
    const [all = '', pasv = ''] = bench.replies();
    assert.match(all, /^200 /);
    assert.match(pasv, /^503 /);
    assert.deepEqual(bench.commands(), ['EPSV']);
    bench.serverSays('229 ok (|||5001|)');
    assert.match(bench.replies().join('\n'), /^229 /);
  });

  it('EPSV with a protocol is served for the family of the connection, 522 for the other', () => {
    const asks: [4 | 6, string, RegExp][] = [
      [4, 'EPSV 1', /^229 /],
      [4, 'EPSV 2', /^522 .*\(1\)/],
      [6, 'EPSV 2', /^229 /],
      [6, 'EPSV 1', /^522 .*\(2\)/],
      [4, 'EPSV 9', /^522 .*\(1\)/],
      [4, 'EPSV  1 ', /^229 /],
      [4, 'EPSV x', /^501 /],
      [6, 'PASV', /^425 .*EPSV/],
    ];
    for (const [family, ask, expected] of asks) {
      const bench = loggedIn({ family });
      bench.clientSays(ask);
      if (bench.commands().length > 0) bench.serverSays('229 ok (|||5001|)');
      assert.match(bench.replies().join('\n'), expected, `${ask} over IPv${family}`);
    }
  });

  it('PASV where the public side has no IPv4 address is refused and keeps no port', () => {
    const bench = loggedIn({ host: null });
    bench.clientSays('PASV').serverSays('229 ok (|||5001|)');
    assert.match(bench.replies().join('\n'), /^425 .*EPSV/);
    assert.ok(bench.lastOffer.withdrawn);
  });

  it('case 31: a second PASV takes the first promise back', () => {
    const bench = loggedIn();
    const first = bench.passive(5001);
    const second = bench.passive(5002);
    assert.ok(first.withdrawn);
    bench.connect(second);
    assert.equal(bench.dialled.at(-1)?.port, 5002);
  });

  it('case 31: a connection made to the first promise is reset by the second PASV', () => {
    const bench = loggedIn();
    bench.passive(5001);
    const stale = bench.connect();
    const serverEnd = bench.serverData;
    bench.passive(5002);
    assert.ok(stale.resetWith !== undefined && serverEnd.resetWith !== undefined);
  });

  it('case 33: 1000 × PASV without a transfer hold one port', () => {
    const bench = loggedIn({ ports: 1 });
    for (let i = 0; i < 1000; i += 1) bench.passive();
    assert.equal(bench.offers.filter((offer) => !offer.withdrawn).length, 1);
    assert.equal(bench.dialled.length, 0);
  });

  it('case 33: an unused promise goes back after its time, and when the session ends', () => {
    const bench = loggedIn();
    const expired = bench.passive();
    bench.advance(GATEWAY_LIMITS.passiveOffer);
    assert.ok(expired.withdrawn);
    const left = bench.passive();
    bench.client.finish();
    bench.settle();
    assert.ok(left.withdrawn);
  });

  it('case 34: without a free port the client is told 425 and why; the session goes on', () => {
    const bench = loggedIn({ ports: 0 });
    bench.clientSays('PASV').serverSays('229 ok (|||5001|)');
    assert.deepEqual(bench.replies(), ["425 Can't open a passive port: no port is free."]);
    bench.clientSays('PWD').serverSays('257 "/"');
    assert.deepEqual(bench.replies(), ['257 "/"']);
    assert.equal(bench.eventsOf('setup-failed')[0]?.text, 'no port is free');
  });

  it('case 39: a transfer refused with 550 leaves the passive port for the next one', () => {
    const bench = loggedIn();
    const offer = bench.passive();
    bench.clientSays('RETR missing').serverSays('550 No such file.');
    assert.deepEqual(bench.replies(), ['550 No such file.']);
    assert.equal(offer.withdrawn, false);
    bench.clientSays('RETR there');
    const client = bench.connect(offer);
    bench.serverSays('150 here');
    bench.serverData.say('data');
    bench.serverData.finish();
    bench.settle();
    client.finish();
    bench.settle().serverSays('226 done');
    assert.equal(client.take(), 'data');
    assert.deepEqual(bench.replies(), ['150 here', '226 done']);
  });

  it("case 40: a transfer without PASV gets the server's answer, and nothing is opened", () => {
    const bench = loggedIn();
    bench.clientSays('LIST');
    assert.deepEqual(bench.commands(), ['LIST']);
    bench.serverSays('425 Use PORT or PASV first.');
    assert.deepEqual(bench.replies(), ['425 Use PORT or PASV first.']);
    assert.equal(bench.dialled.length + bench.offers.length, 0);
  });

  it('case 20: REST before or after PASV reaches the server in that order', () => {
    const bench = loggedIn();
    bench.clientSays('REST 7').serverSays('350 ok').clientSays('PASV').serverSays('229 (|||5001|)');
    bench.clientSays('RETR a');
    assert.deepEqual(bench.commands(), ['REST 7', 'EPSV', 'RETR a']);
    bench.serverSays('550 no').clientSays('PASV').serverSays('229 (|||5002|)');
    bench.clientSays('REST 4294967296').serverSays('350 ok').clientSays('RETR a');
    assert.deepEqual(bench.commands(), ['EPSV', 'REST 4294967296', 'RETR a']);
    assert.ok(bench.replies().includes('350 ok'));
  });

  it('a passive command is recognised in small letters and behind blanks', () => {
    const bench = loggedIn();
    bench.clientSays(Buffer.from(' pasv \r\n'));
    assert.deepEqual(bench.commands(), ['EPSV']);
  });
});

describe('a data port that nobody asked for', () => {
  it('a 227 or 229 that nobody asked for does not reach a client, which would take it for the next answer', () => {
    for (const forged of ['227 Entering Passive Mode (203,0,113,9,0,22)', '229 ok (|||22|)']) {
      const bench = loggedIn()
        .serverSays(forged)
        .clientSays('PASV')
        .serverSays('229 ok (|||5001|)');
      const setups = bench.replies().filter((line) => /^22[79]/.test(line));
      assert.equal(setups.length, 1, setups.join(' | '));
    }
  });

  it('a 227 of the server to another command does not reach a client as it is', () => {
    const bench = loggedIn().clientSays('STAT');
    bench.serverSays('227 Entering Passive Mode (203,0,113,9,0,22)');
    assert.doesNotMatch(bench.replies().join('\n'), /203,0,113,9/);
  });
});
