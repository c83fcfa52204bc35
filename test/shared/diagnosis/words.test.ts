import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { array, assert as holds, constantFrom, property } from 'fast-check';
import { CATALOGUE } from '../../../shared/diagnosis/catalogue/all.ts';
import { cataloguePage } from '../../../shared/diagnosis/catalogue-page.ts';
import { recogniseProgram } from '../../../shared/diagnosis/client-program.ts';
import { diagnose } from '../../../shared/diagnosis/diagnose.ts';
import { catalogueEntries, explain } from '../../../shared/diagnosis/explain.ts';
import { CLIENT_PROGRAMS } from '../../../shared/diagnosis/programs.ts';
import type { RecordedEvent } from '../../../shared/diagnosis/record.ts';
import { timeline } from '../../../shared/diagnosis/timeline.ts';
import { CONTEXT, recordOf } from '../../support/diagnosed.ts';

const CLIENT = { host: '198.51.100.7', port: 40_000 };

/** One event of each kind that says most. */
const SAMPLES: RecordedEvent[] = [
  { type: 'opened', client: CLIENT },
  { type: 'greeted', code: 220, text: '220 ready' },
  { type: 'user', name: 'ann' },
  { type: 'command', verb: 'USER', argument: 'ann' },
  { type: 'command', verb: 'PASS' },
  { type: 'login-failed', code: 530, text: '530 no' },
  { type: 'logged-in', code: 230 },
  { type: 'command', verb: 'PORT', argument: '10,0,0,1,4,1' },
  { type: 'refused', verb: 'PORT', code: 500, text: 'no', why: 'behind-nat' },
  { type: 'passive-offered', verb: 'PASV', port: 50_001, host: '192.0.2.1' },
  { type: 'stranger', port: 50_001, from: { host: '203.0.113.9', port: 1 } },
  { type: 'transfer-started', verb: 'RETR', name: 'a', direction: 'download', size: 5 },
  {
    type: 'transfer-ended',
    verb: 'RETR',
    name: 'a',
    direction: 'download',
    bytes: 1,
    ms: 1500,
    code: 425,
    broken: { by: 'client', code: 'no-connection', reason: 'it did not come' },
  },
  { type: 'answered', verb: 'CWD', code: 550, ms: 3, text: 'no' },
  { type: 'other-protocol', protocol: 'ssh' },
  { type: 'turned-away', why: 'banned', code: 421, text: '421 banned' },
  { type: 'closed', by: 'client', code: 'quit', reason: 'quit', ms: 5000 },
];

describe('the words of the catalogue', () => {
  it('has at least 25 causes, each code once and in its one spelling', () => {
    const codes = CATALOGUE.map(({ code }) => code);
    assert.ok(codes.length >= 25, `${codes.length} causes`);
    assert.equal(new Set(codes).size, codes.length);
    for (const code of codes) assert.match(code, /^[a-z]+(-[a-z]+)*$/);
  });

  it('has whole sentences for the users of every program, without gaps', () => {
    for (const { code } of CATALOGUE) {
      for (const program of CLIENT_PROGRAMS) {
        const { title, what, why, tellUser, webmaster } = explain(
          { code, at: 0, facts: {} },
          program,
        );
        for (const text of [why, tellUser, webmaster]) assert.match(text, /[.!)]$/, code);
        for (const text of [what, why, tellUser, webmaster]) {
          assert.doesNotMatch(text, /undefined|NaN|\[object/, `${code}: ${text}`);
        }
        assert.ok(title.length > 5 && title.length < 90, title);
      }
    }
  });

  it('names the facts that were found', () => {
    const facts = { named: '192.168.1.7', seen: '8.8.8.8', port: 21 };
    const { what } = explain({ code: 'active-behind-nat', at: 0, facts }, 'curl');
    assert.match(what, /192\.168\.1\.7.*8\.8\.8\.8/);
  });

  it('says how to switch each program to passive mode, and which cannot', () => {
    const told = (program: (typeof CLIENT_PROGRAMS)[number]): string =>
      explain({ code: 'active-behind-nat', at: 0, facts: {} }, program).tellUser;
    assert.match(told('filezilla'), /Edit > Settings/);
    assert.match(told('lftp'), /set ftp:passive-mode on/);
    assert.match(told('ftp-exe'), /cannot do passive mode at all/);
  });

  it('explains a code of another version without failing', () => {
    const { what } = explain({ code: 'from-the-future', at: 0, facts: { port: 7 } }, 'curl');
    assert.match(what, /port 7/);
  });

  it('is the page of the documentation; npm run docs:findings writes it', () => {
    const page = new URL('../../../deploy/docs/findings.md', import.meta.url);
    assert.equal(readFileSync(page, 'utf8'), cataloguePage(catalogueEntries()));
  });
});

