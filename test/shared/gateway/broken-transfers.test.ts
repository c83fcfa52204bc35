import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GATEWAY_LIMITS } from '../../../shared/limits.ts';
import { beginPassive } from '../../support/running-transfer.ts';
import { SessionBench } from '../../support/session-bench.ts';

describe('a transfer that breaks', () => {
  it("case 5: the server's reset is a reset for the client, and its 426 passes", () => {
    const { bench, client, server } = beginPassive('RETR a');
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
    const { bench, client, server } = beginPassive('STOR a');
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
    const { bench, client } = beginPassive('STOR a');
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
    const { bench, client, server } = beginPassive('STOR a');
    client.say('half');
    bench.settle().serverSays('226 Transfer complete.');
    assert.match(bench.replies().join('\n'), /^426 .*before the upload ended/);
    assert.ok(client.resetWith !== undefined && server.resetWith !== undefined);
  });

  it('case 13: 226 for a download whose client reset it is 426', () => {
    const { bench, client, server } = beginPassive('RETR a');
    server.finish();
    bench.settle().serverSays('226 done');
    client.break();
    bench.settle();
    assert.match(bench.replies().join('\n'), /^426 /);
  });

  it('a server that never says how a broken transfer ended is not waited for', () => {
    const { bench, client } = beginPassive('RETR a');
    client.break();
    bench.settle().advance(GATEWAY_LIMITS.brokenReply - 1);
    assert.deepEqual(bench.replies(), []);
    bench.advance(1);
    assert.match(bench.replies().join('\n'), /^426 /);
    bench.clientSays('PWD').serverSays('426 at last\r\n200 to the probe').serverSays('257 "/"');
    assert.deepEqual(bench.replies(), ['257 "/"'], 'the late answers are swallowed');
  });

  it('a server that says nothing of a reset transfer is asked, and no later reply is taken for it', () => {
    const { bench, client, server } = beginPassive('RETR a');
    server.say('some');
    bench.settle();
    client.break();
    bench.settle().clientSays('CWD b');
    assert.deepEqual(bench.commands(), []);
    bench.advance(GATEWAY_LIMITS.brokenProbe);
    assert.deepEqual(bench.commands(), ['NOOP']);
    bench.serverSays('200 ok');
    assert.match(bench.replies().join('\n'), /^426 [^\n]*$/);
    assert.deepEqual(bench.commands(), ['CWD b']);
    bench.serverSays('250 ok');
    assert.deepEqual(bench.replies(), ['250 ok']);
  });

  it('one that may not have accepted would give the next connection to this file: the session ends', () => {
    for (const command of ['RETR a', 'STOR a']) {
      const { bench, client } = beginPassive(command);
      client.break();
      bench.settle().advance(GATEWAY_LIMITS.brokenProbe).serverSays('200 ok');
      const [transfer = '', farewell = ''] = bench.replies();
      assert.match(transfer, /^426 /, command);
      assert.match(farewell, /^421 .*connect again/, command);
      assert.ok(bench.client.ended, command);
    }
  });

  it('a server is reset when it has accepted, or had time to, since pyftpdlib does not see it before', () => {
    for (const sign of ['bytes', 'its end', 'time']) {
      const bench = new SessionBench().login();
      bench.passive();
      bench.clientSays('RETR a');
      const client = bench.connect();
      bench.serverSays('150 here');
      client.break();
      bench.settle();
      const { serverData } = bench;
      assert.equal(serverData.resetWith, undefined, sign);
      if (sign === 'bytes') serverData.say('data');
      else if (sign === 'its end') serverData.finish();
      else bench.advance(GATEWAY_LIMITS.serverAccept);
      bench.settle();
      assert.ok(serverData.resetWith !== undefined && !serverData.ended, sign);
      bench.serverSays('426 broken');
      assert.equal(
        bench.eventsOf('transfer-ended')[0]?.bytes,
        0,
        'what was discarded is not counted',
      );
    }
  });

  it('a server asked in the middle of its transfer, which says 500, is waited for', () => {
    const { bench, client } = beginPassive('STOR a');
    client.break();
    bench.settle().clientSays('PWD').advance(GATEWAY_LIMITS.brokenProbe).serverSays('500 busy');
    assert.deepEqual(bench.replies(), []);
    assert.deepEqual(bench.commands(), ['NOOP']);
    bench.serverSays('451 broken');
    assert.deepEqual(bench.replies(), ['451 broken']);
    assert.deepEqual(bench.commands(), ['PWD']);
  });

  it('a server that refuses the transfer after it was asked is heard', () => {
    const bench = new SessionBench().login();
    bench.passive();
    bench.clientSays('RETR a');
    bench.connect().break();
    bench.settle().advance(GATEWAY_LIMITS.brokenProbe).serverSays('550 no such file\r\n200 ok');
    assert.deepEqual(bench.replies(), ['550 no such file']);
    bench.clientSays('PWD').serverSays('257 "/"');
    assert.deepEqual(bench.replies(), ['257 "/"']);
  });

  it("case 61: pure-ftpd's second 150 is the last word on a download", () => {
    const { bench, client } = beginPassive('RETR a');
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
    const { bench, client } = beginPassive('LIST');
    client.break();
    bench.settle().serverSays('426 broken').clientSays('NOOP').serverSays('200 ok');
    assert.deepEqual(bench.replies(), ['426 broken', '200 ok']);
  });

  it('a failure after 150 breaks the data connection off', () => {
    const { bench, client, server } = beginPassive('STOR a');
    bench.serverSays('452 Disk full.');
    assert.deepEqual(bench.replies(), ['452 Disk full.']);
    assert.ok(client.resetWith !== undefined && server.resetWith !== undefined);
  });
});
