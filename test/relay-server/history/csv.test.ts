import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { csvHead, csvLine } from '../../../relay-server/history/csv.ts';
import { pastTransfer } from './fixtures.ts';

/** The fields of one line by RFC 4180 §2, read a character at a time. */
function fieldsOf(line: string): string[] {
  const fields = [''];
  let quoted = false;
  const put = (char: string): void => void (fields[fields.length - 1] += char);
  for (let i = 0; i < line.length; i++) {
    const char = line.charAt(i);
    if (!quoted && line.startsWith('\r\n', i))
      return i + 2 === line.length ? fields : ['two lines'];
    if (quoted && char === '"' && line[i + 1] === '"') put(line.charAt(i++));
    else if (char === '"') quoted = !quoted;
    else if (char === ',' && !quoted) fields.push('');
    else put(char);
  }
  return ['no end'];
}

const HEAD = fieldsOf(csvHead());
const NAME = HEAD.indexOf('name');

describe('transfers as CSV', () => {
  it('quotes what needs it and leaves the rest alone', () => {
    const line = csvLine(pastTransfer('t', { name: 'a "b", c\nd', size: 7 }));
    assert.match(line, /,"a ""b"", c\nd",download,100,7,226,yes,,s\r\n$/);
    assert.match(csvHead(), /^started,seconds,tunnel,client,[a-z,]+\r\n$/);
  });

  it('has times as ISO 8601 in UTC', () => {
    const [started, seconds] = fieldsOf(csvLine(pastTransfer('t', { startedAt: 0, ms: 1_234 })));
    assert.deepEqual([started, seconds], ['1970-01-01T00:00:00.000Z', '1.234']);
  });

  it('gives back every text as it was, or with an apostrophe before it', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('"', ',', '\r', '\n', '=', "'", ' ', 'a') }),
    );
    fc.assert(
      fc.property(text, (name) => {
        const fields = fieldsOf(csvLine(pastTransfer('t', { name })));
        assert.equal(fields.length, HEAD.length);
        const read = fields[NAME] ?? '';
        assert.ok(read === name || read === `'${name}`, JSON.stringify(read));
      }),
    );
  });

  for (const sign of [
    '=',
    '+',
    '-',
    '@',
    '\t',
    '\r',
    '\n',
    '\uff1d',
    '\uff0b',
    '\uff0d',
    '\uff20',
  ]) {
    it(`lets no text that begins with ${JSON.stringify(sign)} become a formula`, () => {
      const name = `${sign}cmd|' /C calc'!A0`;
      const own = { name, user: name, verb: name, broken: name, tunnel: name, session: name };
      const fields = fieldsOf(csvLine(pastTransfer('t', own)));
      assert.equal(fields.filter((field) => field === `'${name}`).length, 6);
      assert.deepEqual(
        fields.filter((field) => field.startsWith(sign)),
        [],
      );
    });
  }
});
