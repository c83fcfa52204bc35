import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  encodeReply,
  FtpSyntaxError,
  isCompletion,
  isFailure,
  isIntermediate,
  isPreliminary,
  reply,
  ReplyReader,
  replyText,
  type Reply,
  type ReplyLimits,
} from '../../../shared/ftp/reply.ts';
import { latin1, splits } from './splits.ts';

/** What a reader makes of the chunks: each reply as its lines, and the code of the fault at the end. */
function read(
  chunks: Buffer[],
  limits?: ReplyLimits,
): { got: string[][]; fault?: string; partial: boolean } {
  const reader = new ReplyReader(limits);
  const got: string[][] = [];
  for (const chunk of chunks) {
    try {
      got.push(...reader.push(chunk).map(show));
    } catch (error) {
      assert.ok(error instanceof FtpSyntaxError);
      got.push(...error.replies.map(show));
      return { got, fault: error.code, partial: reader.partial };
    }
  }
  return { got, partial: reader.partial };
}

function show(one: Reply): string[] {
  assert.equal(String(one.code), one.lines[0]?.toString('latin1', 0, 3));
  return one.lines.map((line) => line.toString('latin1'));
}

interface Row {
  name: string;
  input: string;
  replies: string[][];
  fault?: string;
  partial?: true;
}

const TABLE: Row[] = [
  { name: 'a single line', input: '220 Hello\r\n', replies: [['220 Hello']] },
  {
    name: 'two replies in one packet',
    input: '150 a\r\n226 b\r\n',
    replies: [['150 a'], ['226 b']],
  },
  {
    name: 'LF alone ends a line',
    input: '220 Hello\n230-a\n230 b\n',
    replies: [['220 Hello'], ['230-a', '230 b']],
  },
  {
    name: 'many lines',
    input: '211-F\r\n UTF8\r\n211 End\r\n',
    replies: [['211-F', ' UTF8', '211 End']],
  },
  {
    name: 'case 57: inner line with other digits',
    input: '220-a\r\n226 b\r\n220 c\r\n',
    replies: [['220-a', '226 b', '220 c']],
  },
  {
    name: 'case 57: inner line with the code and a hyphen',
    input: '220-a\r\n220-b\r\n220 c\r\n',
    replies: [['220-a', '220-b', '220 c']],
  },
  {
    name: 'case 57: inner line with more digits',
    input: '220-a\r\n2201 b\r\n220 c\r\n',
    replies: [['220-a', '2201 b', '220 c']],
  },
  {
    name: 'case 57: last line without text or space',
    input: '226-a\r\n226\r\n',
    replies: [['226-a', '226']],
  },
  {
    name: 'case 57: no leading space',
    input: '211-F\r\nUTF8\r\n211 End\r\n',
    replies: [['211-F', 'UTF8', '211 End']],
  },
  {
    name: 'blank lines inside stay',
    input: '220-a\r\n\r\n \r\n220 c\r\n',
    replies: [['220-a', '', ' ', '220 c']],
  },
  { name: 'a code alone', input: '226\r\n', replies: [['226']] },
  { name: 'a code and no separator', input: '226done\r\n', replies: [['226done']] },
  { name: 'case 62: no preliminary reply', input: '226 done\r\n', replies: [['226 done']] },
  {
    name: 'case 60: two finals after ABOR',
    input: '426 a\r\n225 b\r\n',
    replies: [['426 a'], ['225 b']],
  },
  {
    name: 'case 58: 120, then 220',
    input: '120 wait\r\n220 go\r\n',
    replies: [['120 wait'], ['220 go']],
  },
  {
    name: 'case 63: bytes stay',
    input: '257 "\xe4\xff\xff\xf4\0"\r\n',
    replies: [['257 "\xe4\xff\xff\xf4\0"']],
  },
  { name: 'CR inside stays', input: '220 a\rb\r\r\n', replies: [['220 a\rb\r']] },
  { name: '631 of RFC 2228', input: '631 x\r\n', replies: [['631 x']] },
  { name: 'half a line is partial', input: '22', replies: [], partial: true },
  { name: 'half a reply is partial', input: '220-a\r\n', replies: [], partial: true },
  { name: 'HTTP is not FTP', input: 'HTTP/1.1 400 Bad\r\n', replies: [], fault: 'reply-not-ftp' },
  { name: 'no code below 100', input: '099 x\r\n', replies: [], fault: 'reply-not-ftp' },
  { name: 'no code from 700', input: '700 x\r\n', replies: [], fault: 'reply-not-ftp' },
  { name: 'a blank line is no reply', input: '\r\n', replies: [], fault: 'reply-not-ftp' },
  {
    name: 'case 59: a reply before the fault counts',
    input: '421 bye\r\n<x>\r\n',
    replies: [['421 bye']],
    fault: 'reply-not-ftp',
  },
  {
    name: 'a long line, still without end',
    input: `220 ${'a'.repeat(40)}`,
    replies: [],
    fault: 'reply-line-too-long',
  },
  {
    name: 'a line at its bound',
    input: `220 ${'a'.repeat(28)}\r\n`,
    replies: [[`220 ${'a'.repeat(28)}`]],
  },
  {
    name: 'a line one over its bound',
    input: `220 ${'a'.repeat(29)}\r\n`,
    replies: [],
    fault: 'reply-line-too-long',
  },
  {
    name: 'a reply of too many bytes',
    input: `220-${'a'.repeat(26)}\r\n${`${'b'.repeat(30)}\n`.repeat(4)}`,
    replies: [],
    fault: 'reply-too-long',
  },
  {
    name: 'a reply of too many lines',
    input: '220-\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n',
    replies: [],
    fault: 'reply-too-long',
  },
];

