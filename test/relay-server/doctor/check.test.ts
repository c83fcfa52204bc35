import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CheckBook, ok } from '../../../relay-server/doctor/check.ts';
import { openInFirewall, portRanges } from '../../../relay-server/doctor/firewall-words.ts';
import type { CheckView } from '../../../relay-server/views/doctor.ts';
import { GangwayError } from '../../../shared/errors.ts';

function book(signal = new AbortController().signal): { book: CheckBook; made: CheckView[] } {
  const made: CheckView[] = [];
  return { made, book: new CheckBook(signal, (check) => made.push(check)) };
}

test('a check is told with what was done, and nothing in it moves a terminal', async () => {
  const { book: one, made } = book();
  await one.make('clock', 'Asked.', async () => ok('all\u001b[2J well'));
  const told = { result: 'ok', did: 'Asked.', saw: 'all?[2J well', remedy: null };
  const check = { code: 'clock', area: 'outside', title: 'Clocks', ...told };
  assert.deepEqual(
    made.map(({ ms, ...rest }) => [ms >= 0, rest]),
    [[true, check]],
  );
});

test('a failure that was not expected is a failed check with its remedy, and the next is made', async () => {
  const { book: one, made } = book();
  const remedy = 'Start it.';
  await one.make('clock', 'Asked.', () =>
    Promise.reject(new GangwayError('agent-silent', 'it is silent', { remedy })),
  );
  await one.make('dns-name', 'Asked.', async () => ok('fine'));
  assert.deepEqual(
    made.map(({ result, saw, remedy: what }) => [result, saw, what]),
    [
      ['failed', 'it is silent', remedy],
      ['ok', 'fine', null],
    ],
  );
});

test('when the run ends, checks under way are skipped with the reason, and later ones not begun', async () => {
  const ending = new AbortController();
  const { book: one, made } = book(ending.signal);
  const under = one.make('clock', 'Asked.', () => new Promise(() => {}));
  ending.abort(new GangwayError('relay-stopping', 'the relay was stopped'));
  await under;
  await one.make('dns-name', 'Asked.', () => assert.fail('it was begun'));
  assert.deepEqual(
    made.map(({ result, saw }) => [result, saw]),
    [
      ['skipped', 'the relay was stopped'],
      ['skipped', 'the relay was stopped'],
    ],
  );
});

test('ports are written as ranges, and the rule names exactly those', () => {
  assert.equal(portRanges([50_003, 50_000, 50_001, 50_007, 50_002]), '50000-50003, 50007');
  assert.equal(portRanges([]), '');
  assert.match(openInFirewall(50_000, 50_063), /ufw allow 50000:50063\/tcp.*dport 50000-50063 acc/);
  assert.match(openInFirewall(21, 21), /port 21 .*ufw allow 21\/tcp.*dport 21 accept/);
});
