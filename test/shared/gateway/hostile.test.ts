import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import { FTP_LIMITS, GATEWAY_LIMITS } from '../../../shared/limits.ts';
import { SessionBench } from '../../support/session-bench.ts';

const loggedIn = (): SessionBench => new SessionBench().login();

/** Nothing but refusals came of what the client said, and nothing of it moves when a transfer begins. */
function leadsNowhere(bench: SessionBench, what: string): void {
  assert.deepEqual(bench.commands(), [], what);
  for (const line of bench.replies()) assert.match(line, /^5\d\d /, what);
  bench.clientSays('LIST').serverSays('150 here');
  assert.equal(bench.dials.length + bench.dialled.length + bench.offers.length, 0, what);
}

const SECOND = 1000;

describe('PORT and EPRT of somebody with bad intentions', () => {
  it('case 102: addresses of others, in every spelling, and low ports are refused', () => {
    const asks = [
      'PORT 203,0,113,9,200,10',
      'PORT 198,51,100,8,200,10',
      'PORT 255,255,255,255,200,10',
      'PORT 224,0,0,1,200,10',
      'PORT 198,51,100,7,0,22',
      'PORT 198,51,100,7,3,255',
      'PORT 198,51,100,7,0,0',
      'EPRT |1|203.0.113.9|51210|',
      'EPRT |1|198.51.100.7|22|',
      'EPRT |1|198.51.100.7|0|',
      'EPRT |2|::ffff:203.0.113.9|51210|',
      'EPRT |2|::1|51210|',
    ];
    for (const ask of asks) leadsNowhere(loggedIn().clientSays(ask), ask);
  });

  it('numbers that overflow, change sign, or are written in another base are no numbers', () => {
    const asks = [
      'PORT 198,51,100,7,256,10',
      'PORT 198,51,100,263,200,10',
      'PORT 454,51,100,7,200,10',
      'PORT 198,51,100,7,-1,10',
      'PORT 198,51,100,7,200,4294967306',
      'PORT 198,51,100,7,99999999999999999999,10',
      'PORT 0xc6,51,100,7,200,10',
      'PORT 198,51,100,7,2e2,10',
      'PORT 198,51,100,7,200.0,10',
      'PORT 198,51,100,7,200,10,1',
      'PORT ,198,51,100,7,200,10',
      'PORT 198, 51,100,7,200,10',
      `PORT ${'1,'.repeat(1500)}1`,
      `PORT 198,51,100,7,200,${'0'.repeat(3000)}x`,
      'EPRT |1|198.51.100.7|65536|',
      'EPRT |1|198.51.100.7|116746|',
      'EPRT |1|198.51.100.7|-1|',
      'EPRT |1|198.51.100.7|0x5000|',
      'EPRT |1|3325256711|51210|',
      'EPRT |1|0306.063.0144.07|51210|',
      'EPRT |1|198.51.25607|51210|',
      'EPRT |4294967297|198.51.100.7|51210|',
      'EPRT |1|198.51.100.7|51210|22|',
      `EPRT |1|${'1'.repeat(3000)}|51210|`,
      'EPRT |2|fe80::1%eth0|51210|',
    ];
    for (const ask of asks) leadsNowhere(loggedIn().clientSays(ask), ask.slice(0, 60));
  });

  it('CR, LF and NUL within them make no second command and no address', () => {
    for (const bad of ['\r', '\0', '\r\0', '\r\r']) {
      for (const verb of [
        'PORT 198,51,100,7,200,10',
        'EPRT |1|198.51.100.7|51210|',
        'PASV',
        'EPSV',
      ]) {
        for (const rest of ['DELE x', '227 (1,2,3,4,5,6)', '']) {
          const bench = loggedIn().clientSays(Buffer.from(`${verb}${bad}${rest}\r\n`));
          leadsNowhere(bench, JSON.stringify(verb + bad + rest));
        }
      }
    }
    const bench = loggedIn().clientSays(Buffer.from('PORT 198,51,100,7\nDELE x\r\n'));
    assert.match(bench.replies().join('\n'), /^501 /);
    assert.deepEqual(bench.commands(), ['DELE x'], 'LF ends a line, and what follows is a command');
  });

  it('Telnet bytes within them are taken out before they are read, in whatever packets', () => {
    const hidden = Buffer.from('PO\xff\xf1RT 203,0,\xff\xfb\x01113,9,200,\xff\xf010\r\n', 'latin1');
    for (let at = 0; at <= hidden.length; at += 1) {
      const bench = loggedIn().clientSays(hidden.subarray(0, at)).clientSays(hidden.subarray(at));
      leadsNowhere(bench, `cut at ${at}`);
    }
    for (const doubled of [
      'PORT 198,51,100,7,200,10\xff\xff',
      '\xff\xffPORT 198,51,100,7,200,10',
    ]) {
      leadsNowhere(loggedIn().clientSays(Buffer.from(`${doubled}\r\n`, 'latin1')), doubled);
    }
  });

  it('a line as long as lines may be is read in a moment', () => {
    const started = performance.now();
    for (const fill of ['1', ',', '1,', '|', '||1', ' ', '1.', ':']) {
      for (const verb of ['PORT ', 'EPRT ', 'EPRT |1|', 'EPRT |2|', 'EPSV ', 'PASV ']) {
        const line = (verb + fill.repeat(FTP_LIMITS.commandLine)).slice(0, FTP_LIMITS.commandLine);
        loggedIn().clientSays(line);
      }
    }
    assert.ok(performance.now() - started < 2000);
  });

  it('a reply as long as replies may be is read in a moment', () => {
    const started = performance.now();
    for (const fill of ['1', ',', '1,', '(', '|', '((|||', '(|||1']) {
      const text = fill.repeat(FTP_LIMITS.replyLine).slice(0, FTP_LIMITS.replyLine - 4);
      const bench = loggedIn().clientSays('PASV').serverSays(`229 ${text}`);
      bench.serverSays(`227 ${text}`);
      bench.listens.at(-1)?.outcome.failed('no port left');
      bench.settle();
      assert.match(bench.client.take(), /^(?:227|425) /, fill);
    }
    assert.ok(performance.now() - started < 2000);
  });
});

