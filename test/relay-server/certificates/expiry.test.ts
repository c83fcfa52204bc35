import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ExpiryWatch, expiryOf } from '../../../relay-server/certificates/expiry.ts';
import { checkIdentity, type Held } from '../../../relay-server/certificates/held.ts';
import { testAuthority } from '../../support/certificates.ts';
import { countOf, recordedLog } from './fixtures.ts';

const DAY_MS = 86_400_000;
/** A whole second, as certificates have no smaller ones. */
const START = Math.floor(Date.now() / 1000) * 1000;
const END = START + 90 * DAY_MS;
let file: Held;
let acme: Held;

before(async () => {
  const authority = await testAuthority();
  const { cert, key } = await authority.issue({
    names: ['ftp.example.org'],
    notBefore: new Date(START),
    notAfter: new Date(END),
  });
  const checked = checkIdentity({ cert, key }, START);
  assert.ok(checked.ok);
  const { facts } = checked;
  file = { identity: { cert, key }, facts, source: 'file', renewal: 'Renew it.' };
  acme = { ...file, source: 'acme' };
});

test('a certificate is a finding from 14 days before its end, and another from its end on', () => {
  assert.equal(expiryOf(file, END - 14 * DAY_MS - 1000), undefined);
  const soon = expiryOf(file, END - 14 * DAY_MS);
  assert.equal(soon?.state, 'expiring');
  assert.equal(soon.daysLeft, 14);
  assert.match(soon.finding, /ftp\.example\.org ends on \d{4}-\d\d-\d\d\. Renew it\./);
  assert.equal(expiryOf(file, END - 1000)?.state, 'expiring');
  const ended = expiryOf(file, END);
  assert.equal(ended?.state, 'expired');
  assert.match(ended.finding, /ended on/);
});

test('one whose whole life is short is no finding while its renewal is not late', () => {
  const facts = { ...acme.facts, notBefore: END - 12 * DAY_MS };
  const short = { ...acme, facts };
  assert.equal(expiryOf(short, END - 3 * DAY_MS), undefined);
  assert.equal(expiryOf(short, END - 2 * DAY_MS)?.state, 'expiring');
  assert.equal(expiryOf({ ...file, facts }, END - 3 * DAY_MS)?.state, 'expiring');
});

test('the log warns once a day, and has an error once a day when it is over', () => {
  const log = recordedLog();
  const watch = new ExpiryWatch(log.logger);
  const told = (): number[] =>
    ['certificate-expiring', 'certificate-expired'].map((event) => countOf(log, event));
  watch.look([file], END - 20 * DAY_MS);
  assert.deepEqual(told(), [0, 0]);
  watch.look([file], END - 2 * DAY_MS);
  watch.look([file], END - 2 * DAY_MS + 1000);
  assert.deepEqual(told(), [1, 0]);
  watch.look([file], END - DAY_MS);
  assert.deepEqual(told(), [2, 0]);
  watch.look([file], END);
  watch.look([file], END + 1000);
  assert.deepEqual(told(), [2, 1]);
  watch.look([file], END + DAY_MS);
  assert.deepEqual(told(), [2, 2]);
  const [warning, error] = [log.lines[0], log.lines.at(-1)];
  assert.deepEqual([warning?.['level'], error?.['level']], [40, 50]);
  const { names, source, daysLeft, remedy } = warning ?? {};
  assert.deepEqual(
    [names, source, daysLeft, remedy],
    [['ftp.example.org'], 'file', 2, 'Renew it.'],
  );
});
