import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import { GATEWAY_LIMITS } from '../../../shared/limits.ts';
import { SessionBench } from '../../support/session-bench.ts';

const loggedIn = (): SessionBench => new SessionBench().login();

/** FEAT of a logged-in client, answered by the server like this. */
function feat(reply: string): string[] {
  return loggedIn().clientSays('FEAT').serverSays(reply).replies().slice(-20);
}

describe('commands the gateway does not pass on', () => {
  it('verbs that move data past it, or promise TLS, get 502 and never reach the server', () => {
    const verbs = 'LPRT LPSV SPSV CPSV SSCN AUTH PBSZ PROT CCC'.split(' ');
    for (const verb of verbs) {
      const bench = loggedIn();
      bench.clientSays(`${verb.toLowerCase()} 10,0,0,1,4,1`);
      assert.match(bench.replies().join('\n'), /^502 /, verb);
      assert.deepEqual(bench.commands(), [], verb);
      assert.equal(bench.eventsOf('refused')[0]?.verb, verb);
    }
  });

  it('a PROXY header of a client does not reach a server that might believe it', () => {
    const bench = loggedIn().clientSays('PROXY TCP4 192.0.2.1 192.0.2.2 40000 21');
    assert.match(bench.replies().join(), /^500 .*not an FTP command/);
    assert.deepEqual(bench.commands(), []);
  });

  it('what it does not know passes unchanged', () => {
    const lines = [
      'SITE CHMOD 600 a',
      'OPTS UTF8 ON',
      'HOST ftp.example',
      'XCRC "a b"',
      'Mfmt 1 a',
    ];
    for (const line of lines) {
      const bench = loggedIn().clientSays(line);
      assert.deepEqual(bench.commands(), [line]);
      bench.serverSays('200 as you wish');
      assert.deepEqual(bench.replies(), ['200 as you wish']);
    }
  });

  it('a line that is no command is 500; too many of them end the session', () => {
    const bench = loggedIn();
    for (let i = 0; i < GATEWAY_LIMITS.badLines; i += 1) bench.clientSays('\x16\x03\x01 hello');
    assert.equal(bench.replies().filter((line) => line.startsWith('500 ')).length, 20);
    bench.clientSays('?');
    assert.match(bench.replies().join('\n'), /^421 Too many lines/);
    assert.deepEqual(bench.commands(), []);
    assert.ok(bench.client.ended);
  });

  it('the request of a browser is turned away at its first line, and nothing of it is executed', () => {
    for (const first of ['GET / HTTP/1.1', 'POST /x HTTP/1.0', 'OPTIONS * RTSP/1.0', 'EHLO me']) {
      const bench = new SessionBench().serverSays('220 hi');
      bench.replies();
      bench.clientSays(`${first}\r\nHost: x\r\n\r\nUSER u\r\nDELE a`);
      assert.match(bench.replies().join('\n'), /^421 .*another protocol/);
      assert.deepEqual(bench.commands(), []);
      assert.equal(bench.eventsOf('closed')[0]?.reason, 'another protocol');
    }
  });

  it('the same words are commands like others later on', () => {
    const bench = loggedIn().clientSays('GET a').serverSays('500 unknown');
    assert.deepEqual(bench.replies(), ['500 unknown']);
  });
});

describe('FEAT', () => {
  it('case 24: what does not hold through the gateway is left out, what it adds is there', () => {
    const server = [
      '211-Features:',
      ' AUTH TLS',
      ' PBSZ',
      ' PROT',
      ' EPRT',
      ' MODE Z',
      ' SIZE',
      '211 End',
    ];
    assert.deepEqual(feat(server.join('\r\n')), [
      '211-Features:',
      ' EPRT',
      ' MODE Z',
      ' SIZE',
      ' EPSV',
      ' PASV',
      '211 End',
    ]);
  });

  it('a server without FEAT still gets its EPSV told', () => {
    for (const refusal of ['500 ?', '502 no']) {
      const lines = feat(refusal);
      assert.match(lines[0] ?? '', /^211-/);
      assert.deepEqual(lines.slice(1), [' EPRT', ' EPSV', ' PASV', '211 End']);
    }
  });

  it('a refusal for another reason passes', () => {
    assert.deepEqual(feat('530 Log in first.'), ['530 Log in first.']);
  });

  it('case 24: MODE passes like any command, and so do the bytes that follow', () => {
    const bench = loggedIn().clientSays('MODE Z');
    assert.deepEqual(bench.commands(), ['MODE Z']);
    bench.serverSays('200 ok');
    bench.passive();
    bench.clientSays('RETR a');
    const client = bench.connect();
    bench.serverSays('150 go');
    const bytes = Buffer.from([0x78, 0x9c, 0xff, 0x00, 0x0d, 0x0a]);
    bench.serverData.say(bytes);
    bench.settle();
    assert.equal(client.take(), bytes.toString('latin1'));
  });
});
