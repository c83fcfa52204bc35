import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  formatEprtArgument,
  formatEpsv,
  formatPasv,
  formatPortArgument,
  parseEprtArgument,
  parseEpsvReply,
  parsePasvReply,
  parsePortArgument,
} from '../../../shared/ftp/address.ts';
import { reply, type Reply } from '../../../shared/ftp/reply.ts';
import { latin1 } from './splits.ts';

function raw(...lines: string[]): Reply {
  return { code: Number(lines[0]?.slice(0, 3)), lines: lines.map(latin1) };
}

const PASV: { reply: Reply; host?: string; port?: number }[] = [
  { reply: raw('227 Entering Passive Mode (10,0,0,1,4,5).'), host: '10.0.0.1', port: 1029 },
  { reply: raw('227 Entering Passive Mode. 1,2,3,4,5,6'), host: '1.2.3.4', port: 1286 },
  { reply: raw('227 Entering Passive Mode, 1,2,3,4,5,6'), host: '1.2.3.4', port: 1286 },
  { reply: raw('227 Ok, 2 steps, now (1,2,3,4,5,6), thanks'), host: '1.2.3.4', port: 1286 },
  { reply: raw('227 =1,2,3,4,5,6'), host: '1.2.3.4', port: 1286 },
  { reply: raw('227 1,2,3,4,5,6'), host: '1.2.3.4', port: 1286 },
  { reply: raw('227 (0,0,0,0,255,255)'), host: '0.0.0.0', port: 65_535 },
  { reply: raw('227 (010,0,0,1,4,005)'), host: '10.0.0.1', port: 1029 },
  { reply: raw('227-Listen', '227 (1,2,3,4,5,6)'), host: '1.2.3.4', port: 1286 },
  { reply: raw('227-(1,2,3,4,5,6)', '227 End'), host: '1.2.3.4', port: 1286 },
  { reply: raw('227-(9,9,9,9,9,9)', '227 (1,2,3,4,5,6)'), host: '1.2.3.4', port: 1286 },
  { reply: raw('227 (1,2,3,4,5)') },
  { reply: raw('227 (300,2,3,4,5,6)') },
  { reply: raw('227 (1,2,3,4,256,6)') },
  { reply: raw('227 (1,2,3,4,5,1000)') },
  { reply: raw('227 (1,2,3,4,0,0)') },
  { reply: raw('227 (-1,2,3,4,5)') },
  { reply: raw('227') },
  { reply: raw('229 Entering Extended Passive Mode (|||5|)') },
  { reply: raw('226 (1,2,3,4,5,6)') },
];

const EPSV: { reply: Reply; port?: number }[] = [
  { reply: raw('229 Entering Extended Passive Mode (|||6446|)'), port: 6446 },
  { reply: raw('229 (!!!6446!)'), port: 6446 },
  { reply: raw('229 (~~~1~)'), port: 1 },
  { reply: raw('229 (1112341)'), port: 234 },
  { reply: raw('229 Passive |||65535|'), port: 65_535 },
  { reply: raw('229-Passive', '229 (|||6446|)'), port: 6446 },
  { reply: raw('229-(|||6446|)', '229 End'), port: 6446 },
  { reply: raw('229 (|||65536|)') },
  { reply: raw('229 (|||0|)') },
  { reply: raw('229 (|||100000|)') },
  { reply: raw('229 (||6446|)') },
  { reply: raw('229 (|||6446!)') },
  { reply: raw('229 (   6446 )') },
  { reply: raw('227 Entering Passive Mode (1,2,3,4,5,6)') },
  { reply: raw('227 (|||6446|)') },
];

