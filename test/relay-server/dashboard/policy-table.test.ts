import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  changesOf,
  enteredPolicy,
  POLICY_GROUPS,
  policyText,
  policyWords,
} from '../../../relay-server/dashboard/src/tunnel/policy-table.ts';
import { changedPolicy, DEFAULT_POLICY } from '../../../relay-server/policy.ts';
import type { TunnelPolicy } from '../../../relay-server/policy.ts';

const FIELDS = Object.keys(DEFAULT_POLICY) as (keyof TunnelPolicy)[];
const OWN = changedPolicy(DEFAULT_POLICY, {
  allow: ['192.0.2.0/24', '2001:db8::/32'],
  maxSessions: 7,
  readOnly: true,
  idleTimeout: 90_000,
  dataSource: 'same-network',
  bandwidth: 1_500_000,
  tls: 'required',
});

test('the form has every field of a policy, each once', () => {
  const shown = POLICY_GROUPS.flatMap(([, fields]) => fields);
  assert.deepEqual(shown.toSorted(), FIELDS.toSorted());
});

test('what stands in the form is read back as the same policy', () => {
  for (const policy of [DEFAULT_POLICY, OWN]) {
    const read = FIELDS.map((field) => {
      const entered = enteredPolicy(field, policyText(field, policy[field]));
      assert.ok('value' in entered, field);
      return [field, entered.value] as const;
    });
    assert.deepEqual(Object.fromEntries(read), policy);
  }
});

test('only what somebody changed is sent', () => {
  assert.deepEqual(changesOf(OWN, { ...OWN }), {});
  const entered = { ...OWN, bandwidth: null, allow: ['192.0.2.0/24'] };
  assert.deepEqual(changesOf(OWN, entered), { bandwidth: null, allow: ['192.0.2.0/24'] });
});

test('times and rates are entered as on the command line, and refused with a remedy', () => {
  assert.deepEqual(enteredPolicy('idleTimeout', '20m'), { value: 1_200_000 });
  assert.deepEqual(enteredPolicy('bandwidth', '10M'), { value: 10_000_000 });
  assert.deepEqual(enteredPolicy('bandwidth', ''), { value: null });
  for (const [field, text] of [
    ['idleTimeout', 'soon'],
    ['idleTimeout', '2ms'],
    ['sessionBandwidth', '1'],
    ['bandwidth', 'fast'],
  ] as const) {
    const refused = enteredPolicy(field, text);
    assert.ok('problem' in refused, text);
    assert.match(refused.problem, /Give|Write/);
  }
});

test('an empty list says what it means', () => {
  assert.equal(policyWords('allow', []), 'everybody');
  assert.equal(policyWords('fxp', []), 'none');
  assert.equal(policyWords('bandwidth', null), 'no limit');
});
