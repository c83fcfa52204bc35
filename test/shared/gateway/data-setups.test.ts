import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import { GATEWAY_LIMITS } from '../../../shared/limits.ts';
import { SessionBench, type BenchOptions } from '../../support/session-bench.ts';

const loggedIn = (options?: BenchOptions): SessionBench => new SessionBench(options).login();

const PORT = 'PORT 198,51,100,7,200,10';
const IPV6: BenchOptions = { family: 6, client: '2001:db8::7', host: null };

/** The server's answer to the passive command it was asked, if it was asked one. */
function answerSetup(bench: SessionBench): void {
  if (bench.commands().length > 0) bench.serverSays('229 ok (|||5001|)');
}

describe('what the client asks with EPSV and EPRT', () => {
  it('case 48: EPSV ALL, then PASV, PORT and EPRT: 200 and 503, all of the gateway’s own', () => {
    for (const all of ['EPSV ALL', 'epsv all', 'EPSV  aLL ']) {
      const bench = loggedIn().clientSays(all);
      for (const each of ['PASV', PORT, 'EPRT |1|198.51.100.7|51210|']) bench.clientSays(each);
      const codes = bench.replies().map((line) => line.slice(0, 3));
      assert.deepEqual(codes, ['200', '503', '503', '503'], all);
      assert.deepEqual(bench.commands(), []);
      assert.equal(bench.offers.length + bench.dialled.length, 0);
    }
  });

  it('case 48: what was agreed before EPSV ALL still serves the next transfer', () => {
    const bench = loggedIn();
    const offer = bench.passive();
    bench.clientSays('EPSV ALL\r\nRETR a');
    assert.ok(bench.connect(offer).open);
    assert.deepEqual(bench.commands(), ['RETR a']);
  });

  it('case 48: EPSV ALL sent behind a PASV in one packet does not refuse that PASV', () => {
    const bench = loggedIn().clientSays('PASV\r\nEPSV ALL\r\nPASV');
    bench.serverSays('229 ok (|||5001|)');
    const codes = bench.replies().map((line) => line.slice(0, 3));
    assert.deepEqual(codes, ['227', '200', '503']);
  });

  it('case 49: EPSV with every argument, in any case and with blanks, over both families', () => {
    const asks: [BenchOptions, string, RegExp][] = [
      [{}, 'epsv', /^229 /],
      [{}, 'EPSV ', /^229 /],
      [{}, 'EPSV 1', /^229 /],
      [{}, 'EPSV\t1\t', /^229 /],
      [{}, 'EPSV 01', /^522 .*\(1\)$/],
      [{}, 'EPSV 2', /^522 .*\(1\)$/],
      [{}, 'EPSV 0', /^522 .*\(1\)$/],
      [{}, 'EPSV 9', /^522 .*\(1\)$/],
      [{}, 'EPSV 65536', /^522 .*\(1\)$/],
      [{}, 'EPSV 999999', /^501 /],
      [{}, 'EPSV -1', /^501 /],
      [{}, 'EPSV 1 1', /^501 /],
      [{}, 'EPSV ALLE', /^501 /],
      [{}, 'EPSV \xb9', /^501 /],
      [IPV6, 'EPSV', /^229 /],
      [IPV6, 'EPSV 2', /^229 /],
      [IPV6, 'EPSV 1', /^522 .*\(2\)$/],
    ];
    for (const [options, ask, expected] of asks) {
      const bench = loggedIn(options).clientSays(Buffer.from(`${ask}\r\n`, 'latin1'));
      answerSetup(bench);
      const replies = bench.replies();
      assert.equal(replies.length, 1, ask);
      assert.match(replies[0] ?? '', expected, ask);
    }
  });

  it('case 47: every printable delimiter serves; no other byte does', () => {
    for (let byte = 0; byte < 256; byte += 1) {
      if (byte === 0 || byte === 10 || byte === 13) continue;
      const delimiter = String.fromCharCode(byte);
      const argument = ['', '1', '198.51.100.7', '51210', ''].join(delimiter);
      const twice = argument.replaceAll('\xff', '\xff\xff');
      const bench = loggedIn().clientSays(Buffer.from(`EPRT ${twice}\r\n`, 'latin1'));
      answerSetup(bench);
      // A delimiter that stands in the address itself makes more than four fields.
      const serves = byte >= 33 && byte <= 126 && !'.0125789'.includes(delimiter);
      assert.equal(bench.replies()[0]?.slice(0, 3), serves ? '200' : '501', `byte ${byte}`);
    }
  });

  it('case 50: whatever the family of the client, the server is asked EPSV, then PASV, and dialled', () => {
    const clients: [BenchOptions, string, RegExp][] = [
      [{}, 'EPSV', /^229 .*\(\|\|\|50000\|\)$/],
      [{}, 'PASV', /^227 .*\(192,0,2,1,195,80\)\.$/],
      [{}, PORT, /^200 /],
      [{}, 'EPRT |1|198.51.100.7|51210|', /^200 /],
      [IPV6, 'EPSV', /^229 .*\(\|\|\|50000\|\)$/],
      [IPV6, 'EPSV 2', /^229 .*\(\|\|\|50000\|\)$/],
      [IPV6, 'EPRT |2|2001:db8::7|51210|', /^200 /],
    ];
    const servers: [string, string[]][] = [
      ['EPSV of either family', ['229 ok (|||5001|)']],
      ['PASV only, so IPv4', ['522 use (1)', '227 ok (10,0,0,1,19,137)']],
    ];
    for (const [options, ask, expected] of clients) {
      for (const [kind, answers] of servers) {
        const bench = loggedIn(options).clientSays(ask);
        for (const answer of answers) bench.serverSays(answer);
        assert.match(bench.replies().join('\n'), expected, `${ask}, ${kind}`);
        bench.commands();
        bench.clientSays('LIST');
        assert.equal(bench.dialled[0]?.port, 5001);
        bench.serverSays('150 here');
        const client = bench.dials.length > 0 ? bench.reach() : bench.connect();
        bench.serverData.say('names');
        bench.settle();
        assert.equal(client.take(), 'names', `${ask}, ${kind}`);
      }
    }
  });
});