suite('replies', () => {
  for (const { name, input, replies, fault, partial = false } of TABLE) {
    test(name, () => {
      for (const chunks of splits(latin1(input))) {
        const result = read(chunks, { line: 32, bytes: 128, lines: 8 });
        const cut = chunks.map((chunk) => chunk.length).join('+');
        assert.deepEqual(result.got, replies, cut);
        assert.equal(result.fault, fault, cut);
        assert.equal(result.partial, partial, cut);
      }
    });
  }

  test('case 56: a line of 1 MiB and a banner of 100,000 lines are refused by default', () => {
    const line = Buffer.alloc(1024 * 1024, 'A');
    line.write('220 ');
    assert.equal(read([line]).fault, 'reply-line-too-long');
    const banner = latin1(`230-Welcome\r\n${'230-line\r\n'.repeat(100_000)}230 ok\r\n`);
    assert.equal(read([banner]).fault, 'reply-too-long');
  });

  test('a fault is for ever', () => {
    const reader = new ReplyReader();
    assert.throws(() => reader.push(latin1('x\r\n')), { code: 'reply-not-ftp' });
    assert.throws(() => reader.push(latin1('220 fine\r\n')), {
      code: 'reply-not-ftp',
      replies: [],
    });
  });

  test('a reply is not a view of the chunk it came in', () => {
    const chunk = latin1('220 Hello\r\n');
    const [first] = new ReplyReader().push(chunk);
    chunk.fill(0);
    assert.deepEqual(first?.lines, [latin1('220 Hello')]);
  });

  test('replies of our own', () => {
    assert.equal(encodeReply(reply(220, 'Hello')).toString(), '220 Hello\r\n');
    assert.equal(encodeReply(reply(220, ['Hello'])).toString(), '220 Hello\r\n');
    assert.equal(encodeReply(reply(220, [])).toString(), '220 \r\n');
    assert.equal(
      encodeReply(reply(211, ['Features:', ' UTF8', '226 x', 'End'])).toString(),
      '211-Features:\r\n UTF8\r\n 226 x\r\n211 End\r\n',
    );
    assert.equal(encodeReply(reply(550, 'a\r\n226 b\0c')).toString(), '550 a 226 b c\r\n');
    assert.throws(() => reply(99, 'x'), RangeError);
    assert.throws(() => reply(700, 'x'), RangeError);
    assert.throws(() => reply(220.5, 'x'), RangeError);
  });

  test('the text is that of the last line', () => {
    assert.equal(replyText(reply(211, ['a', 'b', 'End'])), 'End');
    assert.equal(replyText({ code: 226, lines: [latin1('226')] }), '');
    assert.equal(replyText({ code: 226, lines: [latin1('226 \xe4')] }), '\xe4');
  });

  test('the first digit says how it went', () => {
    const kinds = [isPreliminary, isCompletion, isIntermediate, isFailure];
    const table: [number, number][] = [
      [150, 0],
      [226, 1],
      [331, 2],
      [426, 3],
      [550, 3],
      [631, -1],
    ];
    for (const [code, expected] of table) {
      assert.equal(
        kinds.findIndex((is) => is(code)),
        expected,
      );
      assert.equal(
        kinds.findIndex((is) => is(reply(code, 'x'))),
        expected,
      );
    }
  });
});
