import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  encodeCommandLine,
  formatCommand,
  parseCommand,
  type TransferDirection,
  transferDirection,
  type VerbFacts,
  type VerbKind,
  VERBS,
} from '../../../shared/ftp/command.ts';
import { latin1 } from './splits.ts';

const PARSED: { line: string; verb: string; argument: string | undefined }[] = [
  { line: 'NOOP', verb: 'NOOP', argument: undefined },
  { line: 'noop', verb: 'NOOP', argument: undefined },
  { line: 'RETR a b ', verb: 'RETR', argument: 'a b ' },
  { line: 'RETR  a', verb: 'RETR', argument: ' a' },
  { line: 'RETR ', verb: 'RETR', argument: '' },
  { line: 'CWD -rf', verb: 'CWD', argument: '-rf' },
  { line: 'CWD |x', verb: 'CWD', argument: '|x' },
  { line: 'CWD \xe4\xff', verb: 'CWD', argument: '\xe4\xff' },
  { line: ' \tpasv', verb: 'PASV', argument: undefined },
  { line: 'PASV\t1', verb: 'PASV', argument: '1' },
  { line: '', verb: '', argument: undefined },
  { line: '   ', verb: '', argument: undefined },
  { line: 'g\xe9t x', verb: 'G\xe9T', argument: 'x' },
  { line: '__proto__ x', verb: '__PROTO__', argument: 'x' },
];

suite('commands', () => {
  for (const { line, verb, argument } of PARSED) {
    test(`case 76: ${JSON.stringify(line)} is taken apart and kept verbatim`, () => {
      const command = parseCommand(latin1(line));
      assert.equal(command.verb, verb);
      assert.equal(command.argument?.toString('latin1'), argument);
      assert.deepEqual(command.line, latin1(line));
    });
  }

  test('formatCommand writes text as UTF-8, bytes as they are, and CRLF', () => {
    assert.deepEqual(formatCommand('PASV'), latin1('PASV\r\n'));
    assert.deepEqual(formatCommand('RETR', 'ü b'), Buffer.from('RETR ü b\r\n'));
    assert.deepEqual(formatCommand('RETR', latin1('\xfc')), latin1('RETR \xfc\r\n'));
    assert.deepEqual(formatCommand('RETR', ''), latin1('RETR \r\n'));
  });

  test('a byte 255 is doubled for the Telnet of the receiver', () => {
    assert.deepEqual(
      formatCommand('CWD', latin1('\xffa\xff')),
      latin1('CWD \xff\xffa\xff\xff\r\n'),
    );
    assert.deepEqual(encodeCommandLine(latin1('cwd \xff')), latin1('cwd \xff\xff\r\n'));
  });

  for (const injection of ['a\r\nDELE b', 'a\nDELE b', 'a\r', 'a\0b']) {
    test(`no second command can be written: ${JSON.stringify(injection)}`, () => {
      assert.throws(() => formatCommand('RETR', injection), RangeError);
      assert.throws(() => formatCommand(injection), RangeError);
      assert.throws(() => encodeCommandLine(latin1(injection)), RangeError);
    });
  }

  test('transfer commands know their direction, and nothing else has one', () => {
    const expected: Record<string, TransferDirection> = {
      RETR: 'download',
      LIST: 'download',
      NLST: 'download',
      MLSD: 'download',
      STOR: 'upload',
      STOU: 'upload',
      APPE: 'upload',
    };
    for (const verb of [...VERBS.keys(), 'toString', '']) {
      assert.equal(
        transferDirection(verb),
        Object.hasOwn(expected, verb) ? expected[verb] : undefined,
        verb,
      );
    }
    assert.deepEqual(
      Object.keys(expected).filter((verb) => !VERBS.has(verb)),
      [],
    );
  });

  test('what the gateway must know of a verb', () => {
    const expected: [verb: string, kind: VerbKind, facts: Partial<VerbFacts>][] = [
      ['PASV', 'data-setup', { setup: 'passive' }],
      ['CPSV', 'data-setup', { setup: 'passive' }],
      ['EPRT', 'data-setup', { setup: 'active' }],
      ['PASS', 'login', { secret: true }],
      ['CCC', 'tls', {}],
      ['DELE', 'file', { changes: true }],
    ];
    for (const [verb, kind, facts] of expected)
      assert.deepEqual(VERBS.get(verb), { kind, ...facts });
  });

  test('the facts of a verb fit its kind', () => {
    for (const [verb, facts] of VERBS) {
      assert.equal(facts.direction !== undefined, facts.kind === 'transfer', verb);
      assert.equal(facts.setup !== undefined, facts.kind === 'data-setup', verb);
      if (facts.direction === 'upload') assert.equal(facts.changes, true, verb);
      assert.match(verb, /^[A-Z0-9]+$/);
    }
  });
});