describe('the order of data set-ups and transfers', () => {
  it('case 29: 150 is not told to an active client before it was reached, so it may accept late', () => {
    const bench = loggedIn().active().clientSays('RETR a').serverSays('150 here');
    bench.advance(GATEWAY_LIMITS.clientDial - 1);
    assert.deepEqual(bench.replies(), []);
    const client = bench.reach();
    assert.deepEqual(bench.replies(), ['150 here']);
    bench.serverData.say('late');
    bench.settle();
    assert.equal(client.take(), 'late');
  });

  it('case 29: a 425 of the server in place of 150 passes, and the client is not dialled', () => {
    const bench = loggedIn().active().clientSays('RETR a');
    bench.serverSays("425 Can't open data connection.");
    assert.deepEqual(bench.replies(), ["425 Can't open data connection."]);
    assert.equal(bench.dials.length, 0);
    bench.clientSays('NOOP').serverSays('200 ok');
    assert.deepEqual(bench.replies(), ['200 ok']);
  });

  it('case 30: after a client port that refused, PASV serves the same session', () => {
    const bench = loggedIn().active().clientSays('STOR a').serverSays('150 here');
    bench.lastDial.outcome.failed('connection refused');
    bench.settle();
    assert.match(bench.replies().join('\n'), /^425 /);
    bench.serverSays('426 broken');
    bench.commands();
    bench.passive(5002);
    bench.clientSays('STOR a');
    const client = bench.connect();
    client.say('data');
    bench.settle();
    assert.equal(bench.serverData.take(), 'data');
  });

  it('case 32: any row of set-ups, the last one counts and the others hold nothing', () => {
    const setups = ['PASV', 'EPSV', PORT, 'EPRT |1|198.51.100.7|51211|'];
    for (const first of setups) {
      for (const second of setups) {
        for (const third of setups) {
          const bench = loggedIn({ ports: 1 });
          for (const [index, ask] of [first, second, third].entries()) {
            bench.clientSays(ask).serverSays(`229 ok (|||${5001 + index}|)`);
          }
          bench.clientSays('LIST').serverSays('150 here');
          const row = `${first}, ${second}, ${third}`;
          assert.deepEqual(
            bench.dialled.map(({ port }) => port),
            [5003],
            row,
          );
          const active = third.startsWith('PORT') || third.startsWith('EPRT');
          assert.equal(bench.dials.length, active ? 1 : 0, row);
          const open = bench.offers.filter((offer) => !offer.withdrawn).length;
          assert.equal(open, active ? 0 : 1, row);
        }
      }
    }
  });

  it('case 32: a set-up that is refused leaves the one before it in force', () => {
    for (const refused of ['PORT 198,51,100,8,200,10', 'EPSV 2', 'EPRT |2|::1|5000|', 'PORT x']) {
      const bench = loggedIn();
      const offer = bench.passive();
      bench.clientSays(refused);
      assert.match(bench.replies().join('\n'), /^5\d\d /, refused);
      assert.equal(offer.withdrawn, false, refused);
      bench.clientSays('LIST');
      assert.ok(bench.connect(offer).open, refused);
    }
  });

  it('case 53: the port the client was dialled from is told, whichever it is', () => {
    const bench = loggedIn().active().clientSays('LIST').serverSays('150 here');
    bench.reach();
    assert.deepEqual(
      bench.eventsOf('data-dialled').map(({ localPort }) => localPort),
      [20],
    );
  });

  it('case 21: STOU in both modes: replies of one line, of two, and with the name in the last', () => {
    for (const mode of ['PASV', PORT]) {
      for (const first of ['150 FILE: a.1', '150-FILE: a.1\r\n150 go', '125 FILE: a.1']) {
        const bench = loggedIn().clientSays(mode).serverSays('229 ok (|||5001|)');
        bench.replies();
        bench.clientSays('STOU').serverSays(first);
        const client = bench.dials.length > 0 ? bench.reach() : bench.connect();
        assert.equal(bench.client.take(), `${first}\r\n`);
        client.say('data');
        client.finish();
        bench.settle();
        assert.equal(bench.serverData.take(), 'data');
        bench.serverSays('226-Stored\r\n226 unique file name: a.1');
        assert.equal(bench.client.take(), '226-Stored\r\n226 unique file name: a.1\r\n');
      }
    }
  });

  it('case 21: APPE after REST and STOR without an argument pass as they are', () => {
    const bench = loggedIn().clientSays('REST 5').serverSays('350 ok');
    bench.passive();
    bench.commands();
    bench.clientSays('APPE a b');
    assert.deepEqual(bench.commands(), ['APPE a b']);
    bench.serverSays('551 not after REST');
    bench.clientSays('STOR').serverSays('501 no name');
    assert.deepEqual(bench.replies(), ['551 not after REST', '501 no name']);
  });
});

