import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GATEWAY_LIMITS } from '../../../shared/limits.ts';
import type { FakeChannel } from '../../support/fake-channel.ts';
import { SessionBench } from '../../support/session-bench.ts';

interface Running {
  bench: SessionBench;
  client: FakeChannel;
  server: FakeChannel;
}

/** A transfer that has begun: both data connections stand and the client has read 150. */
function begun(command: string): Running {
  const bench = new SessionBench().login();
  bench.passive();
  bench.clientSays(command);
  const client = bench.connect();
  bench.serverSays('150 here');
  assert.deepEqual(bench.replies(), ['150 here']);
  bench.commands();
  return { bench, client, server: bench.serverData };
}

describe('a transfer that breaks', () => {
  it("case 5: the server's reset is a reset for the client, and its 426 passes", () => {
    const { bench, client, server } = begun('RETR a');
    server.say('half');
    server.break();
    bench.settle();
    assert.ok(client.resetWith !== undefined);
    assert.equal(client.ended, false);
    bench.serverSays('426 Failure writing network stream.');
    assert.deepEqual(bench.replies(), ['426 Failure writing network stream.']);
    assert.equal(bench.eventsOf('transfer-ended')[0]?.broken?.by, 'server');
  });

  it("case 6: the client's reset is a reset for the server", () => {
    const { bench, client, server } = begun('STOR a');
    client.say('half');
    bench.settle();
    client.break();
    bench.settle();
    assert.ok(server.resetWith !== undefined);
    assert.equal(server.ended, false);
    bench.serverSays('451 broken');
    assert.deepEqual(bench.replies(), ['451 broken']);
  });

  it('case 3: a server that takes a broken upload for complete does not get its 226 through', () => {
    const { bench, client } = begun('STOR a');
    client.say('half');
    bench.settle();
    client.break();
    bench.settle().serverSays('226 Transfer complete.');
    assert.match(
      bench.replies().join('\n'),
      /^426 Data connection broken, transfer not complete: /,
    );
    const ended = bench.eventsOf('transfer-ended')[0];
    assert.equal(ended?.code, 426);
    assert.equal(ended?.broken?.by, 'client');
  });

  it('case 3: neither does a server that says 226 while the client still sends', () => {
    const { bench, client, server } = begun('STOR a');
    client.say('half');
    bench.settle().serverSays('226 Transfer complete.');
    assert.match(bench.replies().join('\n'), /^426 .*before the upload ended/);
    assert.ok(client.resetWith !== undefined && server.resetWith !== undefined);
  });

  it('case 13: 226 for a download whose client reset it is 426', () => {
    const { bench, client, server } = begun('RETR a');
    server.finish();
    bench.settle().serverSays('226 done');
    client.break();
    bench.settle();
    assert.match(bench.replies().join('\n'), /^426 /);
  });

  it('a server that never says how a broken transfer ended is not waited for', () => {
    const { bench, client } = begun('RETR a');
    client.break();
    bench.settle().advance(GATEWAY_LIMITS.brokenReply - 1);
    assert.deepEqual(bench.replies(), []);
    bench.advance(1);
    assert.match(bench.replies().join('\n'), /^426 /);
    bench.clientSays('PWD').serverSays('426 at last').serverSays('257 "/"');
    assert.deepEqual(bench.replies(), ['257 "/"'], 'the late answer is swallowed');
  });

  it("case 61: pure-ftpd's second 150 is the last word on a download", () => {
    const { bench, client } = begun('RETR a');
    client.break();
    bench.settle().serverSays('150 0.000 seconds (measured here)');
    assert.match(bench.replies().join('\n'), /^426 /);
    bench.clientSays('PWD').serverSays('257 "/"');
    assert.deepEqual(bench.replies(), ['257 "/"']);
  });

  it('case 18: a listing refused without data says so, and the session goes on', () => {
    const bench = new SessionBench().login();
    bench.passive();
    bench.clientSays('LIST nowhere').serverSays('450 No such directory.');
    assert.deepEqual(bench.replies(), ['450 No such directory.']);
    bench.advance(GATEWAY_LIMITS.passiveOffer);
    assert.ok(bench.lastOffer.withdrawn);
  });

  it("case 22: an upload refused with 553 ends the client's data connection with the server's", () => {
    for (const order of ['end first', 'reply first']) {
      const bench = new SessionBench().login();
      bench.passive();
      bench.clientSays('STOR forbidden');
      const client = bench.connect();
      if (order === 'reply first') bench.serverSays('553 Could not create file.');
      bench.serverData.finish();
      bench.settle();
      if (order === 'end first') bench.serverSays('553 Could not create file.');
      assert.deepEqual(bench.replies(), ['553 Could not create file.'], order);
      assert.ok(client.ended || !client.open, order);
      const next = bench.passive(5002);
      assert.equal(next.withdrawn, false);
      assert.equal(client.open && !client.ended, false);
    }
  });

  it('case 41: a data connection that dies before its first byte leaves the session alive', () => {
    const { bench, client } = begun('LIST');
    client.break();
    bench.settle().serverSays('426 broken').clientSays('NOOP').serverSays('200 ok');
    assert.deepEqual(bench.replies(), ['426 broken', '200 ok']);
  });

  it('a failure after 150 breaks the data connection off', () => {
    const { bench, client, server } = begun('STOR a');
    bench.serverSays('452 Disk full.');
    assert.deepEqual(bench.replies(), ['452 Disk full.']);
    assert.ok(client.resetWith !== undefined && server.resetWith !== undefined);
  });
});
