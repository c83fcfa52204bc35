import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { parseControlResponse } from '../../node_modules/basic-ftp/dist/parseControlResponse.js';
import {
  formatEprtArgument,
  formatEpsv,
  formatPasv,
  formatPortArgument,
  parseEprtArgument,
  parseEpsvReply,
  parsePasvReply,
  parsePortArgument,
} from '../../shared/ftp/address.ts';
import { formatCommand, parseCommand } from '../../shared/ftp/command.ts';
import { editFeat } from '../../shared/ftp/feat.ts';
import { type CommandLine, CommandLineReader } from '../../shared/ftp/line-reader.ts';
import {
  encodeReply,
  FtpSyntaxError,
  reply,
  ReplyReader,
  type Reply,
} from '../../shared/ftp/reply.ts';

/** Bytes that mean something to a reader come often enough to meet each other. */
const nastyByte = fc.oneof(
  fc.constantFrom(0, 10, 13, 32, 45, 50, 0xf0, 0xf2, 0xf4, 0xfa, 0xfb, 0xfe, 0xff),
  fc.integer({ min: 0, max: 255 }),
);
const nastyBytes = fc.array(nastyByte, { maxLength: 200 }).map((bytes) => Buffer.from(bytes));
const cuts = fc.array(fc.nat(200), { maxLength: 20 });
const ipv4 = fc.ipV4();
const port = fc.integer({ min: 1, max: 65_535 });
/** A line that may stand anywhere within a reply. */
const replyLine = fc
  .array(fc.oneof(fc.constantFrom(0, 32, 45, 50, 0xff), fc.integer({ min: 0, max: 255 })), {
    maxLength: 30,
  })
  .map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 10 && byte !== 13)));
const ftpReply: fc.Arbitrary<Reply> = fc
  .record({
    code: fc.integer({ min: 100, max: 699 }),
    lines: fc.array(replyLine, { minLength: 1, maxLength: 5 }),
  })
  .filter(({ code, lines }) => lines.slice(1, -1).every((line) => !endsReply(line, code)))
  .map(({ code, lines }) => ({ code, lines: withCodes(code, lines) }));

function endsReply(line: Buffer, code: number): boolean {
  const head = line.toString('latin1', 0, 4);
  return head === String(code) || head === `${code} `;
}

function withCodes(code: number, lines: Buffer[]): Buffer[] {
  const last = lines.length - 1;
  return lines.map((line, index) => {
    if (index === last) return Buffer.concat([Buffer.from(`${code} `), line]);
    return index === 0 ? Buffer.concat([Buffer.from(`${code}-`), line]) : line;
  });
}

function cutAt(input: Buffer, at: number[]): Buffer[] {
  const places = [
    0,
    ...at.map((place) => Math.min(place, input.length)).toSorted((a, b) => a - b),
    input.length,
  ];
  return places.slice(1).map((end, index) => input.subarray(places[index], end));
}

function readLines(chunks: Buffer[]): { lines: CommandLine[]; pending: number; discarded: number } {
  const reader = new CommandLineReader(20);
  const lines = chunks.flatMap((chunk) => reader.push(chunk));
  return { lines, pending: reader.pending, discarded: reader.discarded };
}

function readReplies(chunks: Buffer[]): { replies: Reply[]; fault: string; partial: boolean } {
  const reader = new ReplyReader({ line: 40, bytes: 100, lines: 5 });
  const replies: Reply[] = [];
  try {
    for (const chunk of chunks) replies.push(...reader.push(chunk));
  } catch (error) {
    assert.ok(error instanceof FtpSyntaxError);
    return { replies: [...replies, ...error.replies], fault: error.code, partial: reader.partial };
  }
  return { replies, fault: '', partial: reader.partial };
}

