import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import { GATEWAY_LIMITS } from '../../../shared/limits.ts';
import type { FakeChannel } from '../../support/fake-channel.ts';
import { SessionBench } from '../../support/session-bench.ts';

const loggedIn = (): SessionBench => new SessionBench().login();

interface Running {
  bench: SessionBench;
  client: FakeChannel;
  server: FakeChannel;
  /** Both ends of a download end in an orderly way. */
  finish: () => void;
}

/** A transfer that has begun; the client has read 150. */
function begun(command: string): Running {
  const bench = loggedIn();
  bench.passive();
  bench.clientSays(command);
  const client = bench.connect();
  bench.serverSays('150 here');
  bench.replies();
  bench.commands();
  bench.advance(GATEWAY_LIMITS.serverAccept);
  const server = bench.serverData;
  const finish = (): void => {
    server.finish();
    bench.settle();
    client.finish();
    bench.settle();
  };
  return { bench, client, server, finish };
}

describe('what a client says during a transfer', () => {
  it('case 68: NOOP, STAT and PWD pass at once; their answers come when the server gives them', () => {
    const { bench, finish } = begun('RETR a');
    bench.clientSays('NOOP\r\nSTAT\r\nPWD');
    assert.deepEqual(bench.commands(), ['NOOP', 'STAT', 'PWD']);
    bench.serverSays('200 ok');
    assert.deepEqual(bench.replies(), ['200 ok']);
    finish();
    bench.serverSays('211-Status\r\n226 closing\r\n211 End\r\n226 done\r\n257 "/"');
    assert.deepEqual(bench.replies(), [
      '211-Status',
      '226 closing',
      '211 End',
      '226 done',
      '257 "/"',
    ]);
  });

  it('case 68: pure-ftpd says 500 to them, and the 226 stays with the transfer', () => {
    const { bench, client } = begun('STOR a');
    bench.clientSays('NOOP').serverSays('500 Unknown command');
    assert.deepEqual(bench.replies(), ['500 Unknown command']);
    client.finish();
    bench.settle();
    bench.serverSays('226 done');
    assert.deepEqual(bench.replies(), ['226 done']);
  });

  it('case 68: STAT that FileZilla Server answers with 221- is no farewell', () => {
    const { bench, finish } = begun('RETR a');
    bench.clientSays('STAT').serverSays('221-Status\r\n221 End');
    assert.deepEqual(bench.replies(), ['221-Status', '221 End']);
    finish();
    bench.serverSays('226 done');
    assert.deepEqual(bench.replies(), ['226 done']);
    assert.equal(bench.client.ended, false);
  });

  it('case 68: a transfer, PASV and another transfer sent during one wait for their turn', () => {
    const { bench, finish } = begun('RETR a');
    bench.clientSays('PASV\r\nRETR b\r\nNOOP');
    assert.deepEqual(bench.commands(), ['EPSV']);
    finish();
    bench.serverSays('226 done\r\n229 ok (|||5002|)');
    assert.deepEqual(bench.commands(), ['RETR b', 'NOOP']);
    bench.serverSays('550 no\r\n200 ok');
    const codes = bench.replies().map((line) => line.slice(0, 3));
    assert.deepEqual(codes, ['226', '227', '550', '200']);
  });

  it('case 80: during two silent hours of a transfer the gateway says nothing to the server', () => {
    const { bench, server, client } = begun('STOR a');
    for (let i = 0; i < 120; i += 1) {
      client.say('x');
      bench.settle().advance(60_000);
    }
    assert.deepEqual([bench.commands(), bench.replies()], [[], []]);
    assert.equal(server.take().length, 120);
    assert.ok(bench.client.open && bench.server.open);
  });

  it('case 81: a stalled transfer ends with 426 by its own limit, and the session lives on', () => {
    const { bench, client } = begun('RETR a');
    bench.advance(GATEWAY_LIMITS.transferStall);
    assert.ok(client.resetWith !== undefined);
    bench.advance(GATEWAY_LIMITS.brokenReply);
    assert.match(bench.replies().join('\n'), /^426 .*nothing moved.* 300 seconds/);
    bench.clientSays('PWD').serverSays('426 late\r\n200 to NOOP').serverSays('257 "/"');
    assert.deepEqual(bench.replies(), ['257 "/"']);
  });
});

