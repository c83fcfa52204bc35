import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { policyOf } from '../../relay-server/cli/policy-flags.ts';
import { canonicalChanges, DEFAULT_POLICY } from '../../relay-server/policy.ts';

const EXAMPLE = fileURLToPath(new URL('../../deploy/examples/policy.toml', import.meta.url));

test('the example of a policy is one, and shows every field', () => {
  const changes = policyOf({ policy: EXAMPLE }) ?? assert.fail('it says nothing');
  assert.deepEqual(Object.keys(changes).toSorted(), Object.keys(DEFAULT_POLICY).toSorted());
  assert.deepEqual(canonicalChanges(changes), changes);
});
