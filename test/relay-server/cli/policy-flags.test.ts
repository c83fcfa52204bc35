import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Command } from 'commander';
import {
  POLICY_FLAG_NAMES,
  policyFlags,
  policyOf,
  type PolicyFlags,
} from '../../../relay-server/cli/policy-flags.ts';
import { DEFAULT_POLICY, type PolicyChanges } from '../../../relay-server/policy.ts';
import { ConfigError, keyOf } from '../../../shared/config.ts';
import { freshDir } from '../fixtures.ts';

/** What a command line changes. `--config` is there as it is with every command that administers. */
function changes(...args: string[]): PolicyChanges | undefined {
  const command = policyFlags(new Command()).option('--config <FILE>').exitOverride();
  return policyOf(command.parse(args, { from: 'user' }).opts<PolicyFlags>());
}

function fileWith(t: TestContext, content: string): string {
  const path = join(freshDir(t), 'policy.toml');
  writeFileSync(path, content);
  return path;
}

/** The problems of a file, as they are told. */
function problemsOf(t: TestContext, content: string, ...args: string[]): string[] {
  try {
    changes('--policy', fileWith(t, content), ...args);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    assert.equal(error.exitCode, 2);
    return error.message.split('\n');
  }
  return assert.fail('nothing was wrong');
}

test('every field of a policy has its flag, and messages name it', () => {
  const known = new Set(policyFlags(new Command()).options.map(({ long }) => long));
  const named = new Set(POLICY_FLAG_NAMES.split(/, | and /));
  for (const field of Object.keys(DEFAULT_POLICY)) {
    const flag = `--${keyOf(field)}`;
    assert.ok(known.has(flag) && named.has(flag), flag);
  }
});

test('no flag is no change, and neither is an empty file', (t) => {
  assert.equal(changes(), undefined);
  assert.equal(changes('--policy', fileWith(t, '# nothing yet\n')), undefined);
});

test('a field means the same as flag and as key of the file', (t) => {
  const cases: [string, string, PolicyChanges][] = [
    ['--allow 10.0.0.1,::1', 'allow = ["10.0.0.1", "::1"]', { allow: ['10.0.0.1/32', '::1/128'] }],
    ['--allow any', 'allow = "any"', { allow: [] }],
    ['--deny none', 'deny = []', { deny: [] }],
    ['--deny default', 'deny = "default"', { deny: [] }],
    ['--max-sessions 20', 'max-sessions = 20', { maxSessions: 20 }],
    ['--max-sessions default', 'max-sessions = "default"', { maxSessions: null }],
    ['--read-only', 'read-only = true', { readOnly: true }],
    ['--no-read-only', 'read-only = false', { readOnly: false }],
    ['--idle-timeout 15m', 'idle-timeout = "15m"', { idleTimeout: 900_000 }],
    ['--stall-timeout 90', 'stall-timeout = 90', { stallTimeout: 90_000 }],
    ['--data-source any', 'data-source = "any"', { dataSource: 'any' }],
    ['--server-mode pasv', 'server-mode = "pasv"', { serverMode: 'pasv' }],
    ['--client-mode default', 'client-mode = "default"', { clientMode: null }],
  ];
  for (const [flags, line, expected] of cases) {
    assert.deepEqual(changes(...flags.split(' ')), expected, flags);
    assert.deepEqual(changes('--policy', fileWith(t, line)), expected, line);
  }
  assert.deepEqual(changes('--policy', fileWith(t, 'read-only = "default"')), { readOnly: null });
});

test('flags win over the file, field by field', (t) => {
  const file = fileWith(t, 'allow = ["10.0.0.0/8"]\nread-only = true\nmax-sessions = 20');
  const flags = '--allow 192.0.2.0/24 --no-read-only --idle-timeout 1m'.split(' ');
  assert.deepEqual(changes('--policy', file, ...flags), {
    allow: ['192.0.2.0/24'],
    readOnly: false,
    maxSessions: 20,
    idleTimeout: 60_000,
  });
});

test('all problems of file and flags come at once, each with its remedy', (t) => {
  const content = `
    max-sesions = 5
    allow = ["10.0.0.0/8", "nas", "10.1.0.0/8"]
    max-sessions-per-address = 0
    server-mode = ["pasv"]
    read-only = "perhaps"
    [idle-timeout]
    minutes = 5`;
  const told = problemsOf(t, content, '--stall-timeout', '48h');
  const expected = [
    /policy\.toml: max-sesions is no known key\. Did you mean "max-sessions"\?/,
    /policy\.toml: allow "nas" is neither a network nor an address/,
    /policy\.toml: allow "10\.1\.0\.0\/8" has bits beyond its first 8/,
    /policy\.toml: max-sessions-per-address "0" is not a number from 1 to 10000/,
    /policy\.toml: read-only "perhaps" is neither true nor false/,
    /policy\.toml: idle-timeout is a list, table or date/,
    /^--stall-timeout "48h" is not from 1s to 24h/,
    /policy\.toml: server-mode is a list, table or date/,
  ];
  assert.equal(told.length, expected.length, told.join('\n'));
  for (const [index, one] of expected.entries()) assert.match(told[index] ?? '', one);
});

test('keys are those of a policy: other settings of the tunnel or the relay are refused', (t) => {
  assert.match(problemsOf(t, 'port = 2121').join(), /port is no known key/);
  assert.match(problemsOf(t, 'data-dir = "x"').join(), /data-dir is no known key/);
});

test('the file of --config is not taken for a policy', (t) => {
  const config = fileWith(t, 'max-sessions = 20');
  assert.equal(changes('--config', config), undefined);
});

test('a policy file that cannot be read or is no TOML is named', (t) => {
  assert.throws(() => changes('--policy', '/nowhere/policy.toml'), {
    code: 'config-unreadable',
    message: /\/nowhere\/policy\.toml: ENOENT/,
    remedy: 'Check the path and its permissions.',
    exitCode: 2,
  });
  const broken = fileWith(t, 'max-sessions = = 2');
  const expected = { code: 'config-syntax', message: /policy\.toml:1:\d+: /, exitCode: 2 };
  assert.throws(() => changes('--policy', broken), expected);
});
