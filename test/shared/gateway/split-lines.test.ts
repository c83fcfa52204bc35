import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import { SessionBench } from '../../support/session-bench.ts';

/** Every line the gateway does not pass on as it is, of both ends, in one conversation. */
const CLIENT = [
  'PASV',
  'epsv 1',
  'EPSV 2',
  'PORT 198,51,100,7,200,10',
  'PORT 10,0,0,1,200,10',
  'EPRT |1|198.51.100.7|51211|',
  'FEAT',
  '\xff\xf4\xff\xf2ABOR',
  'AUTH TLS',
  'EPSV ALL',
  'PASV',
].map((line) => `${line}\r\n`);

/** What the server says to what of it reaches it. */
const SERVER = [
  '500 no EPSV yet\r\n',
  '227 Entering Passive Mode (10,0,0,1,19,137).\r\n',
  '227-wait\r\n227 Entering Passive Mode (10,0,0,1,19,138).\r\n',
  '227 Entering Passive Mode (10,0,0,1,19,139).\r\n',
  '227 =10,0,0,1,19,140\r\n',
  '211-Features\r\n AUTH TLS\r\n EPRT\r\n SIZE\r\n211 End\r\n',
  '225 nothing to abort\r\n',
];

/** Both ends of the conversation as they were seen. */
interface Seen {
  replies: string[];
  commands: string[];
}

/** Says a line to one end in chunks. */
type Say = (bench: SessionBench, from: 'client' | 'server', line: string) => void;

function converse(say: Say): Seen {
  const bench = new SessionBench().login();
  const seen: Seen = { replies: [], commands: [] };
  let answers = 0;
  for (const line of CLIENT) {
    say(bench, 'client', line);
    for (;;) {
      const asked = bench.commands();
      if (asked.length === 0) break;
      seen.commands.push(...asked);
      say(bench, 'server', SERVER[(answers += 1) - 1] ?? assert.fail('one command too many'));
    }
    seen.replies.push(...bench.replies());
  }
  assert.equal(answers, SERVER.length);
  return seen;
}

const send = (bench: SessionBench, from: 'client' | 'server', bytes: Uint8Array): void => {
  if (from === 'client') bench.clientSays(bytes);
  else bench.serverSays(bytes);
};

const WHOLE = converse((bench, from, line) => send(bench, from, Buffer.from(line, 'latin1')));

describe('lines that are rewritten, in pieces', () => {
  it('the conversation is the one expected', () => {
    assert.deepEqual(WHOLE.commands, ['EPSV', 'PASV', 'PASV', 'PASV', 'PASV', 'FEAT', 'ABOR']);
    assert.deepEqual(
      WHOLE.replies.map((line) => line.slice(0, 4).trim()),
      [
        '227',
        '229',
        '522',
        '200',
        '500',
        '200',
        '211-',
        'EPR',
        'SIZ',
        'EPS',
        'PAS',
        '211',
        '225',
        '502',
        '200',
        '503',
      ],
    );
  });

  it('case 54, case 98: in packets of one byte they are the same', () => {
    const seen = converse((bench, from, line) => {
      for (const byte of Buffer.from(line, 'latin1')) send(bench, from, Buffer.of(byte));
    });
    assert.deepEqual(seen, WHOLE);
  });

  it('case 54, case 98: cut in two at any place they are the same', () => {
    const longest = Math.max(...[...CLIENT, ...SERVER].map((line) => line.length));
    for (let at = 1; at < longest; at += 1) {
      const seen = converse((bench, from, line) => {
        const bytes = Buffer.from(line, 'latin1');
        send(bench, from, bytes.subarray(0, at));
        if (at < bytes.length) send(bench, from, bytes.subarray(at));
      });
      assert.deepEqual(seen, WHOLE, `cut at ${at}`);
    }
  });

  it('a part of a rewritten line moves nothing: no port is promised and nobody is dialled', () => {
    for (const line of CLIENT) {
      const bytes = Buffer.from(line, 'latin1');
      for (let at = 0; at < bytes.length - 1; at += 1) {
        const bench = new SessionBench().login().clientSays(bytes.subarray(0, at));
        assert.deepEqual([bench.commands(), bench.replies()], [[], []]);
      }
    }
    const reply = Buffer.from('227 Entering Passive Mode (10,0,0,1,19,137).\r\n');
    for (let at = 0; at < reply.length; at += 1) {
      const bench = new SessionBench({ rules: { serverMode: () => 'pasv' } })
        .login()
        .clientSays('PASV');
      bench.serverSays(reply.subarray(0, at));
      assert.equal(bench.offers.length, 0, `cut at ${at}`);
      bench.serverSays(reply.subarray(at));
      assert.equal(bench.offers.length, 1, `cut at ${at}`);
    }
  });

  it('a session that ends within such a line does none of it', () => {
    for (const line of CLIENT) {
      const bytes = Buffer.from(line, 'latin1');
      const bench = new SessionBench().login();
      bench.client.say(bytes.subarray(0, -2));
      bench.client.finish();
      bench.settle();
      assert.deepEqual(bench.commands(), [], line);
      assert.ok(bench.client.ended, line);
    }
  });
});
