import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { editFeat } from '../../../shared/ftp/feat.ts';
import { reply, type Reply } from '../../../shared/ftp/reply.ts';
import { latin1 } from './splits.ts';

function raw(...lines: string[]): Reply {
  return { code: Number(lines[0]?.slice(0, 3)), lines: lines.map(latin1) };
}

function edit(before: Reply, remove: string[], add: string[]): string[] {
  return editFeat(before, new Set(remove), add).lines.map((line) => line.toString('latin1'));
}

suite('FEAT', () => {
  test('case 79: features go by their first word, the rest stays verbatim', () => {
    const before = raw(
      '211-Extensions:',
      ' auth TLS',
      ' MLST type*;size*;',
      '  \xe4 odd',
      ' PROT',
      '211 END',
    );
    assert.deepEqual(edit(before, ['AUTH', 'PROT'], []), [
      '211-Extensions:',
      ' MLST type*;size*;',
      '  \xe4 odd',
      '211 END',
    ]);
  });

  test('what is missing is added once, with one leading space', () => {
    const before = raw('211-F', ' EPSV', ' rest STREAM', '211 End');
    assert.deepEqual(edit(before, [], ['EPSV', 'PASV', 'REST STREAM']), [
      '211-F',
      ' EPSV',
      ' rest STREAM',
      ' PASV',
      '211 End',
    ]);
  });

  test('what is removed can be added in another form', () => {
    const before = raw('211-F', ' AUTH SSL', '211 End');
    assert.deepEqual(edit(before, ['AUTH'], ['AUTH TLS']), ['211-F', ' AUTH TLS', '211 End']);
  });

  test('a server that writes 211- before each feature', () => {
    const before = raw('211-F', '211-EPSV', '211-AUTH TLS', '211 End');
    assert.deepEqual(edit(before, ['AUTH'], ['EPSV']), ['211-F', '211-EPSV', '211 End']);
  });

  test('a server without features', () => {
    const listed = ['211-Features:', ' EPSV', '211 End'];
    assert.deepEqual(edit(reply(500, 'What?'), [], ['EPSV']), listed);
    assert.deepEqual(edit(reply(502, 'No.'), [], ['EPSV']), listed);
    assert.deepEqual(edit(reply(211, 'No features'), [], ['EPSV']), listed);
    assert.deepEqual(edit(reply(500, 'What?'), [], []), ['500 What?']);
    assert.deepEqual(edit(reply(211, 'No features'), [], []), ['211 No features']);
  });

  test('any other refusal stays', () => {
    assert.deepEqual(edit(reply(530, 'Log in.'), [], ['EPSV']), ['530 Log in.']);
    assert.deepEqual(edit(reply(421, 'Bye.'), [], ['EPSV']), ['421 Bye.']);
  });
});
