import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { recogniseProgram } from '../../shared/diagnosis/client-program.ts';
import { diagnose } from '../../shared/diagnosis/diagnose.ts';
import { explain } from '../../shared/diagnosis/explain.ts';
import type { LinePattern } from '../../shared/diagnosis/line-pattern.ts';
import { CLIENT_PROGRAMS } from '../../shared/diagnosis/programs.ts';
import type {
  DiagnosisContext,
  RecordedEvent,
  SessionRecord,
} from '../../shared/diagnosis/record.ts';
import { timeline } from '../../shared/diagnosis/timeline.ts';
import { DIAGNOSIS_LIMITS } from '../../shared/limits.ts';
import { contextOf } from '../support/visits.ts';

const SECRET = 'opensesame';
const verb = fc.constantFrom(
  ...'USER PASS ACCT ADAT AUTH PBSZ PROT PASV EPSV PORT EPRT RETR STOR LIST SIZE CWD DELE NOOP CLNT QUIT'.split(
    ' ',
  ),
  '',
  '{verb}',
);
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom(
    '{client}',
    '\u001b[2J',
    '\ud800',
    'x'.repeat(5000),
    'No such file',
    'TLS required',
  ),
);
const code = fc.constantFrom(120, 220, 226, 230, 331, 421, 425, 426, 452, 500, 522, 530, 550, 553);
const ms = fc.oneof(fc.nat(20), fc.nat(2_000_000));
const host = fc.constantFrom('198.51.100.7', '203.0.113.9', '192.168.1.7', '2001:db8::7');
const port = fc.constantFrom(21, 990, 2121, 50_000, 50_017);
const place = fc.record({ host, port });
const by = fc.constantFrom('client', 'server', 'tunnel', 'gateway');
const endCode = fc.constantFrom(
  ...'quit client-closed server-closed server-limit idle login-timeout ECONNRESET ETIMEDOUT link-lost'.split(
    ' ',
  ),
  ...'connect-refused tls-failed no-connection client-unreachable stalled aborted never-came killed'.split(
    ' ',
  ),
);
const why = fc.constantFrom(
  ...'behind-nat foreign-address tls-required active-not-allowed read-only wrong-family offline banned'.split(
    ' ',
  ),
  'the FTP server said: 530 no',
);
const direction = fc.constantFrom('upload', 'download');
const broken = fc.option(fc.record({ by, code: endCode, reason: text }), { nil: undefined });

/** Events as a relay may record them, in any order, with anything in them that comes from outside. */
const event: fc.Arbitrary<RecordedEvent> = fc.oneof(
  fc.record({ type: fc.constant('opened'), client: place }),
  fc.record({ type: fc.constant('greeted'), code, text }),
  fc.record({ type: fc.constant('user'), name: text }),
  fc.record({ type: fc.constant('logged-in'), code }),
  fc.record({ type: fc.constant('login-failed'), code, text }),
  fc
    .record({ type: fc.constant('command'), verb, argument: text })
    .map((one) => (/^(ACCT|ADAT|PASS)$/.test(one.verb) ? { ...one, argument: SECRET } : one)),
  fc.record({ type: fc.constant('answered'), verb, code, ms, text }),
  fc.record({ type: fc.constant('size'), name: text, bytes: fc.maxSafeNat() }),
  fc.record({ type: fc.constant('unclosed') }),
  fc.record({ type: fc.constant('bad-line'), fault: text }),
  fc.record({ type: fc.constant('refused'), verb, code, text, why }),
  fc.record({ type: fc.constant('passive-offered'), verb, port, host }),
  fc.record({ type: fc.constant('active-offered'), verb, port, host }),
  fc.record({ type: fc.constant('setup-failed'), verb, text }),
  fc.record({ type: fc.constant('stranger'), port, from: place }),
  fc.record({ type: fc.constant('data-accepted'), port, from: place }),
  fc.record({ type: fc.constant('data-dialled'), host, port, localPort: port }),
  fc.record({ type: fc.constant('transfer-started'), verb, name: text, direction }),
  fc.record({
    type: fc.constant('transfer-ended'),
    verb,
    name: text,
    direction,
    bytes: fc.maxSafeNat(),
    ms,
    code,
    broken,
  }),
  fc.record({ type: fc.constant('closed'), by, code: endCode, reason: text, ms }),
  fc.record({ type: fc.constant('turned-away'), why, code, text }),
  fc.record({ type: fc.constant('reception-failed'), why, user: text }),
  fc.record({ type: fc.constant('handshake-failed'), reason: text }),
  fc.record({ type: fc.constant('line-lost') }),
  fc.record({ type: fc.constant('line-back'), ms }),
) as fc.Arbitrary<RecordedEvent>;

