import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GATEWAY_LIMITS } from '../../../shared/limits.ts';
import { beginActive } from '../../support/running-transfer.ts';
import { SessionBench, type BenchOptions } from '../../support/session-bench.ts';

/** The client's own address in the bench, port 51210. */
const PORT = 'PORT 198,51,100,7,200,10';

const loggedIn = (options?: BenchOptions): SessionBench => new SessionBench(options).login();

describe('a client that cannot be reached', () => {
  it('case 30: a refused dial is 425 in place of 150, with the likely cause; the session goes on', () => {
    for (const command of ['RETR a', 'STOR a', 'LIST']) {
      const bench = loggedIn().active().clientSays(command).serverSays('150 here');
      bench.commands();
      bench.lastDial.outcome.failed('connection refused');
      bench.settle();
      const [said = '', ...more] = bench.replies();
      assert.match(
        said,
        /^425 Can't open data connection to 198\.51\.100\.7 port 51210: connection refused\./,
      );
      assert.match(said, /firewall or NAT.*passive mode/);
      assert.deepEqual(more, []);
      bench.advance(GATEWAY_LIMITS.serverAccept);
      assert.ok(bench.serverData.resetWith !== undefined && !bench.serverData.ended);
      assert.equal(bench.eventsOf('transfer-ended')[0]?.broken?.by, 'client');
      assert.equal(bench.eventsOf('transfer-started').length, 0);
      bench.clientSays('PWD').serverSays('226 pyftpdlib says so').serverSays('257 "/"');
      assert.deepEqual(bench.replies(), ['257 "/"'], "the server's own word is swallowed");
      bench.commands();
      bench.active(PORT, 5002).clientSays('LIST').serverSays('150 here');
      bench.reach();
      assert.deepEqual(bench.replies(), ['150 here']);
    }
  });

  it('case 30: silence is 425 after its time, and the attempt is given up', () => {
    const bench = loggedIn().active().clientSays('RETR a').serverSays('150 here');
    bench.advance(GATEWAY_LIMITS.clientDial - 1);
    assert.deepEqual(bench.replies(), []);
    assert.equal(bench.lastDial.givenUp, false);
    bench.advance(1);
    assert.match(bench.replies().join('\n'), /^425 Can't open .*: no answer within 7 seconds\./);
    assert.ok(bench.lastDial.givenUp && bench.serverData.resetWith !== undefined);
    bench.clientSays('PWD').serverSays('426 at last').serverSays('257 "/"');
    assert.deepEqual(bench.replies(), ['257 "/"']);
  });

  it('commands wait until the server knows of the end, which pure-ftpd wants, but not for ever', () => {
    for (const server of ['answers', 'is asked', 'is silent']) {
      const bench = loggedIn().active().clientSays('RETR a').serverSays('150 here');
      bench.serverData.say('data');
      bench.lastDial.outcome.failed('connection refused');
      bench.settle();
      bench.replies();
      bench.commands();
      bench.clientSays('PWD');
      assert.deepEqual(bench.commands(), [], server);
      if (server === 'answers') bench.serverSays('426 broken');
      else assert.deepEqual(bench.advance(GATEWAY_LIMITS.brokenProbe).commands(), ['NOOP']);
      if (server === 'is asked') bench.serverSays('200 ok');
      if (server === 'is silent') bench.advance(GATEWAY_LIMITS.brokenReply);
      assert.deepEqual(bench.commands(), ['PWD'], server);
      if (server === 'is silent') bench.serverSays('426 at last\r\n200 ok');
      bench.serverSays('257 "/"');
      assert.deepEqual(bench.replies(), ['257 "/"'], server);
    }
  });

  it('a client reached in time is not timed out later', () => {
    const { bench, client } = beginActive('RETR a');
    bench.advance(GATEWAY_LIMITS.clientDial);
    assert.ok(client.open);
    assert.deepEqual(bench.replies(), []);
  });

  it('case 30: a server that said 226 already is overruled', () => {
    const bench = loggedIn().active().clientSays('LIST').serverSays('150 here\r\n226 done');
    bench.lastDial.outcome.failed('connection refused');
    bench.settle();
    assert.match(bench.replies().join('\n'), /^425 /);
    bench.clientSays('PWD').serverSays('257 "/"');
    assert.deepEqual(bench.replies(), ['257 "/"']);
  });

  it("case 61: pure-ftpd's second 150 is the last word on it", () => {
    const bench = loggedIn().active().clientSays('RETR a').serverSays('150 here');
    bench.lastDial.outcome.failed('connection refused');
    bench.settle().serverSays('150 0.000 seconds (measured here)');
    bench.clientSays('PWD').serverSays('257 "/"');
    const [said = '', ...more] = bench.replies();
    assert.match(said, /^425 /);
    assert.deepEqual(more, ['257 "/"']);
  });

  it('what was sent behind the transfer is answered in its turn', () => {
    const bench = loggedIn().active().clientSays(`RETR a\r\n${PORT}\r\nLIST`);
    bench.serverSays('150 here');
    bench.lastDial.outcome.failed('connection refused');
    bench.settle().serverSays('426 broken').serverSays('229 ok (|||5002|)').serverSays('150 list');
    bench.reach();
    const codes = bench.replies().map((line) => line.slice(0, 3));
    assert.deepEqual(codes, ['425', '200', '150']);
  });
});

describe('an active transfer that breaks', () => {
  it("the client's reset is a reset for the server, the server's for the client", () => {
    for (const by of ['client', 'server'] as const) {
      for (const command of ['RETR a', 'STOR a']) {
        const running = beginActive(command);
        const { bench } = running;
        const other = by === 'client' ? running.server : running.client;
        running[by].break();
        bench.settle();
        assert.ok(other.resetWith !== undefined && !other.ended, `${by} ${command}`);
        bench.serverSays('226 as if nothing had happened');
        assert.match(bench.replies().join('\n'), /^426 /);
        assert.equal(bench.eventsOf('transfer-ended')[0]?.broken?.by, by);
      }
    }
  });

  it('226 for an upload that has not ended is 426', () => {
    const { bench, client, server } = beginActive('STOR a');
    client.say('half');
    bench.settle().serverSays('226 Transfer complete.');
    assert.match(bench.replies().join('\n'), /^426 .*before the upload ended/);
    assert.ok(client.resetWith !== undefined && server.resetWith !== undefined);
  });

  it("the server's connection breaks while the client is dialled: the dial is given up", () => {
    const bench = loggedIn().active().clientSays('RETR a').serverSays('150 here');
    bench.serverData.break();
    bench.settle();
    assert.ok(bench.lastDial.givenUp);
    bench.serverSays('426 broken');
    assert.deepEqual(bench.replies(), ['426 broken']);
  });

  it('a failure of the server while the client is dialled is told in place of 150', () => {
    const bench = loggedIn().active().clientSays('RETR a').serverSays('150 here\r\n451 disk');
    assert.ok(bench.lastDial.givenUp);
    assert.deepEqual(bench.replies(), ['451 disk']);
  });

  it('a session that ends gives the dial up', () => {
    const bench = loggedIn().active().clientSays('STOR a').serverSays('150 here');
    bench.client.finish();
    bench.settle();
    assert.ok(bench.lastDial.givenUp && bench.serverData.resetWith !== undefined);
    assert.equal(bench.serverData.ended, false);
  });
});
