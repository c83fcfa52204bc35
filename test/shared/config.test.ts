import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import {
  ConfigError,
  describeConfig,
  keyOf,
  loadConfig,
  setting,
  variableOf,
} from '../../shared/config.ts';
import { hostPort, integer, portRange, text, yesOrNo } from '../../shared/config/values.ts';

const SETTINGS = {
  dataDir: setting({ description: 'data', placeholder: 'DIR', parse: text, default: './data' }),
  http: setting({
    description: 'address',
    parse: hostPort(0),
    default: { host: '0.0.0.0', port: 8080 },
  }),
  tries: setting({ description: 'tries', parse: integer(1, 9), default: 3 }),
  loud: setting({ description: 'switch', parse: yesOrNo, default: false }),
  passivePorts: setting({
    description: 'ports',
    parse: portRange,
    default: { from: 50_000, to: 50_063 },
  }),
  apiToken: setting<string | undefined>({
    description: 'secret',
    parse: (raw) =>
      raw.startsWith('gwt_')
        ? { ok: true, value: raw }
        : { ok: false, problem: 'is no token', remedy: 'Make one.' },
    default: undefined,
    secret: true,
  }),
};

function fileWith(t: TestContext, content: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'gangway-config-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const path = join(dir, 'relay.toml');
  writeFileSync(path, content);
  return path;
}

function problemsOf(load: () => unknown): ConfigError {
  try {
    load();
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error;
  }
  return assert.fail('nothing was wrong');
}

test('names follow from the table', () => {
  assert.equal(keyOf('publicIpv6'), 'public-ipv6');
  assert.equal(variableOf('passivePorts'), 'GANGWAY_PASSIVE_PORTS');
});

test('with no source every setting has its default', () => {
  const { config, sources } = loadConfig(SETTINGS, { flags: {}, env: {} });
  assert.equal(config.dataDir, './data');
  assert.equal(config.apiToken, undefined);
  assert.equal(sources.http, 'default');
});

test('a flag beats a variable, a variable the file, the file a default', (t) => {
  const file = fileWith(t, 'data-dir = "file"\ntries = 2\nloud = true\nhttp = "127.0.0.1:1"');
  const { config, sources } = loadConfig(SETTINGS, {
    flags: { dataDir: 'flag' },
    env: { GANGWAY_DATA_DIR: 'env', GANGWAY_TRIES: '4', GANGWAY_LOUD: '' },
    file,
  });
  assert.equal(config.dataDir, 'flag');
  assert.equal(config.tries, 4);
  assert.equal(config.loud, true, 'an empty variable is none');
  assert.deepEqual(config.http, { host: '127.0.0.1', port: 1 });
  assert.deepEqual(config.passivePorts, { from: 50_000, to: 50_063 });
  assert.equal(sources.dataDir, '--data-dir');
  assert.equal(sources.tries, 'GANGWAY_TRIES');
  assert.equal(sources.loud, `${file}: loud`);
});

test('the file is named by flag or variable, the flag first', (t) => {
  const byFlag = fileWith(t, 'tries = 1');
  const byVariable = fileWith(t, 'tries = 2');
  const env = { GANGWAY_CONFIG: byVariable };
  assert.equal(loadConfig(SETTINGS, { flags: {}, env }).config.tries, 2);
  assert.equal(loadConfig(SETTINGS, { flags: { config: byFlag }, env }).config.tries, 1);
});

test('all problems come at once, each with source, value and remedy', (t) => {
  const file = fileWith(t, 'tries = 10\nhttpp = "x"\npassive-ports = [1, 2]');
  const error = problemsOf(() =>
    loadConfig(SETTINGS, { flags: { http: 'nowhere' }, env: { GANGWAY_LOUD: 'perhaps' }, file }),
  );
  assert.equal(error.exitCode, 2);
  const found = error.problems.map(({ source, value }) => [source, value]);
  assert.deepEqual(found, [
    [`${file}: httpp`, undefined],
    ['--http', 'nowhere'],
    [`${file}: tries`, '10'],
    ['GANGWAY_LOUD', 'perhaps'],
    [`${file}: passive-ports`, undefined],
  ]);
  assert.ok(error.problems.every(({ remedy }) => remedy.length > 0));
  assert.match(error.message, /httpp is no known key\. Did you mean "http"\?/);
});

