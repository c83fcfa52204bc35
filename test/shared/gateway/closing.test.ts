import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GATEWAY_REPLIES } from '../../../shared/gateway/replies.ts';
import type { FakeChannel } from '../../support/fake-channel.ts';
import { SessionBench } from '../../support/session-bench.ts';

interface Running {
  bench: SessionBench;
  client: FakeChannel;
  server: FakeChannel;
}

function running(command: string): Running {
  const bench = new SessionBench().login();
  bench.passive();
  bench.clientSays(command);
  const client = bench.connect();
  bench.serverSays('150 here');
  (command.startsWith('RETR') ? bench.serverData : client).say('half');
  bench.settle().replies();
  return { bench, client, server: bench.serverData };
}

/** Both data connections were reset, before either control connection ended in any way. */
function dataWentFirst({ bench, client, server }: Running): void {
  assert.ok(client.resetWith !== undefined, 'the client saw a reset');
  assert.ok(server.resetWith !== undefined, 'the server saw a reset');
  assert.ok(!client.ended && !server.ended, 'nobody saw an orderly end');
  const firstControl = bench.order.findIndex((note) => !note.startsWith('data'));
  const lastData = bench.order.findLastIndex((note) => note.startsWith('data'));
  assert.ok(lastData < firstControl, bench.order.join(', '));
}

const LOST = { by: 'carrier', code: 'link-lost', reason: 'the connection was cut' } as const;

describe('the end of a session', () => {
  for (const command of ['RETR a', 'STOR a']) {
    it(`case 1, case 2: the tunnel lost in ${command}: resets, 426, 421, never 226`, () => {
      const run = running(command);
      run.bench.server.break(LOST);
      run.bench.settle();
      dataWentFirst(run);
      const [first = '', second = '', ...more] = run.bench.replies();
      assert.match(first, /^426 Data connection broken, transfer not complete: /);
      assert.match(second, /^421 Service not available: the server failed: the connection was cut/);
      assert.deepEqual(more, []);
      assert.equal(run.bench.eventsOf('transfer-ended')[0]?.broken?.by, 'tunnel');
      assert.equal(run.bench.eventsOf('closed')[0]?.by, 'tunnel');
    });

    it(`case 1, case 2: the same when the data stream of ${command} is told first`, () => {
      const { bench, client, server } = running(command);
      server.break(LOST);
      bench.server.break(LOST);
      bench.settle();
      assert.ok(client.resetWith !== undefined && !client.ended);
      assert.deepEqual(
        bench.replies().map((line) => line.slice(0, 3)),
        ['426', '421'],
      );
    });

    it(`a client that vanishes during ${command} breaks the transfer at the server`, () => {
      for (const how of ['FIN', 'RST']) {
        const run = running(command);
        if (how === 'FIN') run.bench.client.finish();
        else run.bench.client.break();
        run.bench.settle();
        dataWentFirst(run);
        assert.ok(!run.bench.server.open || run.bench.server.ended);
        assert.equal(run.bench.eventsOf('closed')[0]?.by, 'client');
      }
    });

    it(`a server that closes the control connection during ${command}: 426 and 421`, () => {
      const run = running(command);
      run.bench.server.finish();
      run.bench.settle();
      dataWentFirst(run);
      assert.deepEqual(
        run.bench.replies().map((line) => line.slice(0, 3)),
        ['426', '421'],
      );
      assert.equal(run.bench.eventsOf('closed')[0]?.by, 'server');
    });
  }

  it('case 4: the tunnel lost after all bytes and before 226: no 226 is invented', () => {
    const { bench, client } = running('RETR a');
    bench.serverData.finish();
    bench.settle();
    client.finish();
    bench.settle();
    bench.server.break(LOST);
    bench.settle();
    assert.deepEqual(
      bench.replies().map((line) => line.slice(0, 3)),
      ['426', '421'],
    );
  });

  it('226 on its way to a slow client survives a server that times out meanwhile', () => {
    const { bench, client } = running('RETR a');
    client.holding = true;
    bench.serverData.finish();
    bench.settle().serverSays('226 done').serverSays('421 Timeout.');
    bench.server.finish();
    bench.settle();
    assert.equal(bench.client.ended, false);
    client.release();
    bench.settle();
    client.finish();
    bench.settle();
    assert.deepEqual(bench.replies(), ['226 done', '421 Timeout.']);
    assert.ok(bench.client.ended);
    assert.equal(client.resetWith, undefined);
  });

  it('QUIT: the farewell, then an orderly end both ways, once', () => {
    const bench = new SessionBench().login().clientSays('QUIT').serverSays('221 bye');
    bench.server.finish();
    bench.settle();
    assert.deepEqual(bench.replies(), ['221 bye']);
    bench.client.finish();
    bench.settle();
    assert.deepEqual([bench.closed, bench.order], [1, ['client end', 'server end']]);
    assert.deepEqual(
      bench.eventsOf('closed').map(({ reason }) => reason),
      ['quit'],
    );
  });

  it('a server that closes in the middle of a reply: 421, and the log says so', () => {
    const bench = new SessionBench().login().clientSays('STAT');
    bench.serverSays('211-Status of');
    bench.server.finish();
    bench.settle();
    assert.deepEqual(bench.replies(), ['421 The FTP server closed the control connection.']);
    assert.match(bench.eventsOf('closed')[0]?.reason ?? '', /in the middle of a reply/);
  });

  it('a server that cannot be reached: 421 in the words of the server side', () => {
    const bench = new SessionBench();
    bench.server.break({ by: 'peer', code: 'connect-refused', reason: 'ECONNREFUSED' });
    bench.settle();
    assert.deepEqual(bench.replies(), [
      '421 Service not available: the server failed: ECONNREFUSED.',
    ]);
  });

  it('the first reason is kept, and the last words are said once', () => {
    const { bench } = running('STOR a');
    bench.session.kill('gateway', 'first', GATEWAY_REPLIES.serverUnavailable('first'));
    bench.session.kill('gateway', 'second', GATEWAY_REPLIES.serverUnavailable('second'));
    bench.server.break(LOST);
    bench.settle();
    const said = bench.replies();
    assert.deepEqual(
      said.map((line) => line.slice(0, 3)),
      ['426', '421'],
    );
    assert.match(said[1] ?? '', /first/);
    assert.deepEqual(
      bench.eventsOf('closed').map(({ reason }) => reason),
      ['first'],
    );
  });

  it('draining ends an idle session at once and one that transfers after its 226', () => {
    const idle = new SessionBench().login();
    idle.session.drain();
    idle.settle();
    assert.match(idle.replies().join('\n'), /^421 Service is restarting/);
    const { bench, client } = running('RETR a');
    bench.session.drain();
    bench.settle();
    assert.deepEqual(bench.replies(), []);
    assert.ok(bench.session.transferring);
    bench.serverData.finish();
    bench.settle();
    client.finish();
    bench.settle().serverSays('226 done');
    const [done, farewell = ''] = bench.replies();
    assert.equal(done, '226 done');
    assert.match(farewell, /^421 Service is restarting/);
    assert.ok(bench.client.ended);
  });

  it('nothing of what comes after the end reaches anybody', () => {
    const { bench } = running('STOR a');
    bench.session.kill('gateway', 'over', GATEWAY_REPLIES.shuttingDown());
    bench.settle().replies();
    bench.commands();
    bench.clientSays('DELE a').serverSays('226 Transfer complete.');
    assert.deepEqual([bench.replies(), bench.commands()], [[], []]);
  });
});