describe('a server of somebody with bad intentions', () => {
  it('its 227 and 229 lead to no address but its own, and to no promise that was not asked for', () => {
    const bench = loggedIn();
    bench.serverSays('227 (203,0,113,9,0,22)').serverSays('229 (|||22|)');
    bench.clientSays('CWD 227').serverSays('250-227 (203,0,113,9,0,22)\r\n250 ok');
    bench.clientSays('LIST').serverSays('150 (|||22|)').serverSays('226 227 (1,2,3,4,5,6)');
    assert.equal(bench.offers.length + bench.dialled.length, 0);
  });

  it('the text of its refusals ends no reply of the gateway early', () => {
    const bench = loggedIn().clientSays('PASV').serverSays('229 x\r230 y\0(');
    bench.serverSays('227 a\r220 b\0');
    bench.listens.at(-1)?.outcome.failed('no port left');
    bench.settle();
    const [said = '', ...more] = bench.replies();
    assert.match(said, /^425 /);
    assert.doesNotMatch(said, /[\r\0]/);
    assert.deepEqual(more, []);
  });

  it('however many replies nobody asked for, memory is bounded and the client is stopped for', () => {
    const bench = loggedIn();
    bench.client.room = false;
    for (let i = 0; i < 1000; i += 1) bench.serverSays('200 unasked');
    assert.ok(bench.server.paused);
    assert.ok(bench.replies().length <= 1);
  });
});

describe('clients that take their time', () => {
  it('a login of one byte a second is over when its time is', () => {
    const bench = new SessionBench().serverSays('220 hi');
    let seconds = 0;
    while (bench.client.open && !bench.client.ended) {
      bench.clientSays(Buffer.from('USER u\r\n'.charAt(seconds % 8))).advance(SECOND);
      while (bench.commands().length > 0) bench.serverSays('331 password');
      seconds += 1;
    }
    assert.equal(seconds, GATEWAY_LIMITS.login / SECOND);
    assert.match(bench.replies().at(-1) ?? '', /^421 No login within/);
  });

  it('wrong passwords, however many, do not prolong it', () => {
    const bench = new SessionBench().serverSays('220 hi');
    let tries = 0;
    while (bench.client.open && !bench.client.ended) {
      bench.clientSays('USER u').serverSays('331 p').clientSays('PASS p').serverSays('530 no');
      bench.advance(10 * SECOND);
      tries += 1;
    }
    assert.equal(tries, GATEWAY_LIMITS.login / (10 * SECOND));
    assert.equal(bench.eventsOf('login-failed').length, tries);
  });

  it('an upload of one byte a second is no stall, and a passive port nobody comes to is given back', () => {
    const bench = loggedIn();
    bench.passive();
    bench.clientSays('STOR a');
    const client = bench.connect();
    bench.serverSays('150 go');
    for (let second = 0; second < 3600; second += 1) {
      client.say('x');
      bench.settle().advance(SECOND);
    }
    assert.ok(client.open);
    const held = bench.passive(5002);
    for (let i = 0; i < GATEWAY_LIMITS.passiveOffer / SECOND; i += 1) {
      bench.clientSays('NOOP').advance(SECOND);
    }
    assert.ok(held.withdrawn);
  });
});
