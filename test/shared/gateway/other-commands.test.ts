import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import { SessionBench } from '../../support/session-bench.ts';

const loggedIn = (): SessionBench => new SessionBench().login();

/** The client says a line, the server gets it as it is, and its answer comes back as it is. */
function passes(bench: SessionBench, line: string, answer: string): void {
  bench.clientSays(Buffer.from(`${line}\r\n`, 'latin1'));
  assert.deepEqual(bench.commands(), [line]);
  bench.serverSays(answer);
  assert.deepEqual(bench.replies(), answer.split('\r\n'), line);
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

  it('case 82: REST 0 during a pause is undone by nothing, and by no command of the gateway', () => {
    const bench = loggedIn();
    passes(bench, 'REST 100', '350 ok');
    passes(bench, 'REST 0', '350 ok');
    bench.clientSays('EPSV').serverSays('229 ok (|||5001|)').clientSays('RETR a');
    assert.deepEqual(bench.commands(), ['EPSV', 'RETR a']);
  });
});
