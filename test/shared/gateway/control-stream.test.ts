import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import { FTP_LIMITS, GATEWAY_LIMITS } from '../../../shared/limits.ts';
import { beginPassive } from '../../support/running-transfer.ts';
import { SessionBench } from '../../support/session-bench.ts';

const loggedIn = (): SessionBench => new SessionBench().login();

describe('commands and replies of a session', () => {
  it('case 54: a command in packets of one byte arrives as one line', () => {
    const bench = loggedIn();
    for (const byte of Buffer.from('CWD a b\r\n')) bench.clientSays(Buffer.of(byte));
    assert.deepEqual(bench.commands(), ['CWD a b']);
  });

  it('case 54: two commands in one packet are answered in order', () => {
    const bench = loggedIn();
    bench.clientSays('PWD\r\nSYST');
    assert.deepEqual(bench.commands(), ['PWD', 'SYST']);
    bench.serverSays('257 "/"\r\n215 UNIX');
    assert.deepEqual(bench.replies(), ['257 "/"', '215 UNIX']);
  });

  it('case 54: 200 pipelined NOOPs are answered in order, at most a bounded number at a time', () => {
    const bench = loggedIn();
    bench.clientSays(Buffer.from('NOOP\r\n'.repeat(200)));
    let answered = 0;
    while (answered < 200) {
      const asked = bench.commands().length;
      assert.ok(asked > 0 && asked <= GATEWAY_LIMITS.pendingCommands, `${asked} outstanding`);
      for (let i = 0; i < asked; i += 1) bench.serverSays(`200 ${(answered += 1)}`);
    }
    const expected = Array.from({ length: 200 }, (_, index) => `200 ${index + 1}`);
    assert.deepEqual(bench.replies(), expected);
  });

  it("case 54: the gateway's own answers keep their place among the server's", () => {
    const bench = loggedIn();
    bench.clientSays('PWD\r\nAUTH TLS\r\nSYST');
    assert.deepEqual(bench.commands(), ['PWD', 'SYST']);
    assert.deepEqual(bench.replies(), []);
    bench.serverSays('257 "/"').serverSays('215 UNIX');
    assert.deepEqual(
      bench.replies().map((line) => line.slice(0, 3)),
      ['257', '502', '215'],
    );
  });

  it('case 55: a line end of its own kind never becomes a second command', () => {
    const bench = loggedIn();
    const lines: [string, string[], string[]][] = [
      ['CWD a\n', ['CWD a'], ['250']],
      ['  CWD b\r\n', ['  CWD b'], ['250']],
      ['CWD a\rDELE x\r\n', [], ['500']],
      ['CWD a\r\0DELE x\r\n', [], ['500']],
      ['CWD a\0b\r\n', [], ['500']],
      ['\r\n', [], ['500']],
    ];
    for (const [sent, commands, codes] of lines) {
      bench.clientSays(Buffer.from(sent));
      const seen = bench.commands();
      assert.deepEqual(seen, commands, JSON.stringify(sent));
      if (seen.length > 0) bench.serverSays('250 ok');
      assert.deepEqual(
        bench.replies().map((line) => line.slice(0, 3)),
        codes,
        JSON.stringify(sent),
      );
    }
    assert.equal(bench.eventsOf('bad-line').length, 3);
  });

  it('a name with byte 255 reaches the server as the client sent it', () => {
    const bench = loggedIn();
    bench.clientSays(Buffer.from('CWD \xff\xff\xe9\r\n', 'latin1'));
    assert.equal(bench.server.take(), 'CWD \xff\xff\xe9\r\n');
    bench.serverSays('250 ok').clientSays(Buffer.from('RETR \xff\xffx\r\n', 'latin1'));
    assert.equal(bench.server.take(), 'RETR \xff\xffx\r\n');
  });

  it('case 56: a line of 64 KiB is refused and the session goes on', () => {
    const bench = loggedIn();
    bench.clientSays(`CWD ${'a'.repeat(64 * 1024)}`);
    assert.match(bench.replies().join('\n'), /^500 Command line longer than \d+ bytes\.$/);
    assert.deepEqual(bench.commands(), []);
    bench.clientSays('PWD').serverSays('257 "/"');
    assert.deepEqual(bench.replies(), ['257 "/"']);
  });

  it('case 56: a line without an end is given up after a bounded number of bytes', () => {
    const bench = loggedIn();
    const chunk = Buffer.alloc(64 * 1024, 'a');
    let sent = 0;
    while (sent < 2 * GATEWAY_LIMITS.discardedLine && !bench.client.ended) {
      bench.clientSays(chunk);
      sent += chunk.length;
    }
    assert.ok(sent <= GATEWAY_LIMITS.discardedLine + FTP_LIMITS.commandLine + 2 * chunk.length);
    assert.match(bench.replies().at(-1) ?? '', /^421 /);
    assert.equal(bench.eventsOf('closed')[0]?.reason, 'a command line without an end');
  });

  it('case 56: a reply line of 1 MiB ends the session with 421', () => {
    const bench = loggedIn();
    bench.clientSays('STAT').serverSays(Buffer.alloc(1024 * 1024, '2'));
    assert.match(bench.replies().join('\n'), /^421 The FTP server sent a reply beyond all bounds/);
    assert.ok(!bench.server.open);
  });

  it('case 56: a banner of 100,000 lines ends the session with 421', () => {
    const bench = new SessionBench();
    for (let i = 0; i < 100 && bench.server.open; i += 1) {
      bench.serverSays(Buffer.from('220-welcome\r\n'.repeat(1000)));
    }
    assert.match(bench.replies().join('\n'), /^421 The FTP server sent a reply beyond all bounds/);
    assert.equal(bench.eventsOf('closed')[0]?.by, 'server');
  });

  it('case 57: a multi-line reply is one reply and passes verbatim, whatever is in it', () => {
    const replies = [
      '211-Status\r\n226 Transfer complete\r\n227 (1,2,3,4,5,6)\r\n211 End\r\n',
      '226-Done\r\n226\r\n',
      '220-Microsoft\r\nno leading space\r\n220 ready\r\n',
      '212-Begin\r\n213 not the end\r\n212-nor this\r\n212 End\r\n',
    ];
    for (const text of replies) {
      const bench = loggedIn();
      bench.clientSays('STAT\r\nPWD').serverSays(Buffer.from(text));
      assert.equal(bench.client.take(), text);
      bench.serverSays('257 "/"');
      assert.deepEqual(bench.replies(), ['257 "/"'], text);
    }
  });

  it('case 58: 120 and, after 30 s, 220 pass as they come', () => {
    const bench = new SessionBench();
    bench.serverSays('120 wait');
    assert.deepEqual(bench.replies(), ['120 wait']);
    bench.advance(30_000).serverSays('220 ready');
    assert.deepEqual(bench.replies(), ['220 ready']);
    bench.clientSays('USER u').serverSays('331 password');
    assert.deepEqual(bench.replies(), ['331 password']);
  });

  it('case 59, case 83: an unasked 421 reaches the client before the end of the connection', () => {
    const bench = loggedIn();
    bench.serverSays('421 Timeout.');
    assert.deepEqual(bench.replies(), ['421 Timeout.']);
    assert.equal(bench.client.ended, false);
    bench.server.finish();
    bench.settle();
    assert.deepEqual(bench.replies(), [], 'said once');
    assert.ok(bench.client.ended);
    assert.equal(bench.client.resetWith, undefined);
  });

  it('case 59: 421 in place of an answer ends what was asked', () => {
    const bench = loggedIn();
    bench.clientSays('PASV').serverSays('421 Going down.');
    assert.deepEqual(bench.replies(), ['421 Going down.']);
    bench.server.finish();
    bench.settle();
    assert.deepEqual(bench.replies(), []);
    assert.ok(bench.client.ended);
  });

  it('case 63: bytes of replies are never changed', () => {
    const bench = loggedIn();
    const text = Buffer.from('257 "\xff\xff\xe9\xc3\x28\x80" is it\r\n', 'latin1');
    bench.clientSays('PWD').serverSays(text);
    assert.equal(bench.client.take(), text.toString('latin1'));
  });

  it('case 82: REST 0, TYPE and NOOP of an anti-idle client pass as they are', () => {
    const bench = loggedIn();
    for (const line of ['REST 0', 'TYPE A', 'NOOP', 'PWD']) {
      bench.clientSays(line);
      assert.deepEqual(bench.commands(), [line]);
      bench.serverSays('200 ok');
      assert.deepEqual(bench.replies(), ['200 ok']);
    }
  });

  it('what the server said before it stopped speaking FTP still counts, however it is cut', () => {
    for (const cut of [false, true]) {
      const bench = loggedIn();
      bench.clientSays('PWD');
      if (cut) bench.serverSays('257 "/"').serverSays('<html>');
      else bench.serverSays('257 "/"\r\n<html>');
      const [first, second] = bench.replies();
      assert.equal(first, '257 "/"', `cut: ${cut}`);
      assert.match(second ?? '', /^421 .*does not speak FTP/);
    }
  });

  it('a client that half-closes still gets the answers it is owed', () => {
    const bench = loggedIn();
    bench.clientSays('PWD\r\nSYST');
    bench.client.finish();
    bench.settle().serverSays('257 "/"');
    assert.equal(bench.client.ended, false);
    bench.serverSays('215 UNIX');
    assert.deepEqual(bench.replies(), ['257 "/"', '215 UNIX']);
    assert.ok(bench.client.ended);
  });

  it('a client that half-closes does not wait for ever for an answer that was swallowed', () => {
    const bench = loggedIn().clientSays('PWD\r\nSYST');
    bench.client.finish();
    bench
      .settle()
      .advance(GATEWAY_LIMITS.owedReplies - 1)
      .serverSays('257 "/"');
    bench.advance(GATEWAY_LIMITS.owedReplies - 1);
    assert.equal(bench.client.ended, false);
    bench.advance(1);
    assert.ok(bench.client.ended);
  });

  it('a command that pure-ftpd swallows in a transfer shifts no reply beyond the next PASV', () => {
    const { bench, client, server } = beginPassive('RETR a');
    bench.clientSays('NOOP\r\nSTAT').serverSays('500 in a transfer');
    server.finish();
    bench.settle();
    client.finish();
    bench.settle().serverSays('226 done');
    assert.deepEqual(bench.replies(), ['500 in a transfer', '226 done']);
    bench.passive(5002);
    bench.clientSays('LIST').serverSays('150 here\r\n226 done');
    assert.equal(bench.dialled.at(-1)?.port, 5002);
    const second = bench.connect();
    bench.serverData.finish();
    bench.settle();
    second.finish();
    bench.settle();
    assert.deepEqual(bench.replies(), ['150 here', '226 done']);
    bench.clientSays('PWD').serverSays('257 "/"');
    assert.deepEqual(bench.replies(), ['257 "/"']);
    assert.ok(bench.client.open);
  });

  it('a password is in no event', () => {
    const bench = new SessionBench().serverSays('220 hi').clientSays('USER u').serverSays('331 p');
    bench.clientSays('PASS s3cret').serverSays('332 account').clientSays('ACCT s3cret');
    assert.doesNotMatch(JSON.stringify(bench.events), /s3cret/);
  });
});

describe('answers that a server leaves out', () => {
  it('case 69: 221 reaches the client although the server never answered a command before QUIT', () => {
    const { bench, client } = beginPassive('RETR a');
    bench.clientSays('NOOP\r\nSTAT').serverSays('500 Unknown command');
    bench.serverData.finish();
    bench.settle();
    client.finish();
    bench.settle().serverSays('226 done').clientSays('PWD').serverSays('257 "/"');
    bench.clientSays('QUIT').serverSays('221 bye');
    bench.server.finish();
    bench.settle();
    assert.deepEqual(bench.replies(), ['500 Unknown command', '226 done', '257 "/"', '221 bye']);
  });
});
