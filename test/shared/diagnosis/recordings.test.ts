import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { recogniseProgram } from '../../../shared/diagnosis/client-program.ts';
import { diagnose } from '../../../shared/diagnosis/diagnose.ts';
import { timeline } from '../../../shared/diagnosis/timeline.ts';
import { contextOf } from '../../support/visits.ts';
import { recordings } from './recordings.ts';

/** How each recorded client is recognised. */
const PROGRAMS: Readonly<Record<string, readonly [program: string, name: RegExp | null]>> = {
  curl: ['curl', /^curl$/],
  lftp: ['lftp', /^lftp/],
  ncftp: ['generic', /^NcFTP/],
  tnftp: ['generic', /^tnftp$/],
  wget: ['generic', /^wget$/],
  ftplib: ['generic', /^Python's ftplib$/],
  'basic-ftp': ['generic', null],
};

suite('visits of real clients that went well', () => {
  for (const { visit, record } of recordings('healthy')) {
    test(`${visit}: no finding, and the right program`, () => {
      // Whatever else is known, a healthy visit shows nothing.
      for (const context of [
        contextOf(),
        contextOf({
          others: { arrived: 0, missed: 9 },
          agent: { drops: 9, awaySince: undefined, line: undefined },
        }),
      ]) {
        assert.deepEqual(diagnose(record, context), []);
      }
      const [program, name] = PROGRAMS[visit.split(' ')[0] ?? ''] ?? [];
      const recognised = recogniseProgram(record);
      assert.equal(recognised.program, program);
      if (name === null) assert.equal(recognised.name, null);
      else assert.match(recognised.name ?? '', name ?? /never/);
      assert.deepEqual(
        timeline(record).filter(({ fault }) => fault),
        [],
      );
    });

    test(`${visit}: no false alarm at any moment of it`, () => {
      for (let kept = 0; kept < record.events.length; kept += 1) {
        const live = { ...record, events: record.events.slice(0, kept) };
        assert.deepEqual(diagnose(live, contextOf()), [], `after ${kept} events`);
      }
    });
  }
});

suite('visits of real clients that failed', () => {
  for (const { visit, finding, record } of recordings('failing')) {
    test(`${visit}: ${finding}, and nothing else`, () => {
      const codes = diagnose(record, contextOf()).map(({ code }) => code);
      assert.deepEqual(codes, [finding]);
    });
  }
});
