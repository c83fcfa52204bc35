import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Admission } from '../../relay-server/admission.ts';
import { changedPolicy, DEFAULT_POLICY, type PolicyChanges } from '../../relay-server/policy.ts';

const withPolicy = (changes: PolicyChanges): Admission =>
  new Admission(changedPolicy(DEFAULT_POLICY, changes));

const said = (refusal: ReturnType<Admission['banned']>): string =>
  refusal === undefined ? 'in' : `${refusal.why} ${refusal.reply.lines[0]?.toString()}`;

test('by default everybody may come', () => {
  const admission = withPolicy({});
  for (const address of ['192.0.2.1', '2001:db8::1']) {
    assert.equal(admission.banned(address), undefined);
    assert.equal(admission.crowded(address), undefined);
  }
});

test('an allow list lets in its networks only, and a deny list takes some of them out', () => {
  const admission = withPolicy({ allow: ['192.0.2.0/24'], deny: ['192.0.2.7/32'] });
  assert.equal(said(admission.banned('192.0.2.1')), 'in');
  assert.equal(said(admission.banned('::ffff:192.0.2.1')), 'in');
  assert.match(said(admission.banned('192.0.2.7')), /^address-not-allowed 421 .*192\.0\.2\.7/);
  assert.match(said(admission.banned('2001:db8::1')), /2001:db8::1 is not allowed here/);
  assert.match(said(admission.banned('')), /^address-not-allowed/);
});

test('servers to exchange files with are those of the list who are not denied', () => {
  const admission = withPolicy({ allow: ['192.0.2.0/24'], fxp: ['198.51.100.0/24'] });
  assert.ok(admission.fxp('198.51.100.7'), 'it need not be a client that is allowed');
  assert.ok(!admission.fxp('192.0.2.1'));
  admission.adopt(
    changedPolicy(DEFAULT_POLICY, { deny: ['198.51.100.7/32'], fxp: ['198.51.100.0/24'] }),
  );
  assert.ok(!admission.fxp('::ffff:198.51.100.7'));
  assert.ok(admission.fxp('::ffff:198.51.100.8'));
  assert.ok(!withPolicy({}).fxp('198.51.100.7'));
});

test('sessions are counted in all and by address, and given back once', () => {
  const admission = withPolicy({ maxSessions: 3, maxSessionsPerAddress: 2 });
  const leave = [admission.enter('192.0.2.1'), admission.enter('192.0.2.1')];
  assert.match(
    said(admission.crowded('192.0.2.1')),
    /^max-sessions-per-address 421 .*address: at most 2/,
  );
  assert.equal(said(admission.crowded('192.0.2.2')), 'in');
  leave.push(admission.enter('192.0.2.2'));
  assert.match(said(admission.crowded('192.0.2.3')), /^max-sessions 421 .*at most 3/);
  for (const each of leave) each();
  assert.equal(said(admission.crowded('192.0.2.1')), 'in');
});

test('another policy counts the sessions that are there', () => {
  const admission = withPolicy({});
  const leave = admission.enter('192.0.2.1');
  admission.adopt(changedPolicy(DEFAULT_POLICY, { maxSessions: 1, deny: ['192.0.2.0/24'] }));
  assert.match(said(admission.banned('192.0.2.1')), /not allowed/);
  assert.match(said(admission.crowded('198.51.100.1')), /^max-sessions /);
  leave();
  assert.equal(said(admission.crowded('198.51.100.1')), 'in');
});