test('a key that resembles nothing is answered with those there are', (t) => {
  const file = fileWith(t, 'zzzzzzzzzz = 1');
  const error = problemsOf(() => loadConfig(SETTINGS, { flags: {}, env: {}, file }));
  assert.match(error.message, /Known keys: data-dir, http, /);
});

test('a table in the file is a problem, not a crash', (t) => {
  const file = fileWith(t, '[http]\nport = 1');
  const error = problemsOf(() => loadConfig(SETTINGS, { flags: {}, env: {}, file }));
  assert.match(
    error.message,
    /: http is a list, table or date\. Write one text or number: http = /,
  );
});

test('a setting for several values takes them apart, with commas and as a list of the file', (t) => {
  const tags = setting<string[]>({
    description: 'words',
    parse: (raw) => {
      const parsed = text(raw);
      return parsed.ok ? { ok: true, value: [parsed.value] } : parsed;
    },
    default: [],
    many: true,
  });
  const load = (flags: Record<string, unknown>, content = ''): string[] =>
    loadConfig({ tags }, { flags, env: {}, file: fileWith(t, content) }).config.tags;
  assert.deepEqual(load({ tags: ['a', 'b,c'] }, 'tags = "d"'), ['a', 'b', 'c']);
  assert.deepEqual(load({}, 'tags = ["a", "b,c", 5]'), ['a', 'b', 'c', '5']);
  assert.deepEqual(load({}, 'tags = []'), []);
  const { problems } = problemsOf(() => load({}, 'tags = ["a", "", ["b"], " ", { c = 1 }]'));
  const written = problems.map(({ value }) => value);
  assert.deepEqual(written, ['', undefined, ' ', undefined], 'each item by itself');
});

test('keys of a sibling command may stand in the file', (t) => {
  const { dataDir, ...alsoKnown } = SETTINGS;
  const file = fileWith(t, 'tries = "what this command does not use"');
  assert.equal(
    loadConfig({ dataDir }, { flags: {}, env: {}, file, alsoKnown }).config.dataDir,
    './data',
  );
});

test('a wrong secret is not shown', () => {
  const env = { GANGWAY_API_TOKEN: 'hunter2' };
  const error = problemsOf(() => loadConfig(SETTINGS, { flags: {}, env }));
  assert.equal(error.message, 'GANGWAY_API_TOKEN "***" is no token. Make one.');
  assert.equal(JSON.stringify(error.problems).includes('hunter2'), false);
});

test('the description of a configuration masks secrets and names sources', () => {
  const loaded = loadConfig(SETTINGS, {
    flags: { tries: '5' },
    env: { GANGWAY_API_TOKEN: 'gwt_x' },
  });
  const described = describeConfig(SETTINGS, loaded);
  assert.equal(described['tries'], '5 (--tries)');
  assert.equal(described['api-token'], '*** (GANGWAY_API_TOKEN)');
  assert.equal(JSON.stringify(described).includes('gwt_x'), false);
});

test('a variable that looks misspelt is warned of, a foreign one is not', () => {
  const env = { GANGWAY_DATADIR: 'x', GANGWAY_SOMETHING_ELSE: 'x', GANGWAY_CONFIG: '', PATH: 'x' };
  const { warnings } = loadConfig(SETTINGS, { flags: {}, env });
  assert.deepEqual(warnings, ['GANGWAY_DATADIR is not used; did you mean GANGWAY_DATA_DIR?']);
});

test('a file that is missing, no TOML or far too long is named', (t) => {
  const load = (file: string) => () => loadConfig(SETTINGS, { flags: {}, env: {}, file });
  assert.throws(load('/nowhere/relay.toml'), {
    code: 'config-unreadable',
    message: /\/nowhere\/relay\.toml: ENOENT/,
    exitCode: 2,
  });
  const broken = fileWith(t, 'tries = 1\nhttp = = 2');
  assert.throws(load(broken), {
    code: 'config-syntax',
    message: /relay\.toml:2:\d+: /,
    exitCode: 2,
  });
  assert.throws(load(fileWith(t, '#'.repeat(300_000))), { code: 'config-unreadable' });
});
