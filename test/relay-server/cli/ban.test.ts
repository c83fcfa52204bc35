import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshDir } from '../fixtures.ts';
import { gangway, json } from './run.ts';

test('bans are made, listed and lifted while no relay runs', async (t) => {
  const env = { GANGWAY_DATA_DIR: freshDir(t) };
  await json(['tunnel', 'create', 'shop', '--port', '2200'], env);
  const before = Date.now();
  const flags = ['--reason', 'tries passwords', '--for', '2h', '--tunnel', 'shop'];
  const { ban } = await json(['ban', 'add', '203.0.113.7', ...flags], env);
  const { id, until, ...made } = ban as { id: string; until: number };
  assert.partialDeepStrictEqual(made, {
    network: '203.0.113.7/32',
    tunnel: 'shop',
    reason: 'tries passwords',
    automatic: false,
  });
  assert.ok(until >= before + 7_200_000 && until <= Date.now() + 7_200_000);
  await json(['ban', 'add', '2001:db8::/32', '--reason', 'x', '--force'], env);
  const { bans } = (await json(['ban', 'list'], env)) as { bans: { network: string }[] };
  assert.deepEqual(
    bans.map(({ network }) => network),
    ['2001:db8::/32', '203.0.113.7/32'],
  );
  assert.deepEqual(await json(['ban', 'remove', id], env), { lifted: id });
  const again = await gangway(['ban', 'remove', id], env);
  assert.deepEqual([again.code, /no ban[^]*ban list/.test(again.err)], [1, true], again.err);
});

test('for people, bans are told in words', async (t) => {
  const env = { GANGWAY_DATA_DIR: freshDir(t) };
  await json(['tunnel', 'create', 'shop'], env);
  const none = await gangway(['ban', 'list'], env);
  assert.equal(none.out, 'Nobody is banned.\n');
  const made = await gangway(['ban', 'add', '203.0.113.7', '--reason', 'scans'], env);
  assert.equal(made.out, '203.0.113.7/32 is banned.\n', made.err);
  const ends = await gangway(['ban', 'add', '::1', '--reason', 'x', '--for', '10m'], env);
  assert.match(ends.out, /^::1\/128 is banned until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\.\n$/);
  const { out } = await gangway(['ban', 'list'], env);
  assert.match(out, /NETWORK +TUNNEL +UNTIL +MADE +REASON +ID\n/);
  assert.match(out, /203\.0\.113\.7\/32 +all +for ever +by hand +scans +[0-9a-f-]{36}\n/);
});

test('wrong usage of bans ends with 2 and says what was meant, a tunnel that is not there with 1', async (t) => {
  const env = { GANGWAY_DATA_DIR: freshDir(t) };
  await json(['tunnel', 'create', 'shop'], env);
  const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
    [['add', 'nas', '--reason', 'x'], 2, /"nas" is neither/],
    [['add', '203.0.113.7/24', '--reason', 'x'], 2, /203\.0\.113\.0\/24/],
    [['add', '203.0.113.7'], 2, /--reason/],
    [['add', '203.0.113.7', '--reason', 'x', '--for', '30d'], 2, /--for[^]*duration/],
    [['add', '203.0.113.7', '--reason', 'x', '--for', '0s'], 2, /over already/],
    [['add', '203.0.113.7', '--reason', 'x', '--tunnel', 'nobody'], 1, /no tunnel named nobody/],
    [['remove'], 2, /missing required argument/],
  ];
  for (const [args, code, words] of cases) {
    const ended = await gangway(['ban', ...args], env);
    assert.deepEqual(
      [ended.code, words.test(ended.err)],
      [code, true],
      `${args.join(' ')}: ${ended.err}`,
    );
  }
});

test('the examples in the help of bans are commands', async (t) => {
  const env = { GANGWAY_DATA_DIR: freshDir(t) };
  await json(['tunnel', 'create', 'shop'], env);
  const { out } = await gangway(['ban', 'add', '--help']);
  const examples = [...out.matchAll(/^ +gangway (ban add .*)$/gm)].map(([, line = '']) => line);
  assert.ok(examples.length >= 2, out);
  for (const line of examples) {
    const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word);
    const { code, err } = await gangway(words as string[], env);
    assert.equal(code, 0, `${line}: ${err}`);
  }
});
