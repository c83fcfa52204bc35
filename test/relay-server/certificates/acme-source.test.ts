import assert from 'node:assert/strict';
import { before, test, type TestContext } from 'node:test';
import { AcmeSource } from '../../../relay-server/certificates/acme-source.ts';
import type { CertificateAuthority } from '../../../relay-server/certificates/authority.ts';
import { KeptFiles } from '../../../relay-server/certificates/kept-files.ts';
import { GangwayError } from '../../../shared/errors.ts';
import { CERTIFICATE_LIMITS } from '../../../relay-server/limits.ts';
import { testAuthority, type TestAuthority } from '../../support/certificates.ts';
import { freshDir } from '../fixtures.ts';
import { recordedLog } from './fixtures.ts';

const NAME = 'relay.example.org';
const { firstRetry, lastRetry } = CERTIFICATE_LIMITS;
let issuer: TestAuthority;
before(async () => {
  issuer = await testAuthority();
});

/** A source on a clock that can be moved, whose authority refuses the names that it is told to. */
function setting(t: TestContext) {
  const log = recordedLog();
  const clock = { at: Date.now() };
  const refused = new Set<string>();
  const asked: string[] = [];
  const authority: CertificateAuthority = {
    issue: (name) => {
      asked.push(name);
      if (!refused.has(name)) return issuer.issue({ names: [name] });
      return Promise.reject(new GangwayError('acme-refused', 'no', { remedy: 'Ask nicely.' }));
    },
  };
  let changes = 0;
  const source = new AcmeSource({
    authority,
    kept: new KeptFiles(freshDir(t)),
    changed: () => (changes += 1),
    logger: log.logger,
    now: () => clock.at,
  });
  t.after(() => source.close());
  return { source, clock, refused, asked, log, changes: () => changes };
}

const namesOf = (source: AcmeSource): string[] =>
  source.held.flatMap(({ facts }) => [...facts.names]);

test('one name is asked for at a time, and a refused one does not keep the next from its turn', async (t) => {
  const { source, refused, asked, log, changes } = setting(t);
  refused.add(NAME);
  await source.want([NAME, 'shop.example.org']);
  source.look();
  source.look();
  assert.deepEqual(asked, [NAME]);
  const failure = await log.next('acme-failed');
  assert.deepEqual([failure['code'], failure['remedy']], ['acme-refused', 'Ask nicely.']);
  // A failure is logged within the turn that frees the source for the next name.
  await new Promise(setImmediate);
  source.look();
  await log.next('acme-issued');
  assert.deepEqual(namesOf(source), ['shop.example.org']);
  assert.equal(changes(), 1);
});

test('after each failure the wait is doubled, to six hours; after a success it begins anew', async (t) => {
  const { source, clock, refused, asked, log } = setting(t);
  refused.add(NAME);
  await source.want([NAME]);
  const waits: unknown[] = [];
  for (let failures = 1; failures <= 11; failures += 1) {
    source.look();
    const { retryMs } = await log.next('acme-failed');
    waits.push(retryMs);
    await new Promise(setImmediate);
    clock.at += Number(retryMs) - 1;
    source.look();
    assert.equal(asked.length, failures, 'not a moment sooner');
    clock.at += 1;
  }
  assert.deepEqual(waits.slice(0, 3), [firstRetry, 2 * firstRetry, 4 * firstRetry]);
  assert.equal(waits.at(-1), lastRetry);
  refused.clear();
  source.look();
  await log.next('acme-issued');
});

test('a renewal that fails leaves the old certificate in use', async (t) => {
  const { source, clock, refused, log } = setting(t);
  await source.want([NAME]);
  source.look();
  await log.next('acme-issued');
  await new Promise(setImmediate);
  const [held] = source.held;
  refused.add(NAME);
  // It was issued 30 days ago for 60.
  clock.at += 15 * 86_400_000;
  source.look();
  await log.next('acme-failed');
  assert.equal(source.held[0], held);
});

test('a name that is no longer wanted is neither shown nor renewed, and comes back as it was', async (t) => {
  const { source, clock, asked, log } = setting(t);
  await source.want([NAME]);
  source.look();
  await log.next('acme-issued');
  await new Promise(setImmediate);
  const [held] = source.held;
  await source.want([]);
  clock.at += 15 * 86_400_000;
  source.look();
  assert.deepEqual([source.held.length, asked.length], [0, 1]);
  clock.at -= 15 * 86_400_000;
  await source.want([NAME]);
  assert.deepEqual(source.held[0], held);
});
