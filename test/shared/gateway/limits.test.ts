import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import { GATEWAY_LIMITS } from '../../../shared/limits.ts';
import { SessionBench } from '../../support/session-bench.ts';

const loggedIn = (): SessionBench => new SessionBench().login();

function ending(bench: SessionBench): { by: string; reason: string } {
  const [closed, ...more] = bench.eventsOf('closed');
  assert.ok(closed !== undefined && more.length === 0, 'the session ended once');
  return { by: closed.by, reason: closed.reason };
}

describe('time limits of a session', () => {
  it('a server that does not greet is given up', () => {
    const bench = new SessionBench().advance(GATEWAY_LIMITS.greeting);
    assert.match(bench.replies().join('\n'), /^421 .*did not greet in time/);
    assert.equal(ending(bench).by, 'server');
  });

  it('a client that does not log in is told the limit', () => {
    const bench = new SessionBench().serverSays('220 hi').clientSays('USER u').serverSays('331 p');
    bench.replies();
    bench.advance(GATEWAY_LIMITS.login - 1);
    assert.deepEqual(bench.replies(), []);
    bench.advance(1);
    assert.match(bench.replies().join('\n'), /^421 No login within 120 seconds/);
  });

  it('a login without a password, and one answered with another code, count as logins', () => {
    for (const [command, reply] of [
      ['USER anonymous', '230 come in'],
      ['PASS p', '202 superfluous'],
    ] as const) {
      const bench = new SessionBench().serverSays('220 hi').clientSays(command).serverSays(reply);
      bench.advance(GATEWAY_LIMITS.login + 1);
      assert.ok(bench.client.open && !bench.client.ended, command);
    }
  });

  it('a session without a command is closed after the idle time, one with NOOPs is not', () => {
    const bench = loggedIn();
    for (let i = 0; i < 5; i += 1) {
      bench
        .advance(GATEWAY_LIMITS.idle - 1)
        .clientSays('NOOP')
        .serverSays('200 ok');
    }
    bench.replies();
    bench.advance(GATEWAY_LIMITS.idle - 1);
    assert.deepEqual(bench.replies(), []);
    bench.advance(1);
    assert.match(bench.replies().join('\n'), /^421 No command for 900 seconds/);
    assert.ok(bench.client.ended);
  });

  it('a running transfer is not idle, and the idle time begins at its end', () => {
    const bench = loggedIn();
    bench.passive();
    bench.clientSays('RETR a');
    const client = bench.connect();
    bench.serverSays('150 go');
    const step = GATEWAY_LIMITS.transferStall - 1;
    const steps = Math.ceil((2.5 * GATEWAY_LIMITS.idle) / step);
    for (let i = 0; i < steps; i += 1) {
      bench.serverData.say('x');
      bench.settle().advance(step);
    }
    bench.serverData.finish();
    bench.settle();
    client.finish();
    bench.settle().serverSays('226 done');
    bench.replies();
    bench.advance(GATEWAY_LIMITS.idle - 1);
    assert.deepEqual(bench.replies(), []);
    bench.advance(1);
    assert.match(bench.replies().join('\n'), /^421 No command/);
  });

  it('a client that never connects gets 425 naming the port after 60 s', () => {
    const bench = loggedIn();
    const { port } = bench.passive();
    bench.clientSays('RETR a').advance(GATEWAY_LIMITS.dataAccept - 1);
    assert.equal(bench.lastOffer.withdrawn, false);
    bench.advance(1);
    assert.ok(bench.lastOffer.withdrawn);
    assert.ok(bench.serverData.resetWith !== undefined, 'the server is not left waiting');
    const [said = ''] = bench.replies();
    assert.match(said, new RegExp(`^425 no data connection came to port ${port}; .*firewall`));
    assert.equal(bench.eventsOf('transfer-ended')[0]?.broken?.by, 'client');
    bench.clientSays('PWD').serverSays('426 late').serverSays('257 "/"');
    assert.deepEqual(bench.replies(), ['257 "/"']);
  });

  it('the wait for the client begins anew with each transfer command', () => {
    const bench = loggedIn();
    bench.passive();
    bench.clientSays('RETR missing').serverSays('550 no');
    bench.advance(GATEWAY_LIMITS.dataAccept - 1).clientSays('RETR there');
    bench.advance(2);
    assert.equal(bench.lastOffer.withdrawn, false);
    assert.ok(bench.connect().open);
  });

  it('a transfer that moves nothing is broken off, one that moves a little is not', () => {
    const bench = loggedIn();
    bench.passive();
    bench.clientSays('STOR a');
    const client = bench.connect();
    bench.serverSays('150 go');
    for (let i = 0; i < 3; i += 1) {
      bench.advance(GATEWAY_LIMITS.transferStall - 1);
      client.say('x');
      bench.settle();
    }
    assert.ok(client.open);
    bench.advance(GATEWAY_LIMITS.transferStall);
    assert.ok(client.resetWith !== undefined && bench.serverData.resetWith !== undefined);
    bench.serverSays('426 broken');
    assert.deepEqual(bench.replies(), ['150 go', '426 broken']);
  });

  it('after the end nothing is left waiting, and both ends are reset if they do not close', () => {
    const bench = loggedIn();
    bench.passive();
    bench.clientSays('RETR a');
    bench.session.kill('gateway', 'test', { code: 421, lines: [Buffer.from('421 over')] });
    bench.settle();
    assert.equal(bench.closed, 0);
    bench.advance(GATEWAY_LIMITS.closing);
    assert.equal(bench.closed, 1);
    assert.ok(!bench.client.open && !bench.server.open);
    bench.advance(24 * 3_600_000);
    assert.equal(bench.timers.waiting, 0);
  });
});

