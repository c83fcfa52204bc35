import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Value } from 'typebox/value';
import {
  canonicalChanges,
  changedPolicy,
  DEFAULT_POLICY,
  deviations,
  TunnelPolicy,
} from '../../relay-server/policy.ts';
import { bandwidth, timeout } from '../../relay-server/policy-values.ts';
import { POLICY_LIMITS } from '../../relay-server/limits.ts';

test('the defaults are a policy', () => {
  assert.ok(Value.Check(TunnelPolicy, DEFAULT_POLICY));
});

test('a change touches what it names; null brings the default back', () => {
  const strict = changedPolicy(DEFAULT_POLICY, { readOnly: true, maxSessions: 5 });
  assert.deepEqual(strict, { ...DEFAULT_POLICY, readOnly: true, maxSessions: 5 });
  assert.deepEqual(changedPolicy(strict, { maxSessions: null }), {
    ...DEFAULT_POLICY,
    readOnly: true,
  });
  assert.deepEqual(changedPolicy(strict, {}), strict);
});

test('only what is not as by default is kept', () => {
  assert.deepEqual(deviations(DEFAULT_POLICY), {});
  const own = { allow: ['10.0.0.0/8'], dataSource: 'any' } as const;
  const policy = changedPolicy(DEFAULT_POLICY, { ...own, allow: [...own.allow], readOnly: false });
  assert.deepEqual(deviations(policy), own);
});

test('lists come out in one spelling, each network once', () => {
  const changes = canonicalChanges({
    allow: ['10.0.0.1', '::ffff:10.0.0.1', '2001:DB8::/32'],
    deny: [],
    readOnly: true,
  });
  assert.deepEqual(changes, { allow: ['10.0.0.1/32', '2001:db8::/32'], deny: [], readOnly: true });
});

test('what is out of range is refused by field and item', () => {
  const many = Array.from({ length: POLICY_LIMITS.networks + 1 }, (_, i) => `10.0.0.${i}`);
  const cases = [
    [{ allow: ['10.0.0.0/8', '10.0.0.0/99'] }, /allow: "10\.0\.0\.0\/99"/],
    [{ deny: ['nas'] }, /deny: "nas"/],
    [{ fxp: ['10.0.0.1/8'] }, /fxp: "10\.0\.0\.1\/8"/],
    [{ proxyFrom: ['balancer'] }, /proxyFrom: "balancer"/],
    [{ deny: many }, /deny: 101 networks/],
    [{ maxSessions: 0 }, /maxSessions: 0/],
    [{ maxSessions: POLICY_LIMITS.sessions + 1 }, /maxSessions: 10001/],
    [{ maxSessionsPerAddress: 1.5 }, /maxSessionsPerAddress: 1\.5/],
    [{ idleTimeout: 999 }, /idleTimeout: 999/],
    [{ loginTimeout: POLICY_LIMITS.longestTimeout + 1 }, /loginTimeout/],
    [{ stallTimeout: Number.NaN }, /stallTimeout/],
    [{ bandwidth: 9999 }, /bandwidth: 9999/],
    [{ sessionBandwidth: 10_000.5 }, /sessionBandwidth: 10000\.5/],
    [{ bandwidth: POLICY_LIMITS.fastestBandwidth + 1 }, /bandwidth/],
  ] as const;
  for (const [changes, message] of cases) {
    const wanted = structuredClone(changes) as Parameters<typeof canonicalChanges>[0];
    const expected = { code: 'policy-invalid', exitCode: 2, message };
    assert.throws(() => canonicalChanges(wanted), expected);
  }
});

test('a bandwidth is kept where there is one, and null is none', () => {
  const limited = changedPolicy(DEFAULT_POLICY, { bandwidth: 1_000_000, sessionBandwidth: null });
  assert.ok(Value.Check(TunnelPolicy, limited));
  assert.deepEqual(deviations(limited), { bandwidth: 1_000_000 });
  assert.deepEqual(changedPolicy(limited, { bandwidth: null }), DEFAULT_POLICY);
});

test('a bandwidth is a byte rate from 10k to 100G', () => {
  assert.deepEqual(bandwidth('500k'), { ok: true, value: 500_000 });
  assert.deepEqual(bandwidth('100G'), { ok: true, value: 100_000_000_000 });
  for (const raw of ['9999', '101G', 'fast']) assert.equal(bandwidth(raw).ok, false, raw);
  const slow = bandwidth('1k');
  assert.match(slow.ok ? '' : slow.problem, /from 10k to 100G/);
});

test('a time-out is a duration within a second and a day', () => {
  assert.deepEqual(timeout('90s'), { ok: true, value: 90_000 });
  assert.deepEqual(timeout('24h'), { ok: true, value: 86_400_000 });
  for (const raw of ['999ms', '25h', 'soon']) assert.equal(timeout(raw).ok, false, raw);
  const short = timeout('0');
  assert.match(short.ok ? '' : short.problem, /from 1s to 24h/);
});
