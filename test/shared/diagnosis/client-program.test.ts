import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { recogniseProgram } from '../../../shared/diagnosis/client-program.ts';
import type { ClientProgram } from '../../../shared/diagnosis/programs.ts';
import { Visit } from '../../support/visits.ts';

/** The commands of a visit, as one line with bars between. */
function commands(line: string): Visit {
  const visit = new Visit().greeted();
  for (const command of line.split(' | ')) visit.ask(command, 200);
  return visit;
}

const NAMES: readonly (readonly [string, ClientProgram])[] = [
  ['FileZilla', 'filezilla'],
  ['WinSCP-release-6.3.5', 'winscp'],
  ['Total Commander (UTF-8)', 'total-commander'],
  ['FlashFXP 5.4.0', 'flashfxp'],
  ['CuteFTP 9.3', 'cuteftp'],
  ['lftp/4.9.2', 'lftp'],
  ['SomethingElse 1', 'generic'],
];

/** Beginnings by habit, none of which is certain unless marked. */
const HABITS: readonly (readonly [string, ClientProgram, 'sure' | 'guess'])[] = [
  ['USER a | PASS | opts utf8 on | syst | SITE help | PWD | NOOP', 'explorer', 'sure'],
  ['OPTS UTF8 ON | USER a | PASS | PORT 1,2,3,4,5,6 | NLST', 'ftp-exe', 'guess'],
  ['USER a | PASS | XPWD', 'ftp-exe', 'guess'],
  ['AUTH TLS | AUTH SSL | USER a | PASS', 'filezilla', 'guess'],
  ['AUTH TLS | USER a | PASS | SYST | FEAT | OPTS UTF8 ON | PBSZ 0', 'filezilla', 'guess'],
  ['USER a | PASS | SYST | FEAT | OPTS UTF8 ON | PWD | TYPE A', 'winscp', 'guess'],
  ['USER a | PASS | SYST | FEAT | PWD | TYPE A | PASV | LIST', 'total-commander', 'guess'],
  ['USER a | PASS | FEAT | PWD | TYPE A | PASV | LIST -al', 'flashfxp', 'guess'],
  ['USER a | PASS | SYST | PWD | TYPE A | EPSV | LIST', 'finder', 'guess'],
  ['FEAT | AUTH TLS | HOST x | USER a', 'lftp', 'guess'],
  ['USER a | PASS | PWD | CWD pub | EPSV | PASV | TYPE I | SIZE x | RETR x', 'curl', 'sure'],
  ['USER a | PASS | CDUP | STAT', 'generic', 'guess'],
];

suite('the program of a client', () => {
  for (const [name, program] of NAMES) {
    test(`is what it calls itself: ${name}`, () => {
      const { record } = new Visit().login().ask(`CLNT ${name}`, 200);
      assert.deepEqual(recogniseProgram(record), { program, name, sure: true });
    });
  }

  for (const [line, program, certainty] of HABITS) {
    test(`is ${program} by habit: ${line}`, () => {
      const recognised = recogniseProgram(commands(line).record);
      assert.equal(recognised.program, program);
      assert.equal(recognised.sure, certainty === 'sure');
    });
  }

  test('is not known before it has said anything', () => {
    const nobody = { program: 'generic', name: null, sure: false };
    assert.deepEqual(recogniseProgram(new Visit().greeted().record), nobody);
  });

  test('is shown without control characters and in bounded length', () => {
    const { record } = new Visit().ask(`CLNT File\u001b[31mZilla${'x'.repeat(5000)}`, 200);
    const { name } = recogniseProgram(record);
    assert.match(name ?? '', /^File\?\[31mZillax+$/);
    assert.ok((name ?? '').length <= 200);
  });
});
