import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { FTP_LIMITS } from '../../../shared/limits.ts';
import { type CommandLine, CommandLineReader } from '../../../shared/ftp/line-reader.ts';
import { latin1, splits } from './splits.ts';

/** What a reader with a bound of 8 bytes makes of the input: lines as text, faults in angle brackets. */
function read(chunks: Buffer[], maxLine = 8): { lines: string[]; reader: CommandLineReader } {
  const reader = new CommandLineReader(maxLine);
  return { lines: chunks.flatMap((chunk) => reader.push(chunk)).map(show), reader };
}

function show(line: CommandLine): string {
  return line.kind === 'line' ? line.line.toString('latin1') : `<${line.fault}>`;
}

const TABLE: { name: string; input: string; lines: string[]; pending?: number; lost?: number }[] = [
  { name: 'CRLF ends a line', input: 'NOOP\r\n', lines: ['NOOP'] },
  { name: 'case 55: a bare LF ends a line', input: 'NOOP\nPWD\n', lines: ['NOOP', 'PWD'] },
  { name: 'case 54: two commands in one packet', input: 'PWD\r\nNOOP\r\n', lines: ['PWD', 'NOOP'] },
  { name: 'case 55: an empty line is a line', input: '\r\n\n', lines: ['', ''] },
  { name: 'case 55: leading blanks stay', input: '  PWD\r\n', lines: ['  PWD'] },
  { name: 'no end, no line', input: 'NOOP', lines: [], pending: 4 },
  { name: 'the CR is not counted as content', input: 'NOOP\r', lines: [], pending: 4 },
  { name: 'case 55: CR alone', input: 'A\rB\r\nC\r\n', lines: ['<bare-cr>', 'C'], lost: 1 },
  { name: 'case 64: ABOR whose LF was lost is a line', input: 'ABOR\r', lines: ['ABOR'] },
  {
    name: 'case 64: ABOR whose LF was lost, and the next command',
    input: 'abor\rNOOP\r\n',
    lines: ['abor', 'NOOP'],
  },
  {
    name: 'case 64: ABOR with its LF is one line',
    input: 'ABOR\r\nPWD\r\n',
    lines: ['ABOR', 'PWD'],
  },
  { name: 'case 64: an empty line after ABOR', input: 'ABOR\r\n\n', lines: ['ABOR', ''] },
  {
    name: 'ABOR with an argument is as any line',
    input: 'ABOR x\rB\r\n',
    lines: ['<bare-cr>'],
    lost: 1,
  },
  { name: 'a fault before ABOR counts', input: '\rABOR\rB\r\n', lines: ['<bare-cr>'], lost: 5 },
  { name: 'CR CR LF', input: 'A\r\r\n', lines: ['<bare-cr>'] },
  {
    name: 'case 76: a trailing CR is no part of a name',
    input: 'A x\r\r\nB\r\n',
    lines: ['<bare-cr>', 'B'],
  },
  { name: 'case 55: CR NUL', input: 'A\r\0B\nC\n', lines: ['<bare-cr>', 'C'], lost: 2 },
  { name: 'case 55: NUL inside', input: 'A\0B\r\nC\n', lines: ['<nul>', 'C'], lost: 2 },
  {
    name: 'NUL, then CR: the first fault counts',
    input: 'A\0B\rC\r\nD\n',
    lines: ['<nul>', 'D'],
    lost: 3,
  },
  { name: 'a fault is told only at the end of its line', input: 'A\0B', lines: [], lost: 2 },
  { name: 'the bound is inclusive', input: '12345678\r\n', lines: ['12345678'] },
  { name: 'case 56: too long is told at once', input: '123456789', lines: ['<too-long>'], lost: 1 },
  {
    name: 'too long: the rest is skipped',
    input: '123456789AB\0\rC\r\nD\n',
    lines: ['<too-long>', 'D'],
    lost: 5,
  },
  {
    name: 'a faulty line is not too long as well',
    input: 'A\x00BCDEFGHIJK\r\nD\n',
    lines: ['<nul>', 'D'],
    lost: 11,
  },
  { name: 'case 63: IAC IAC is one byte 255', input: 'A \xff\xff\r\n', lines: ['A \xff'] },
  { name: 'case 63: high bytes stay', input: 'A \xe4\xfe\x80\r\n', lines: ['A \xe4\xfe\x80'] },
  {
    name: 'case 67: options are removed',
    input: '\xff\xfb\x01\xff\xfc\x02\xff\xfd\x03\xff\xfe\x04PWD\r\n',
    lines: ['PWD'],
  },
  { name: 'an option may be any byte', input: '\xff\xfb\n\xff\xfd\rPWD\r\n', lines: ['PWD'] },
  {
    name: 'commands are removed',
    input: 'P\xff\xf1W\xff\xf6D\xff\xf9\r\xff\xf1\n',
    lines: ['PWD'],
  },
  {
    name: 'subnegotiation is removed',
    input: 'A\xff\xfa\x18\r\n\xff\xff\x01\xff\xf0B\r\n',
    lines: ['AB'],
    lost: 8,
  },
  { name: 'case 64: ABOR as RFC 959 has it', input: '\xff\xf4\xff\xf2ABOR\r\n', lines: ['ABOR'] },
  { name: 'case 64: ABOR as lftp sends it', input: '\xff\xf4\xffABOR\r\n', lines: ['ABOR'] },
  { name: 'case 64: ABOR as Net::FTP sends it', input: '\xff\xf4\xf2ABOR\r\n', lines: ['ABOR'] },
  { name: 'DM is taken away after IP only', input: '\xf2A\r\n', lines: ['\xf2A'] },
  { name: 'IAC before a line end takes nothing away', input: 'A\xff\r\n', lines: ['A'] },
];

suite('command lines', () => {
  for (const { name, input, lines, pending = 0, lost = 0 } of TABLE) {
    test(name, () => {
      for (const chunks of splits(latin1(input))) {
        const { lines: got, reader } = read(chunks);
        const cut = chunks.map((chunk) => chunk.length).join('+');
        assert.deepEqual(got, lines, cut);
        assert.equal(reader.pending, pending, cut);
        assert.equal(reader.discarded, lost, cut);
      }
    });
  }

  test('case 56: a line of 64 KiB costs the bound and no more', () => {
    const reader = new CommandLineReader();
    const chunk = Buffer.alloc(1024, 'A');
    let most = 0;
    const lines: CommandLine[] = [];
    for (let sent = 0; sent < 64; sent += 1) {
      lines.push(...reader.push(chunk));
      most = Math.max(most, reader.pending);
    }
    lines.push(...reader.push(latin1('\r\nNOOP\r\n')));
    assert.deepEqual(lines.map(show), ['<too-long>', 'NOOP']);
    assert.equal(most, FTP_LIMITS.commandLine);
    assert.equal(reader.discarded, 64 * 1024 - FTP_LIMITS.commandLine);
  });

  test('a line is not a view of the chunk it came in', () => {
    const chunk = latin1('NOOP\r\n');
    const [line] = new CommandLineReader().push(chunk);
    chunk.fill(0);
    assert.deepEqual(line, { kind: 'line', line: latin1('NOOP') });
  });

  test('case 54: ten thousand pipelined commands keep their order', () => {
    const sent = Array.from({ length: 10_000 }, (_, index) => `N ${index}`);
    const { lines } = read([latin1(sent.map((line) => `${line}\r\n`).join(''))]);
    assert.deepEqual(lines, sent);
  });
});
