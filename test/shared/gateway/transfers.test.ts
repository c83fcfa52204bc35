import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GATEWAY_LIMITS } from '../../../shared/limits.ts';
import { beginPassive } from '../../support/running-transfer.ts';
import { SessionBench } from '../../support/session-bench.ts';

describe('a transfer that goes well', () => {
  it('case 25: a client that connects before its command is held and used', () => {
    const bench = new SessionBench().login();
    bench.passive();
    const client = bench.connect();
    assert.equal(bench.dialled.length, 1);
    bench.clientSays('RETR a').serverSays('150 here');
    bench.serverData.say('data');
    bench.settle();
    assert.equal(client.take(), 'data');
    assert.equal(bench.dialled.length, 1);
  });

  it('case 26, case 27: the server is dialled with the command, not with 150 or the client', () => {
    const bench = new SessionBench().login();
    bench.passive();
    bench.clientSays('RETR a');
    assert.equal(bench.dialled.length, 1);
    // This server says 150 at once, the client connects after it, and the bytes were there before.
    bench.serverSays('150 here');
    bench.serverData.say('data');
    bench.serverData.finish();
    bench.settle();
    assert.ok(bench.serverData.paused);
    assert.deepEqual(bench.replies(), ['150 here']);
    const client = bench.connect();
    assert.equal(client.take(), 'data');
    assert.ok(client.ended);
  });

  it('case 12: the end of a download is returned to the server at once', () => {
    const { bench, client, server } = beginPassive('RETR a');
    server.finish();
    bench.settle();
    assert.ok(server.ended && client.ended);
  });

  it('case 13: 226 waits until the last byte has left for the client', () => {
    const { bench, client, server } = beginPassive('RETR a');
    client.holding = true;
    server.say('data');
    server.finish();
    bench.settle().serverSays('226 done');
    assert.deepEqual(bench.replies(), []);
    client.release();
    bench.settle();
    assert.deepEqual(bench.replies(), [], 'the client has not read it yet');
    client.finish();
    bench.settle();
    assert.deepEqual(bench.replies(), ['226 done']);
  });

  it('case 13: a client that keeps its side open gets 226 after the linger time', () => {
    const { bench, server } = beginPassive('RETR a');
    server.finish();
    bench
      .settle()
      .serverSays('226 done')
      .advance(GATEWAY_LIMITS.dataLinger - 1);
    assert.deepEqual(bench.replies(), []);
    bench.advance(1);
    assert.deepEqual(bench.replies(), ['226 done']);
  });

  it('a finished download whose client never closes is let go in the end', () => {
    const { bench, client, server } = beginPassive('RETR a');
    server.finish();
    bench.settle().serverSays('226 done').advance(GATEWAY_LIMITS.dataLinger);
    assert.deepEqual(bench.replies(), ['226 done']);
    bench.advance(GATEWAY_LIMITS.transferStall + 1);
    assert.equal(client.open, false);
  });

  it('case 14: an early 226 is no end of the data', () => {
    const { bench, client, server } = beginPassive('RETR a');
    server.say('first');
    bench.settle().serverSays('226 done');
    server.say(' second');
    server.finish();
    bench.settle();
    client.finish();
    bench.settle();
    assert.equal(client.take(), 'first second');
    assert.deepEqual(bench.replies(), ['226 done']);
    assert.equal(bench.eventsOf('transfer-ended')[0]?.bytes, 12);
  });

  it('case 15, case 17: a download without a byte is connection, end and 226', () => {
    for (const command of ['RETR empty', 'LIST', 'NLST', 'MLSD']) {
      const { bench, client, server } = beginPassive(command);
      server.finish();
      bench.settle().serverSays('226 done');
      assert.ok(client.ended && client.resetWith === undefined);
      client.finish();
      bench.settle();
      assert.deepEqual(bench.replies(), ['226 done'], command);
    }
  });

  it('case 16: an upload without a byte, ended before its command was sent', () => {
    const bench = new SessionBench().login();
    bench.passive();
    const client = bench.connect();
    client.finish();
    bench.settle();
    assert.ok(bench.serverData.ended);
    bench.clientSays('STOR empty').serverSays('150 go').serverSays('226 done');
    bench.serverData.finish();
    bench.settle();
    assert.deepEqual(bench.replies(), ['150 go', '226 done']);
    assert.equal(bench.serverData.resetWith, undefined);
  });

  it('case 21: the texts of STOU and APPE are unchanged, in one line and in two', () => {
    for (const text of ['150 FILE: a.1', '150-FILE: a.1\r\n150 go']) {
      const bench = new SessionBench().login();
      bench.passive();
      bench.clientSays('STOU');
      const client = bench.connect();
      bench.serverSays(text);
      assert.equal(bench.client.take(), `${text}\r\n`);
      client.finish();
      bench.settle().serverSays('250 stored');
      assert.deepEqual(bench.replies(), ['250 stored']);
    }
  });

  it('case 23: a text transfer passes every byte as it is', () => {
    const { bench, client, server } = beginPassive('RETR text');
    server.say('a\r\nb\nc\rd\0\xff');
    bench.settle();
    assert.equal(client.take(), 'a\r\nb\nc\rd\0\xff');
  });

  it('case 62: a server without a preliminary reply is tolerated', () => {
    const bench = new SessionBench().login();
    bench.passive();
    bench.clientSays('LIST');
    const client = bench.connect();
    bench.serverData.say('names');
    bench.serverData.finish();
    bench.settle();
    client.finish();
    bench.settle().serverSays('226 done');
    assert.equal(client.take(), 'names');
    assert.deepEqual(bench.replies(), ['226 done']);
  });

  it('an upload is complete when the server has all of it, and how the client left does not matter', () => {
    const { bench, client, server } = beginPassive('STOR a');
    client.say('data');
    client.finish();
    bench.settle();
    assert.equal(server.take(), 'data');
    assert.ok(server.ended);
    client.break();
    bench.settle().serverSays('226 done');
    assert.deepEqual(bench.replies(), ['226 done']);
    assert.equal(server.resetWith, undefined);
  });
});

