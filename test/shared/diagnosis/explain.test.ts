import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { CATALOGUE } from '../../../shared/diagnosis/catalogue/all.ts';
import { diagnose } from '../../../shared/diagnosis/diagnose.ts';
import { catalogueText, explain } from '../../../shared/diagnosis/explain.ts';
import type { Finding } from '../../../shared/diagnosis/finding.ts';
import { CLIENT_PROGRAMS } from '../../../shared/diagnosis/programs.ts';
import { contextOf, Visit } from '../../support/visits.ts';
import { CASES } from './cases/all.ts';

const PLACEHOLDER = /\{[a-z]|[‹›]|undefined|\bNaN\b|not known\)/;
const SENTENCE = /^[A-Z].*[.?!:)"]$|^[A-Z].*: .+$/s;

/** A finding of each cause, as it is really made. */
function findingOf(code: string): Finding {
  const found = CASES.filter((one) => one.code === code).flatMap(({ visit, context }) =>
    diagnose(visit.record, contextOf(context)),
  );
  const finding = found.find((one) => one.code === code);
  assert.ok(finding, code);
  return finding;
}

suite('every finding in words', () => {
  for (const { code } of CATALOGUE) {
    test(`${code}: complete for each program`, () => {
      const finding = findingOf(code);
      for (const program of CLIENT_PROGRAMS) {
        const explanation = explain(finding, program);
        const { title, what, why, tellUser, webmaster } = explanation;
        for (const text of [title, what, why, tellUser, webmaster]) {
          assert.ok(text.length > 10, `${program}: ${text}`);
          assert.doesNotMatch(text, PLACEHOLDER, program);
          assert.doesNotMatch(text, / {2}|\.\.|\n/, program);
        }
        for (const text of [why, tellUser, webmaster]) assert.match(text, SENTENCE, program);
        assert.equal(explanation.program, program);
      }
    });
  }

  test('names where to click or what to type', () => {
    const finding = findingOf('active-private-address');
    assert.match(explain(finding, 'filezilla').tellUser, /Edit > Settings > Connection > FTP/);
    assert.match(explain(finding, 'lftp').tellUser, /set ftp:passive-mode on/);
    assert.match(explain(finding, 'curl').tellUser, /--ftp-pasv/);
    assert.match(explain(finding, 'explorer').tellUser, /Use Passive FTP/);
    assert.match(explain(finding, 'ftp-exe').tellUser, /another program/);
    assert.match(explain(finding, 'finder').tellUser, /only read/);
  });

  test('names the addresses, ports and times of the visit', () => {
    const { what, tellUser } = explain(findingOf('passive-blocked-at-client'), 'winscp');
    assert.match(what, /198\.51\.100\.7.*port 50017.*60 seconds.*12 data connections/);
    assert.match(tellUser, /50000 to 50063/);
  });

  test('says how often it happened', () => {
    const { record } = new Visit()
      .login()
      .ask('DELE a', 550, 'Permission denied.')
      .ask('DELE b', 550, 'Permission denied.');
    const [finding] = diagnose(record, contextOf());
    assert.ok(finding);
    assert.match(explain(finding, 'generic').what, /It happened 2 times in this visit\.$/);
  });

  test('takes what a client or server said for text, never for a placeholder', () => {
    const { record } = new Visit()
      .greeted()
      .failedLogin(530, 'Login {client} incorrect.', '{code}');
    const [finding] = diagnose(record, contextOf());
    assert.ok(finding);
    const { what } = explain(finding, 'generic');
    assert.match(what, /login of \{code\} from 198\.51\.100\.7: 530 Login \{client\} incorrect\./);
  });

  test('exists for a finding of another version', () => {
    const { title, what } = explain({ code: 'from-the-future', at: 0, facts: {} }, 'curl');
    assert.match(title, /does not know/);
    assert.match(what, /from-the-future/);
  });

  test('exists for nobody in particular, with facts named', () => {
    for (const cause of CATALOGUE) {
      const { why, webmaster, tellUser } = catalogueText(cause);
      for (const text of [why, webmaster, ...Object.values(tellUser)]) {
        assert.doesNotMatch(text, /\{[a-z]/, cause.code);
      }
    }
  });
});