suite('FTP text', () => {
  test('no input makes a command line that contains CR, LF or NUL, or is over the bound', () => {
    fc.assert(
      fc.property(nastyBytes, (input) => {
        const { lines, pending } = readLines([input]);
        assert.ok(pending <= 20);
        for (const entry of lines) {
          if (entry.kind === 'fault') continue;
          assert.ok(entry.line.length <= 20);
          assert.ok(!entry.line.some((byte) => byte === 0 || byte === 10 || byte === 13));
        }
      }),
    );
  });

  test('any split of commands gives the same lines and faults', () => {
    fc.assert(
      fc.property(nastyBytes, cuts, (input, at) => {
        assert.deepEqual(readLines(cutAt(input, at)), readLines([input]));
      }),
    );
  });

  test('any split of replies gives the same replies and faults', () => {
    const stream = fc
      .array(fc.oneof(ftpReply.map(encodeReply), nastyBytes), { maxLength: 5 })
      .map((parts) => Buffer.concat(parts));
    fc.assert(
      fc.property(stream, cuts, (input, at) => {
        assert.deepEqual(readReplies(cutAt(input, at)), readReplies([input]));
      }),
    );
  });

  test('every command that can be written is read back', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Z]{1,8}$/), fc.option(nastyBytes), (verb, argument) => {
        const allowed = argument?.filter((byte) => byte !== 0 && byte !== 10 && byte !== 13);
        const [entry] = new CommandLineReader().push(formatCommand(verb, allowed));
        assert.ok(entry?.kind === 'line');
        const command = parseCommand(entry.line);
        assert.equal(command.verb, verb);
        assert.deepEqual(command.argument && [...command.argument], allowed && [...allowed]);
      }),
    );
  });

  test('every reply that can be written is read back, byte for byte', () => {
    fc.assert(
      fc.property(fc.array(ftpReply, { maxLength: 4 }), cuts, (replies, at) => {
        const reader = new ReplyReader();
        const input = Buffer.concat(replies.map(encodeReply));
        const got = cutAt(input, at).flatMap((chunk) => reader.push(chunk));
        assert.deepEqual(got, replies);
        assert.equal(reader.partial, false);
      }),
    );
  });

  test('no text of our own replies can end the reply early', () => {
    const text = fc.string({ unit: fc.constantFrom('2', '0', ' ', '-', '\r', '\n', '\0', 'ü') });
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 699 }), fc.array(text), (code, texts) => {
        const written = reply(code, texts);
        assert.deepEqual(new ReplyReader().push(encodeReply(written)), [written]);
      }),
    );
  });

  test('basic-ftp reads the same replies', () => {
    const text = fc.stringMatching(/^[A-Za-z(][A-Za-z0-9 ,()-]{0,20}$/);
    const texts = fc.array(text, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 100, max: 599 }), texts)), (rows) => {
        const replies = rows.map(([code, lines]) => reply(code, lines));
        const input = Buffer.concat(replies.map(encodeReply));
        const ours = new ReplyReader().push(input).map((one) => one.lines.join('\n'));
        const theirs = parseControlResponse(input.toString());
        assert.deepEqual(ours, theirs.messages);
        assert.equal(theirs.rest, '');
      }),
    );
  });

  test('every address form reads back what it wrote', () => {
    fc.assert(
      fc.property(ipv4, fc.ipV6(), port, (host, host6, number) => {
        const address = { host, port: number };
        assert.deepEqual(parsePasvReply(reply(227, formatPasv(address))), address);
        assert.equal(parseEpsvReply(reply(229, formatEpsv(number))), number);
        assert.deepEqual(parsePortArgument(Buffer.from(formatPortArgument(address))), address);
        const eprt = Buffer.from(formatEprtArgument(address));
        assert.deepEqual(parseEprtArgument(eprt), { family: 1, ...address });
        const eprt6 = Buffer.from(formatEprtArgument({ host: host6, port: number }));
        assert.deepEqual(parseEprtArgument(eprt6), { family: 2, host: host6, port: number });
      }),
    );
  });

  test('an edited FEAT is still one reply, and editing it again changes nothing', () => {
    const words = fc.constantFrom('AUTH', 'EPSV', 'MLST', 'PASV', 'PROT', 'SIZE');
    fc.assert(
      fc.property(
        fc.array(words),
        fc.uniqueArray(words),
        fc.uniqueArray(words),
        (has, remove, add) => {
          const before = reply(211, ['Features:', ...has.map((word) => ` ${word}`), 'End']);
          const kept = add.filter((word) => !remove.includes(word));
          const after = editFeat(before, new Set(remove), kept);
          assert.deepEqual(new ReplyReader().push(encodeReply(after)), [after]);
          assert.deepEqual(editFeat(after, new Set(remove), kept), after);
        },
      ),
    );
  });
});