describe('back-pressure', () => {
  it('a client that does not read replies stops the server', () => {
    const bench = loggedIn();
    bench.client.room = false;
    bench.clientSays('STAT').serverSays('211 one');
    assert.ok(bench.server.paused);
    bench.serverSays('211 two');
    assert.deepEqual(bench.replies(), ['211 one']);
    bench.client.drain();
    bench.settle();
    assert.deepEqual(bench.replies(), ['211 two']);
  });

  it("a client that does not read the gateway's own answers is not read any more", () => {
    const bench = loggedIn();
    bench.client.room = false;
    for (let i = 0; i < 100; i += 1) bench.clientSays('AUTH TLS\r\nPORT 1,2,3,4,5,6');
    assert.equal(bench.replies().length, 1);
    assert.ok(bench.client.paused);
    assert.equal(bench.client.delivered, Buffer.byteLength('USER u\r\nPASS p\r\n') + 28);
    bench.client.drain();
    bench.settle();
    assert.equal(bench.replies().length, 199);
    assert.equal(bench.client.paused, false);
  });

  it('a server that does not read commands stops the client', () => {
    const bench = loggedIn();
    bench.server.room = false;
    bench.clientSays('NOOP');
    bench.clientSays('NOOP\r\nNOOP');
    assert.deepEqual(bench.commands(), ['NOOP']);
    assert.ok(bench.client.paused);
    bench.server.drain();
    bench.settle();
    assert.deepEqual(bench.commands(), ['NOOP', 'NOOP']);
    assert.equal(bench.client.paused, false);
  });

  it('commands without answers stop at a bounded number', () => {
    const bench = loggedIn();
    bench.clientSays(Buffer.from('NOOP\r\n'.repeat(10_000)));
    assert.equal(bench.commands().length, GATEWAY_LIMITS.pendingCommands);
    assert.ok(bench.client.paused);
    const before = bench.client.delivered;
    bench.clientSays('NOOP');
    assert.equal(bench.client.delivered, before);
  });

  it('case 11: a slow client stops the server’s data and nothing else', () => {
    const bench = loggedIn();
    bench.passive();
    bench.clientSays('RETR a');
    const client = bench.connect();
    bench.serverSays('150 go');
    client.room = false;
    const server = bench.serverData;
    server.say(Buffer.alloc(1000));
    bench.settle();
    server.say(Buffer.alloc(1000));
    bench.settle();
    assert.ok(server.paused);
    assert.equal(server.delivered, 1000);
    bench.clientSays('NOOP').serverSays('200 ok');
    assert.deepEqual(bench.replies(), ['150 go', '200 ok']);
    client.drain();
    bench.settle();
    assert.equal(server.delivered, 2000);
  });

  it('data that comes before both connections stand is waited with, not lost', () => {
    const bench = loggedIn();
    bench.passive();
    bench.clientSays('RETR a').serverSays('150 go');
    bench.serverData.say('data');
    bench.settle();
    assert.equal(bench.serverData.delivered, 0);
    assert.equal(bench.connect().take(), 'data');
  });
});

describe('a client that says nothing that is a command', () => {
  it('a client that sends bytes and never a command is idle', () => {
    for (const bytes of ['x', '\xff\xf1']) {
      const bench = loggedIn();
      const step = 60_000;
      for (let ms = 0; ms <= 2 * GATEWAY_LIMITS.idle; ms += step) {
        bench.clientSays(Buffer.from(bytes, 'latin1')).advance(step);
      }
      assert.ok(bench.client.ended, JSON.stringify(bytes));
    }
  });
});