const EPRT: { argument: string; parsed: unknown }[] = [
  { argument: '|1|132.235.1.2|6275|', parsed: { family: 1, host: '132.235.1.2', port: 6275 } },
  {
    argument: '|2|1080::8:800:200C:417A|5282|',
    parsed: { family: 2, host: '1080::8:800:200C:417A', port: 5282 },
  },
  { argument: '!1!10.0.0.1!1!', parsed: { family: 1, host: '10.0.0.1', port: 1 } },
  { argument: ' |1|10.0.0.1|1| ', parsed: { family: 1, host: '10.0.0.1', port: 1 } },
  { argument: '|3|x|5|', parsed: { unsupportedFamily: 3 } },
  { argument: '|0|x|5|', parsed: { unsupportedFamily: 0 } },
  { argument: '|1|::1|5|', parsed: undefined },
  { argument: '|2|10.0.0.1|5|', parsed: undefined },
  { argument: '|2|fe80::1%eth0|5|', parsed: undefined },
  { argument: '|1|10.1|5|', parsed: undefined },
  { argument: '|1|0x0a.0.0.1|5|', parsed: undefined },
  { argument: '|1|256.0.0.1|5|', parsed: undefined },
  { argument: '|1|name.example|5|', parsed: undefined },
  { argument: '|1|10.0.0.1|0|', parsed: undefined },
  { argument: '|1|10.0.0.1|65536|', parsed: undefined },
  { argument: '|1|10.0.0.1|5', parsed: undefined },
  { argument: '|1|10.0.0.1|5|x', parsed: undefined },
  { argument: '|x|10.0.0.1|5|', parsed: undefined },
  { argument: '', parsed: undefined },
];

suite('data addresses', () => {
  for (const row of PASV) {
    test(`case 44: ${row.reply.lines.join(' / ')}`, () => {
      const expected = row.host === undefined ? undefined : { host: row.host, port: row.port };
      assert.deepEqual(parsePasvReply(row.reply), expected);
    });
  }

  for (const row of EPSV) {
    test(`case 45: ${row.reply.lines.join(' / ')}`, () => {
      assert.equal(parseEpsvReply(row.reply), row.port);
    });
  }

  for (const { argument, parsed } of EPRT) {
    test(`case 47: EPRT ${JSON.stringify(argument)}`, () => {
      assert.deepEqual(parseEprtArgument(latin1(argument)), parsed);
    });
  }

  test('PORT takes six numbers and nothing else', () => {
    assert.deepEqual(parsePortArgument(latin1('10,0,0,1,4,5')), { host: '10.0.0.1', port: 1029 });
    assert.deepEqual(parsePortArgument(latin1(' 10,0,0,1,4,5 ')), { host: '10.0.0.1', port: 1029 });
    for (const bad of [
      '',
      '10,0,0,1,4',
      '10,0,0,1,4,5,6',
      '(10,0,0,1,4,5)',
      '256,0,0,1,4,5',
      '1,2,3,4,0,0',
      '1,2,3,4,5,-6',
      '1, 2,3,4,5,6',
    ]) {
      assert.equal(parsePortArgument(latin1(bad)), undefined, bad);
    }
  });

  test('the forms that every client and every NAT understands', () => {
    const address = { host: '192.0.2.1', port: 50_000 };
    assert.equal(formatPasv(address), 'Entering Passive Mode (192,0,2,1,195,80).');
    assert.equal(formatEpsv(50_000), 'Entering Extended Passive Mode (|||50000|)');
    assert.equal(formatPortArgument(address), '192,0,2,1,195,80');
    assert.equal(formatEprtArgument(address), '|1|192.0.2.1|50000|');
    assert.equal(formatEprtArgument({ host: '2001:db8::1', port: 5 }), '|2|2001:db8::1|5|');
  });

  test('no address that cannot be is written', () => {
    for (const host of ['::1', 'name', '1.2.3', '1.2.3.256', '']) {
      assert.throws(() => formatPasv({ host, port: 5 }), RangeError);
    }
    assert.throws(() => formatEprtArgument({ host: 'name', port: 5 }), RangeError);
    for (const port of [0, -1, 65_536, 1.5, Number.NaN]) {
      assert.throws(() => formatEpsv(port), RangeError);
      assert.throws(() => formatPortArgument({ host: '1.2.3.4', port }), RangeError);
    }
  });

  test('a reply of digits without end takes linear time', () => {
    const text = '1'.repeat(64 * 1024);
    assert.equal(parsePasvReply(reply(227, text)), undefined);
    assert.equal(parseEpsvReply(reply(229, text)), undefined);
    assert.equal(parseEpsvReply(reply(229, '('.repeat(64 * 1024))), undefined);
  });
});
