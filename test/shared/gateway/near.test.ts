import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GATEWAY_LIMITS } from '../../../shared/limits.ts';
import { SessionBench, type BenchOptions } from '../../support/session-bench.ts';

/** The client's address in the server's network, port 51210. */
const PORT = 'PORT 192,168,1,5,200,10';
const NEAR = { host: '192.168.1.5', port: 51_210 };
/** The same client and port as they are seen from outside. */
const SEEN = { host: '198.51.100.7', port: 51_210 };

const nearby = (options: BenchOptions = {}): SessionBench =>
  new SessionBench({ ...options, rules: { ...options.rules, nearby: () => true } }).login();

/** The transfer has begun and the client is being dialled in the server's network. */
function dialling(command: string): SessionBench {
  const bench = nearby().active(PORT).clientSays(command).serverSays('150 here');
  bench.commands();
  assert.deepEqual(bench.nearDials[0]?.address, NEAR);
  return bench;
}

describe("an active client in the server's own network", () => {
  it('is refused where that is not allowed, as anybody behind NAT', () => {
    const bench = new SessionBench().login().clientSays(PORT);
    assert.match(bench.replies().join(), /^500 .*NAT.*passive mode/);
    for (const other of ['PORT 127,0,0,1,200,10', 'PORT 203,0,113,9,200,10', 'PORT 0,0,0,0,4,0']) {
      assert.match(nearby().clientSays(other).replies().join(), /^500 /, other);
    }
    assert.match(nearby().clientSays('PORT 192,168,1,5,0,22').replies().join(), /^504 /);
  });

  it('is dialled there with 150, and nothing is read from the server before', () => {
    const bench = nearby().active(PORT).clientSays('RETR a');
    assert.ok(bench.held);
    assert.equal(bench.nearDials.length, 0);
    bench.serverSays('150 here');
    assert.deepEqual(bench.nearDials[0]?.address, NEAR);
    assert.equal(bench.dials.length + bench.released, 0);
    assert.deepEqual(bench.replies(), []);
    bench.reachNear();
    assert.deepEqual(bench.replies(), ['150 here']);
    assert.deepEqual(bench.eventsOf('data-direct'), [{ type: 'data-direct', ...NEAR }]);
  });

  it('an upload and a download are as true as any, with the bytes that went past', () => {
    for (const command of ['RETR a', 'STOR a']) {
      const bench = dialling(command);
      const client = bench.reachNear();
      const { serverData: server } = bench;
      const [from, to] = command === 'RETR a' ? [server, client] : [client, server];
      from.goPast(1000);
      to.holding = true;
      from.finish();
      bench.settle();
      assert.ok(to.ended);
      bench.serverSays('226 done');
      assert.deepEqual(bench.replies(), ['150 here'], 'the last byte is under way');
      to.release();
      to.finish();
      bench.settle();
      assert.deepEqual(bench.replies(), ['226 done'], command);
      assert.equal(bench.eventsOf('transfer-ended')[0]?.bytes, 1000);
    }
  });

  it('a reset of either is a reset of the other, and 426', () => {
    for (const by of ['client', 'server'] as const) {
      const bench = dialling('STOR a');
      const client = bench.reachNear();
      const { serverData: server } = bench;
      client.goPast(10);
      server.goPast(1);
      const [one, other] = by === 'client' ? [client, server] : [server, client];
      one.break();
      bench.settle();
      assert.ok(other.resetWith !== undefined && !other.ended, by);
      bench.serverSays('226 as if nothing had happened');
      assert.match(bench.replies().join('\n'), /426 /);
    }
  });

  it('bytes that go past are no stall, silence is', () => {
    const bench = dialling('RETR a');
    const client = bench.reachNear();
    for (let i = 1; i < 10; i += 1) {
      bench.serverData.goPast(i);
      bench.settle().advance(GATEWAY_LIMITS.transferStall - 1);
    }
    assert.ok(client.open);
    bench.advance(GATEWAY_LIMITS.transferStall);
    assert.equal(client.open, false);
  });

  it('where that fails it is dialled as any other, and the server is read', () => {
    const bench = dialling('RETR a');
    bench.nearDials[0]?.outcome.failed('no answer in time');
    bench.settle();
    assert.equal(bench.released, 1);
    assert.deepEqual(bench.lastDial.address, SEEN);
    const client = bench.reach();
    bench.serverData.say('data');
    bench.settle();
    assert.equal(client.take(), 'data');
    assert.deepEqual(bench.replies(), ['150 here']);
    assert.equal(bench.eventsOf('data-direct-failed')[0]?.reason, 'no answer in time');
  });

  it('where both fail the client reads why', () => {
    const bench = dialling('LIST');
    bench.nearDials[0]?.outcome.failed('no answer in time');
    bench.settle();
    bench.lastDial.outcome.failed('connection refused');
    bench.settle();
    assert.match(bench.replies().join(), /^425 .*198\.51\.100\.7.*firewall or NAT.*passive mode/);
  });

  it('a session that ends gives up both', () => {
    for (const usual of [false, true]) {
      const bench = dialling('RETR a');
      if (usual) bench.nearDials[0]?.outcome.failed('no');
      bench.settle();
      bench.client.break();
      bench.settle();
      assert.ok((usual ? bench.lastDial : bench.nearDials[0])?.givenUp);
    }
  });

  it('a server in active mode is listened for held', () => {
    const bench = nearby({ rules: { serverMode: () => 'active' } }).clientSays(PORT);
    const server = bench.listening();
    assert.ok(bench.held);
    bench.serverSays('200 PORT ok').clientSays('RETR a').serverSays('150 here');
    bench.reachNear();
    assert.equal(bench.serverData, server);
    bench.clientSays('PASV');
    bench.listening();
    assert.equal(bench.held, false, 'a passive client comes to the relay');
  });
});