describe('client addresses in PORT and EPRT', () => {
  it('case 96: a private address of a client behind NAT is never dialled; it is told what to do', () => {
    const inside = [
      '10,0,0,5',
      '172,16,0,5',
      '192,168,1,5',
      '169,254,1,5',
      '100,64,0,5',
      '127,0,0,1',
    ];
    for (const address of inside) {
      const bench = loggedIn().clientSays(`PORT ${address},200,10`);
      const [said = ''] = bench.replies();
      assert.match(said, /^500 .*198\.51\.100\.7.*behind NAT.*passive mode/, address);
      assert.ok(said.includes(address.replaceAll(',', '.')), said);
      bench.clientSays('LIST').serverSays('150 here\r\n226 done');
      assert.equal(bench.dials.length, 0, address);
    }
  });

  it('case 97: PORT that a NAT translated on the way to the public address serves', () => {
    const bench = loggedIn({ client: '203.0.113.9' }).clientSays('PORT 203,0,113,9,200,10');
    bench.serverSays('229 ok (|||5001|)').clientSays('LIST').serverSays('150 here');
    assert.deepEqual(bench.lastDial.address, { host: '203.0.113.9', port: 51_210 });
  });

  it('case 97: PORT of another public address is not the client’s, and not dialled', () => {
    const bench = loggedIn().clientSays('PORT 203,0,113,9,200,10');
    assert.match(bench.replies().join('\n'), /^500 203\.0\.113\.9 is not your address/);
    bench.clientSays('LIST').serverSays('150 here');
    assert.equal(bench.dials.length, 0);
  });

  it('case 98: each reply of the gateway is one write, so one segment a NAT can read whole', () => {
    const bench = loggedIn();
    const writes: string[] = [];
    const write = bench.client.write.bind(bench.client);
    bench.client.write = (chunk) => {
      writes.push(Buffer.from(chunk).toString('latin1'));
      return write(chunk);
    };
    bench.clientSays('PASV').serverSays('229 ok (|||5001|)');
    bench.clientSays('EPSV').serverSays('229 ok (|||5002|)');
    assert.equal(writes.length, 2);
    assert.match(writes[0] ?? '', /^227 Entering Passive Mode \([\d,]+\)\.\r\n$/);
    assert.match(writes[1] ?? '', /^229 Entering Extended Passive Mode \(\|\|\|\d+\|\)\r\n$/);
  });

  it('case 98: each command to the server is one write too', () => {
    const bench = loggedIn();
    const writes: string[] = [];
    const write = bench.server.write.bind(bench.server);
    bench.server.write = (chunk) => {
      writes.push(Buffer.from(chunk).toString('latin1'));
      return write(chunk);
    };
    bench.clientSays('PASV').serverSays('500 no').serverSays('227 (10,0,0,1,19,137)');
    bench.clientSays('CWD a b');
    assert.deepEqual(writes, ['EPSV\r\n', 'PASV\r\n', 'CWD a b\r\n']);
  });

  it('case 101: 227 names the public side’s own address, whatever the client’s', () => {
    for (const client of ['192.168.1.7', '127.0.0.1', '203.0.113.9']) {
      const bench = loggedIn({ client, host: '192.0.2.77' });
      bench.clientSays('PASV').serverSays('227 ok (10,0,0,1,19,137)');
      assert.match(bench.replies().join('\n'), /^227 .*\(192,0,2,77,/, client);
    }
  });
});