describe('commands during a transfer', () => {
  it('case 60: ABOR breaks the transfer off, and is answered when the server has noticed', () => {
    const { bench, client, server } = beginPassive('RETR a');
    bench.clientSays('ABOR').clientSays('PWD').settle();
    assert.ok(server.resetWith !== undefined && client.resetWith !== undefined);
    assert.deepEqual(bench.commands(), []);
    bench.serverSays('426 aborted');
    assert.deepEqual(bench.commands(), ['PWD']);
    const [transfer, abor] = bench.replies();
    assert.equal(transfer, '426 aborted');
    assert.match(abor ?? '', /^226 ABOR/);
    bench.serverSays('257 "/"');
    assert.deepEqual(bench.replies(), ['257 "/"']);
  });

  it('case 60: ABOR that comes when every byte has arrived leaves the transfer complete', () => {
    for (const second of ['226 ABOR ok', '225 ABOR ok']) {
      const { bench, client, server } = beginPassive('RETR a');
      server.finish();
      bench.settle();
      client.finish();
      bench.settle().clientSays('ABOR').clientSays('PWD');
      bench.serverSays(`226 done\r\n${second}\r\n257 "/"`);
      assert.deepEqual(bench.replies(), ['226 done', second, '257 "/"']);
    }
  });

  it('case 60: a server that says nothing of the aborted transfer is asked: 426, then 226 to ABOR', () => {
    const { bench, server } = beginPassive('RETR a');
    server.say('data');
    bench.clientSays('ABOR').clientSays('PWD').settle();
    bench.advance(GATEWAY_LIMITS.brokenProbe);
    assert.deepEqual(bench.commands(), ['NOOP']);
    bench.serverSays('200 ok');
    const [transfer, abor, ...rest] = bench.replies();
    assert.match(transfer ?? '', /^426 .*aborted by the client/);
    assert.match(abor ?? '', /^226 ABOR/);
    assert.deepEqual(rest, []);
    assert.deepEqual(bench.commands(), ['PWD']);
    bench.serverSays('257 "/"');
    assert.deepEqual(bench.replies(), ['257 "/"']);
  });

  it('case 65: ABOR while the last bytes wait for a slow client, behind the 226 of the server', () => {
    const { bench, client, server } = beginPassive('RETR a');
    client.holding = true;
    server.say('data');
    server.finish();
    bench.settle().serverSays('226 done').clientSays('ABOR').settle();
    assert.ok(client.resetWith !== undefined);
    const [transfer, abor] = bench.replies();
    assert.match(transfer ?? '', /^426 .*aborted by the client/);
    assert.match(abor ?? '', /^226 ABOR/);
    assert.deepEqual(bench.commands(), [], 'the server has nothing left to break off');
    bench.clientSays('PWD').serverSays('257 "/"');
    assert.deepEqual(bench.replies(), ['257 "/"']);
  });

  it('case 65: ABOR discards what is buffered: a server that calls it complete is not believed', () => {
    const { bench } = beginPassive('RETR a');
    bench.clientSays('ABOR').settle().serverSays('226 done');
    const [transfer, abor] = bench.replies();
    assert.match(transfer ?? '', /^426 /);
    assert.match(abor ?? '', /^226 ABOR/);
  });

  it('NOOP and STAT are answered during a transfer, or after it, and 226 stays with its command', () => {
    for (const when of ['during', 'after']) {
      const { bench, client, server } = beginPassive('RETR a');
      bench.clientSays('NOOP\r\nSTAT');
      if (when === 'during') {
        bench.serverSays('200 ok\r\n211-Status\r\n226 no\r\n211 End');
        assert.deepEqual(bench.replies(), ['200 ok', '211-Status', '226 no', '211 End']);
      }
      server.finish();
      bench.settle();
      client.finish();
      bench.settle().serverSays('226 done');
      if (when === 'after') bench.serverSays('200 ok\r\n211 Status');
      const rest = when === 'after' ? ['200 ok', '211 Status'] : [];
      assert.deepEqual(bench.replies(), ['226 done', ...rest]);
    }
  });

  it('QUIT during a transfer: 226, then 221, in whichever order the server says them', () => {
    for (const said of ['221 bye\r\n226 done', '226 done\r\n221 bye']) {
      const { bench, client, server } = beginPassive('RETR a');
      bench.clientSays('QUIT').serverSays(said);
      bench.server.finish();
      server.finish();
      bench.settle();
      client.finish();
      bench.settle();
      assert.deepEqual(bench.replies(), ['226 done', '221 bye']);
      assert.ok(bench.client.ended);
      assert.equal(client.resetWith, undefined);
    }
  });

  it('pipelined transfers of one session each get their own data connection', () => {
    const bench = new SessionBench().login();
    bench.passive(5001);
    bench.clientSays('RETR a\r\nEPSV\r\nRETR b');
    const first = bench.connect();
    bench.serverSays('150 a');
    bench.serverData.say('a');
    bench.serverData.finish();
    bench.settle();
    first.finish();
    bench.settle().serverSays('226 a\r\n229 (|||5002|)\r\n150 b');
    const second = bench.connect();
    bench.serverData.say('b');
    bench.serverData.finish();
    bench.settle();
    second.finish();
    bench.settle().serverSays('226 b');
    assert.deepEqual(
      bench.replies().map((line) => line.slice(0, 5)),
      ['150 a', '226 a', '229 E', '150 b', '226 b'],
    );
    assert.equal(first.take() + second.take(), 'ab');
  });
});

describe('a server that answers commands about files in the middle of a transfer', () => {
  it('case 68: 250 to CWD during an upload (pyftpdlib answers at once) does not break the upload', () => {
    const { bench, client } = beginPassive('STOR a');
    client.say('half');
    bench.settle().clientSays('CWD x').serverSays('250 "/x" is the current directory.');
    assert.equal(client.resetWith, undefined);
    client.finish();
    bench.settle().serverSays('226 done');
    assert.deepEqual(bench.replies().toSorted(), [
      '226 done',
      '250 "/x" is the current directory.',
    ]);
  });

  it('case 68: 250 to CWD during a download is not taken for its end', () => {
    const { bench, client } = beginPassive('RETR a');
    bench.clientSays('CWD x').serverSays('250 moved');
    bench.serverData.say('data');
    bench.serverData.finish();
    bench.settle();
    client.finish();
    bench.settle().serverSays('226 done');
    assert.equal(bench.eventsOf('transfer-ended')[0]?.code, 226);
  });

  it('case 68: 550 to SIZE during a transfer does not break the transfer', () => {
    const { bench, client } = beginPassive('RETR a');
    bench.clientSays('SIZE missing').serverSays('550 no such file');
    assert.equal(client.resetWith, undefined);
  });
});
