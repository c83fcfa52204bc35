import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RefusalReason } from '../../../shared/gateway/events.ts';
import { GATEWAY_LIMITS } from '../../../shared/limits.ts';
import { beginPassive } from '../../support/running-transfer.ts';
import { SessionBench } from '../../support/session-bench.ts';

const STRANGER = { host: '203.0.113.9', port: 50_123 };

describe('what events tell of a session', () => {
  it('how the server greets and refuses, shortened, and never more than that', () => {
    const long = 'x'.repeat(2000);
    const bench = new SessionBench().serverSays(`220 vsFTPd ${long}`);
    const [greeted] = bench.eventsOf('greeted');
    assert.equal(greeted?.text.length, GATEWAY_LIMITS.eventText);
    assert.match(greeted?.text ?? '', /^220 vsFTPd x/);
    bench.clientSays('CWD nowhere').serverSays('550 No such directory.');
    const answered = bench.eventsOf('answered').at(-1);
    assert.deepEqual([answered?.code, answered?.text], [550, 'No such directory.']);
    bench.clientSays('PWD').serverSays('257 "/secret" is here');
    assert.equal(bench.eventsOf('answered').at(-1)?.text, undefined);
  });

  it('no failed login where the server parts from somebody who is in', () => {
    const idle = new SessionBench().login().serverSays('421 Timeout.');
    assert.deepEqual(idle.eventsOf('login-failed'), []);
    const full = new SessionBench().serverSays('220 hi').clientSays('USER u').serverSays('331 go');
    full.clientSays('PASS p').serverSays('421 Too many users.');
    assert.deepEqual(
      full.eventsOf('login-failed').map(({ code }) => code),
      [421],
    );
  });

  it('how long a file is, by SIZE and by 150', () => {
    const bench = new SessionBench().login();
    bench.clientSays('SIZE a b.bin').serverSays('213 1234');
    bench.clientSays('SIZE c').serverSays('550 no');
    const sizes = bench.eventsOf('size').map(({ name, bytes }) => [name, bytes]);
    assert.deepEqual(sizes, [['a b.bin', 1234]]);
    const announced = [
      ['150 Opening BINARY mode data connection for a (987654 bytes).', 987_654],
      ['150 Opening data connection (12 bytes)', 12],
      ['150 Here it comes.', undefined],
    ] as const;
    for (const [said, size] of announced) {
      const one = new SessionBench().login();
      one.passive();
      one.clientSays('RETR a').serverSays(said);
      assert.equal(one.eventsOf('transfer-started')[0]?.size, size, said);
    }
  });

  it('by which word a command was refused', () => {
    const refusals: [string, RefusalReason][] = [
      ['PORT 192,168,1,7,200,10', 'behind-nat'],
      ['PORT 8,8,8,8,200,10', 'foreign-address'],
      ['PORT 198,51,100,7,0,20', 'privileged-port'],
      ['PORT nonsense', 'bad-address'],
      ['EPRT |2|2001:db8::1|5000|', 'wrong-family'],
      ['LPRT 4,4', 'not-implemented'],
      ['AUTH TLS', 'tls-not-available'],
      ['?', 'not-a-command'],
    ];
    for (const [line, why] of refusals) {
      const bench = new SessionBench().login().clientSays(line);
      assert.equal(bench.eventsOf('refused').at(-1)?.why, why, line);
    }
  });

  const protocols = [
    ['SSH-2.0-OpenSSH_9.6\r\n', 'ssh'],
    ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc', 'tls'],
    ['GET / HTTP/1.1\r\n', 'http'],
  ] as const;
  for (const [first, protocol] of protocols) {
    it(`that a client speaks ${protocol}`, () => {
      const bench = new SessionBench().serverSays('220 hi');
      bench.clientSays(Buffer.from(first, 'latin1'));
      assert.equal(bench.eventsOf('other-protocol')[0]?.protocol, protocol);
    });
  }

  it('nothing of another protocol when an FTP client names a file like one', () => {
    const bench = new SessionBench().login().clientSays('CWD SSH-keys').clientSays('SSH-2.0-x');
    assert.deepEqual(bench.eventsOf('other-protocol'), []);
  });

  it('that somebody else connected to the promised port, a few times at most, and the promise stays', () => {
    const bench = new SessionBench().login();
    const offer = bench.passive();
    for (let i = 0; i < 100; i += 1) offer.intrude(STRANGER);
    const told = bench.eventsOf('stranger');
    assert.equal(told.length, GATEWAY_LIMITS.strangers);
    assert.deepEqual(told[0], { type: 'stranger', port: offer.port, from: STRANGER });
    bench.clientSays('RETR a');
    bench.connect(offer);
    assert.equal(bench.eventsOf('data-accepted').length, 1);
  });

  it('by which word a transfer and a session ended', () => {
    const { bench, client } = beginPassive('RETR a');
    client.break();
    bench.settle().serverSays('426 broken');
    assert.equal(bench.eventsOf('transfer-ended')[0]?.broken?.code, 'ECONNRESET');
    bench.clientSays('QUIT').serverSays('221 bye');
    bench.server.finish();
    bench.settle();
    assert.equal(bench.eventsOf('closed')[0]?.code, 'quit');
    const full = new SessionBench().serverSays('421 Too many users.');
    full.server.finish();
    full.settle();
    assert.equal(full.eventsOf('closed')[0]?.code, 'server-limit');
  });

  it('how far a transfer has come, while it runs', () => {
    const { bench, server } = beginPassive('RETR a');
    server.say('x'.repeat(1000));
    bench.settle();
    assert.equal(bench.session.transferredBytes, 1000);
    const idle = new SessionBench().login();
    assert.equal(idle.session.transferredBytes, 0);
  });
});
