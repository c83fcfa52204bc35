import assert from 'node:assert/strict';
import { test } from 'node:test';
import { facts, moment, table } from '../../../relay-server/cli/table.ts';

test('columns are aligned and lines have no blanks at their end', () => {
  const text = table(['NAME', 'X'], [['a', '1'], ['longer', ''], ['b']]);
  assert.equal(text, 'NAME    X\na       1\nlonger\nb');
});

test('what strangers named cannot draw on the terminal', () => {
  assert.equal(table(['N'], [['a\u001b[2J\nb']]), 'N\na?[2J?b');
  assert.equal(
    facts([
      ['name', 'a\rb'],
      ['x', 'y'],
    ]),
    'name  a?b\nx     y',
  );
});

test('moments are UTC', () => {
  assert.equal(moment(0), '1970-01-01 00:00:00 UTC');
  assert.equal(moment(null), 'never');
});