describe('diagnosis of anything', () => {
  const event = constantFrom(...SAMPLES);

  it('never fails and says the same again, whatever happened in whatever order', () => {
    holds(
      property(array(event, { maxLength: 40 }), (events) => {
        const visit = recordOf(events);
        const found = diagnose(visit, CONTEXT);
        assert.deepEqual(diagnose(visit, CONTEXT), found);
        for (const finding of found) explain(finding, recogniseProgram(visit).program);
        timeline(visit);
      }),
    );
  });
});

describe('the story of a visit', () => {
  it('tells what both sides did, without secrets', () => {
    const story = timeline(recordOf(SAMPLES));
    const texts = story.map(({ side, text }) => `${side} ${text}`);
    assert.ok(texts.includes('client wants to log in as "ann"'));
    assert.ok(texts.includes('client sent a password'));
    assert.ok(texts.includes('relay answered PASV: connect to 192.0.2.1 port 50001'));
    assert.ok(texts.includes('client said goodbye after 5.0 s'));
    assert.ok(texts.some((text) => text.includes('RETR "a" ended after 1 bytes with 425')));
    const faults = story.filter(({ fault }) => fault).map(({ text }) => text);
    assert.ok(faults.includes('refused the login: 530 no'));
    assert.ok(!faults.some((text) => text.includes('password')));
  });
});

describe('programs', () => {
  const said = (...commands: string[]) =>
    recogniseProgram(
      recordOf(
        commands.map((line): RecordedEvent => {
          const [verb = '', ...rest] = line.split(' ');
          return rest.length === 0
            ? { type: 'command', verb }
            : { type: 'command', verb, argument: rest.join(' ') };
        }),
      ),
    );

  it('are known by the name they give', () => {
    assert.deepEqual(said('USER a', 'PASS', 'CLNT FileZilla 3.66.5'), {
      program: 'filezilla',
      name: 'FileZilla 3.66.5',
      sure: true,
    });
    assert.deepEqual(said('CLNT Scanner 7'), {
      program: 'generic',
      name: 'Scanner 7',
      sure: false,
    });
  });

  const habits = [
    ['curl', ['USER a', 'PASS', 'PWD', 'EPSV', 'TYPE A', 'LIST']],
    ['lftp', ['FEAT', 'AUTH TLS', 'USER a', 'PASS', 'PWD', 'EPSV', 'LIST']],
    [
      'filezilla',
      ['AUTH TLS', 'AUTH SSL', 'USER a', 'PASS', 'SYST', 'FEAT', 'PWD', 'TYPE I', 'PASV', 'MLSD'],
    ],
    ['ftp-exe', ['OPTS UTF8 ON', 'USER a', 'PASS', 'PORT 1,2,3,4,5,6', 'LIST']],
    ['explorer', ['USER a', 'PASS', 'OPTS utf8 on', 'SYST', 'SITE help', 'PWD', 'CWD /']],
    ['generic', ['USER a', 'PASS', 'STAT']],
  ] as const;
  for (const [program, commands] of habits) {
    it(`are guessed by their habits: ${program}`, () => {
      const found = said(...commands);
      assert.deepEqual([found.program, found.sure], [program, false]);
    });
  }
});
