import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import { GATEWAY_LIMITS } from '../../../shared/limits.ts';
import type { FakeChannel } from '../../support/fake-channel.ts';
import { SessionBench } from '../../support/session-bench.ts';

const loggedIn = (): SessionBench => new SessionBench().login();

/** The client says a line, the server gets it as it is, and its answer comes back as it is. */
function passes(bench: SessionBench, line: string, answer: string): void {
  bench.clientSays(Buffer.from(`${line}\r\n`, 'latin1'));
  assert.deepEqual(bench.commands(), [line]);
  bench.serverSays(answer);
  assert.deepEqual(bench.replies(), answer.split('\r\n'), line);
}

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

describe('commands that pass, whatever they mean', () => {
  it('case 76: names with blanks, hyphens, bars, quotes and bytes of any encoding are verbatim', () => {
    const names = [
      'a b',
      ' a',
      'a ',
      '  ',
      '-la',
      '|cmd',
      '"quoted ""twice"""',
      '../..',
      '%0d%0aDELE x',
      '\xc4\xd6\xdc',
      '\xe6\x96\x87',
      '\xc4\xe3\xba\xc3',
      '\x01\x07\x1b[2J\x7f',
      '*?[a-z]',
    ];
    for (const name of names) {
      for (const verb of ['CWD', 'SIZE', 'DELE', 'RNFR', 'MKD', 'MLST']) {
        passes(loggedIn(), `${verb} ${name}`, '250 ok');
      }
      const bench = loggedIn();
      bench.passive();
      bench.clientSays(Buffer.from(`RETR ${name}\r\n`, 'latin1'));
      assert.deepEqual(bench.commands(), [`RETR ${name}`]);
    }
  });

  it('case 77: extensions pass unmodified, with the answers of a server that knows them or not', () => {
    const lines = [
      'SITE UTIME 20260101 a',
      'site chmod 600 a b',
      'OPTS UTF8 ON',
      'OPTS MLST type;size;',
      'CLNT Total Commander',
      'LANG zh-CN',
      'CSID Name=X;Version=1;',
      'MFMT 20260101000000 a',
      'MFF modify=20260101000000; a',
      'AVBL /',
      'HASH a',
      'RANG 0 99',
      'COMB whole a b',
      'XCRC "a b" 0 9',
      'XSHA256 a',
      'THMB JPG 10 10 a',
      'ALLO 4096',
      'ALLO 4096 R 128',
      'SMNT /x',
      'STRU R',
      'MODE B',
      'ALGS STATUS64',
      'X1',
    ];
    for (const line of lines) {
      passes(loggedIn(), line, '200 as you wish');
      passes(loggedIn(), line, '202 superfluous');
      passes(loggedIn(), line, '500 what?');
      passes(loggedIn(), line, '211-much\r\n 1\r\n211 said');
    }
  });

  it('case 77: SPSV, CPSV and SSCN, which move data past the gateway, do not', () => {
    for (const line of ['SPSV', 'CPSV', 'SSCN ON', 'lpsv']) {
      const bench = loggedIn().clientSays(line);
      assert.match(bench.replies().join('\n'), /^502 /, line);
      assert.deepEqual(bench.commands(), []);
    }
  });

  it('case 78: PRET passes before PASV, and a refusal of it too', () => {
    const bench = loggedIn();
    passes(bench, 'PRET RETR a', '200 prepared');
    bench.passive();
    passes(bench, 'PRET STOR a', '550 no');
    bench.clientSays('PRET LIST\r\nPASV');
    assert.deepEqual(bench.commands(), ['PRET LIST', 'EPSV']);
  });

  it('case 79: FEAT is edited before and after HOST and login alike, each line behind one space', () => {
    const bench = new SessionBench().serverSays('220 hi');
    bench.replies();
    for (const before of ['', 'HOST a', 'USER u', 'PASS p']) {
      if (before !== '') passes(bench, before, before === 'HOST a' ? '220 a' : '230 in');
      bench
        .clientSays('FEAT')
        .serverSays('211-Ext\r\n AUTH TLS\r\n  SIZE\r\n MLST a*;b\r\n211 End');
      const lines = bench.replies();
      bench.commands();
      assert.deepEqual(lines, [
        '211-Ext',
        '  SIZE',
        ' MLST a*;b',
        ' EPRT',
        ' EPSV',
        ' PASV',
        '211 End',
      ]);
    }
  });

  it('case 79: a FEAT of 10,000 lines is edited like a short one', () => {
    const features = Array.from({ length: 10_000 }, (_, i) => ` X${i} ${'y'.repeat(40)}`);
    const bench = loggedIn().clientSays('FEAT');
    bench.serverSays(['211-', ...features, ' PROT', '211 End'].join('\r\n'));
    const lines = bench.replies();
    assert.deepEqual(lines, ['211-', ...features, ' EPRT', ' EPSV', ' PASV', '211 End']);
  });

  it('case 79: a FEAT on one line, and one with its entries behind codes, are edited too', () => {
    const bench = loggedIn().clientSays('FEAT').serverSays('211 no features');
    assert.deepEqual(bench.replies().slice(1), [' EPRT', ' EPSV', ' PASV', '211 End']);
    bench.clientSays('FEAT').serverSays('211-Features:\r\n211-AUTH TLS\r\n211-SIZE\r\n211 End');
    const lines = bench.replies();
    assert.deepEqual(lines, ['211-Features:', '211-SIZE', ' EPRT', ' EPSV', ' PASV', '211 End']);
  });

  it('case 24: MODE Z is told, negotiated and transferred as it is, in both directions', () => {
    const bench = loggedIn().clientSays('FEAT').serverSays('211-F\r\n MODE Z\r\n211 End');
    assert.ok(bench.replies().includes(' MODE Z'));
    bench.commands();
    passes(bench, 'MODE Z', '200 ok');
    passes(bench, 'OPTS MODE Z LEVEL 9', '200 ok');
    bench.passive();
    bench.clientSays('STOR a');
    const client = bench.connect();
    bench.serverSays('150 go');
    const bytes = Buffer.from([0x78, 0x9c, 0xff, 0xff, 0x00, 0x0d, 0x0a, 0xf4]);
    client.say(bytes);
    client.finish();
    bench.settle();
    assert.equal(bench.serverData.take(), bytes.toString('latin1'));
    assert.ok(bench.serverData.ended);
  });

  it('case 63: a name with byte 255 in a reply and in a command keeps it, doubled where Telnet wants', () => {
    const bench = loggedIn();
    passes(bench, 'MKD a\xff\xffb', '257 "a\xff\xffb" created');
    bench.passive();
    bench.clientSays(Buffer.from('STOU\r\n')).serverSays('150-FILE: \xff\xff\r\n150 \xe9');
    assert.equal(bench.client.take(), '150-FILE: \xff\xff\r\n150 \xe9\r\n');
  });
});

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

  it('case 82: REST 0 during a pause is undone by nothing, and by no command of the gateway', () => {
    const bench = loggedIn();
    passes(bench, 'REST 100', '350 ok');
    passes(bench, 'REST 0', '350 ok');
    bench.clientSays('EPSV').serverSays('229 ok (|||5001|)').clientSays('RETR a');
    assert.deepEqual(bench.commands(), ['EPSV', 'RETR a']);
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

  it('case 67: options offered and asked for reach nobody, at any place in a line', () => {
    const bench = loggedIn();
    const options = ['\xff\xfb\x01', '\xff\xfc\x03', '\xff\xfd\x18', '\xff\xfe\x22', '\xff\xf1'];
    for (const option of options) {
      bench.clientSays(Buffer.from(`${option}CW${option}D a${option}b${option}\r\n`, 'latin1'));
      assert.deepEqual(bench.commands(), ['CWD ab']);
      bench.serverSays('250 ok');
      assert.deepEqual(bench.replies(), ['250 ok']);
    }
    bench.clientSays(Buffer.from('PW\xff\xfa\x18\x00DELE x\r\n\xff\xf0D\r\n', 'latin1'));
    assert.deepEqual(bench.commands(), ['PWD'], 'a subnegotiation is no command');
  });
});
