import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { CATALOGUE } from '../../../shared/diagnosis/catalogue/all.ts';
import { diagnose } from '../../../shared/diagnosis/diagnose.ts';
import type { Finding } from '../../../shared/diagnosis/finding.ts';
import type { DiagnosisContext } from '../../../shared/diagnosis/record.ts';
import { factsIn } from '../../../shared/diagnosis/words.ts';
import { contextOf, type Visit } from '../../support/visits.ts';
import { CASES } from './cases/all.ts';

function found(visit: Visit, context: Partial<DiagnosisContext> | undefined): Finding[] {
  return diagnose(visit.record, contextOf(context));
}

suite('each finding is yielded by what it says, and by nothing like it', () => {
  for (const { code, when, visit, context, facts, unless, healthy, healthyContext } of CASES) {
    test(`${code}: ${when}, unless ${unless}`, () => {
      const findings = found(visit, context);
      const finding = findings.find((one) => one.code === code);
      assert.ok(finding, `found instead: ${findings.map((one) => one.code).join(', ')}`);
      for (const [name, value] of Object.entries(facts ?? {})) {
        assert.deepEqual(finding.facts[name], value, name);
      }
      const others = found(healthy, healthyContext).map((one) => one.code);
      assert.ok(!others.includes(code), `no false alarm, but ${others.join(', ')}`);
    });
  }
});

suite('the catalogue', () => {
  test('has a case for each of its findings, and no other', () => {
    const provoked = [...new Set(CASES.map(({ code }) => code))].sort();
    assert.deepEqual(provoked, CATALOGUE.map(({ code }) => code).sort());
  });

  test('has unique codes in kebab case', () => {
    const codes = CATALOGUE.map(({ code }) => code);
    assert.equal(new Set(codes).size, codes.length);
    for (const code of codes) assert.match(code, /^[a-z]+(-[a-z]+)*$/);
  });

  test('finds every fact that its texts name', () => {
    for (const { code, visit, context } of CASES) {
      const cause = CATALOGUE.find((one) => one.code === code);
      const finding = found(visit, context).find((one) => one.code === code);
      assert.ok(cause && finding, code);
      const { what, why, webmaster, tell, remedy } = cause;
      const needed = [what, why, webmaster, tell, ...Object.values(remedy)].flatMap(factsIn);
      for (const name of needed) assert.ok(name in finding.facts, `${code} lacks ${name}`);
    }
  });
});

suite('a visit that goes on', () => {
  test('shows nothing while nothing is certain', () => {
    for (const { visit, context, code } of CASES) {
      const { record } = visit;
      const begun = { ...record, events: record.events.slice(0, 1) };
      if (begun.events.length === record.events.length) continue;
      const codes = diagnose(begun, contextOf(context)).map((one) => one.code);
      const shown = record.events[0]?.event.type;
      assert.deepEqual(codes, [], `${code} after ${shown}`);
    }
  });

  test('shows a fault before it is over', () => {
    const { record } = CASES.find(({ code }) => code === 'active-private-address')?.visit ?? {};
    assert.ok(record);
    const live = {
      ...record,
      events: record.events.filter(({ event }) => event.type !== 'closed'),
    };
    assert.deepEqual(
      diagnose(live, contextOf()).map(({ code }) => code),
      ['active-private-address'],
    );
  });
});