describe('ABOR', () => {
  const FORMS = [
    'ABOR\r\n',
    'ABOR\r',
    '\xff\xf4\xffABOR\r\n',
    '\xff\xf4\xf2ABOR\r\n',
    '\xff\xf4\xff\xf2abor\r\n',
  ];

  for (const form of FORMS) {
    const named = JSON.stringify(form);
    it(`case 64: ${named} idle, after PASV and behind the transfer is the server's to answer`, () => {
      const bench = loggedIn();
      bench.clientSays(Buffer.from(form, 'latin1'));
      assert.deepEqual(
        bench.commands().map((line) => line.toUpperCase()),
        ['ABOR'],
      );
      bench.serverSays('225 nothing to abort');
      assert.deepEqual(bench.replies(), ['225 nothing to abort']);
      const offer = bench.passive();
      bench.clientSays(Buffer.from(form, 'latin1')).serverSays('226 ABOR ok');
      assert.deepEqual(bench.replies(), ['226 ABOR ok']);
      bench.commands();
      bench.clientSays('RETR a');
      assert.ok(bench.connect(offer).open, 'what PASV promised still holds');
      assert.deepEqual(bench.commands(), ['RETR a']);
    });

    it(`case 64: ${named} during a transfer breaks it off; NOOP in the same packet keeps its answer`, () => {
      const { bench, client, server } = begun('RETR a');
      bench.clientSays(Buffer.from(`${form}NOOP\r\n`, 'latin1'));
      assert.ok(client.resetWith !== undefined && server.resetWith !== undefined);
      bench.serverSays('426 broken');
      const [first, second = ''] = bench.replies();
      assert.equal(first, '426 broken');
      assert.match(second, /^226 /);
      assert.deepEqual(bench.commands(), ['NOOP']);
      bench.serverSays('200 ok');
      assert.deepEqual(bench.replies(), ['200 ok']);
    });
  }

  it('case 66: a second ABOR is answered too, and nothing shifts', () => {
    const { bench } = begun('RETR a');
    bench.clientSays('ABOR\r\nABOR\r\nNOOP').serverSays('426 broken');
    const codes = bench.replies().map((line) => line.slice(0, 3));
    assert.deepEqual(codes, ['426', '226']);
    assert.deepEqual(bench.commands(), ['ABOR', 'NOOP']);
    bench.serverSays('225 nothing\r\n200 ok');
    assert.deepEqual(bench.replies(), ['225 nothing', '200 ok']);
  });

  it('case 66: an interrupt before STAT is no ABOR', () => {
    const { bench, client } = begun('RETR a');
    bench.clientSays(Buffer.from('\xff\xf4\xff\xf2STAT\r\n', 'latin1'));
    assert.deepEqual(bench.commands(), ['STAT']);
    bench.serverSays('211 sending');
    assert.deepEqual(bench.replies(), ['211 sending']);
    assert.ok(client.open);
  });

  it('case 64: within a transfer command that the server has not answered breaks that one off', () => {
    const bench = loggedIn();
    const offer = bench.passive();
    bench.clientSays('RETR a\r\nABOR\r\nNOOP');
    assert.ok(offer.withdrawn);
    bench.serverSays('425 no connection');
    const codes = bench.replies().map((line) => line.slice(0, 3));
    assert.deepEqual(codes, ['425', '226']);
    bench.commands();
    bench.serverSays('200 ok');
    assert.deepEqual(bench.replies(), ['200 ok']);
  });
});