const record: fc.Arbitrary<SessionRecord> = fc
  .record({
    client: place,
    port,
    omitted: fc.nat(3),
    steps: fc.array(fc.tuple(ms, event), { maxLength: 40 }),
  })
  .map(({ steps, ...rest }) => {
    let at = Date.UTC(2026, 0, 31);
    const events = steps.map(([after, one]) => ({ at: (at += after), event: one }));
    return { id: 'any', ...rest, events };
  });
const pattern: fc.Arbitrary<LinePattern | undefined> = fc.option(
  fc.oneof(
    fc.record({
      is: fc.constant('daily' as const),
      minute: fc.nat(1439),
      days: fc.integer({ min: 3, max: 7 }),
      losses: fc.nat(99),
    }),
    fc.record({ is: fc.constant('regular' as const), every: ms, losses: fc.nat(8) }),
    fc.record({ is: fc.constant('often' as const), losses: fc.nat(99) }),
  ),
  { nil: undefined },
);
const context: fc.Arbitrary<DiagnosisContext> = fc
  .record({
    others: fc.record({ arrived: fc.nat(3), missed: fc.nat(3) }),
    namedBefore: fc.array(host, { maxLength: 2 }),
    failedLogins: fc.nat(10),
    agent: fc.record({ drops: fc.nat(5), awaySince: fc.constant(undefined), line: pattern }),
    certificate: fc.constantFrom('vouched', 'self-signed', 'expired'),
  })
  .map(contextOf);
const program = fc.constantFrom(...CLIENT_PROGRAMS);
/** Longest text of a cause, with all of its facts at their longest. */
const LONGEST = 20 * DIAGNOSIS_LIMITS.factText;
/** Control characters and halves of characters, which break pages and terminals. */
const UNSHOWABLE = /[\p{Cc}\p{Cs}]/u;

test('whatever happens in a visit, diagnosis yields the same findings twice, each once, in words', () => {
  fc.assert(
    fc.property(record, context, program, (visit, known, of) => {
      const before = JSON.stringify(visit);
      const findings = diagnose(visit, known);
      assert.deepEqual(diagnose(visit, known), findings);
      assert.equal(JSON.stringify(visit), before);
      assert.equal(new Set(findings.map((one) => one.code)).size, findings.length);
      for (const finding of findings) {
        const { title, what, why: reason, tellUser, webmaster } = explain(finding, of);
        for (const said of [title, what, reason, tellUser, webmaster]) {
          assert.doesNotMatch(said, /not known\)/, finding.code);
          assert.doesNotMatch(said, UNSHOWABLE, finding.code);
          assert.ok(said.length > 0 && said.length <= LONGEST, finding.code);
        }
      }
    }),
    { numRuns: 1000 },
  );
});

test('whatever happens in a visit, its story is told in order, without secrets, fit for a page', () => {
  fc.assert(
    fc.property(record, (visit) => {
      const steps = timeline(visit);
      assert.deepEqual(timeline(visit), steps);
      assert.ok(steps.length <= visit.events.length);
      for (const [index, step] of steps.entries()) {
        assert.ok(step.at >= (steps[index - 1]?.at ?? 0));
        assert.doesNotMatch(step.text, UNSHOWABLE);
        assert.ok(!step.text.includes(SECRET), step.text);
      }
      assert.ok(!JSON.stringify(recogniseProgram(visit)).includes(SECRET));
    }),
    { numRuns: 1000 },
  );
});
