import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Passwords } from '../../../relay-server/access/passwords.ts';
import { openSqliteStore } from '../../../relay-server/store/sqlite.ts';
import { freshDir } from '../fixtures.ts';
import { gangway, json } from './run.ts';

const PASSWORD = 'correct horse battery';

test('users are added, given passwords, listed and deleted while no relay runs', async (t) => {
  const dataDir = join(freshDir(t), 'data');
  const env = { GANGWAY_DATA_DIR: dataDir };
  const added = await json(['user', 'add', 'anna', '--role', 'admin'], env);
  const password = String(added['password']);
  assert.match(password, /^[0-9a-z]{5}(-[0-9a-z]{5}){3}$/);
  const given = await gangway(['user', 'add', 'bert', '--password-stdin'], env, {
    input: `${PASSWORD}\n`,
  });
  assert.deepEqual([given.code, given.out.includes(PASSWORD)], [0, false], given.err);
  const replaced = await gangway(['user', 'passwd', 'anna', '--remove-second-factor'], env);
  assert.match(replaced.out, /shown only now[^]*\n {2}[0-9a-z-]{23}\n/);
  const { users } = (await json(['user', 'list'], env)) as { users: Record<string, unknown>[] };
  assert.deepEqual(
    users.map(({ name, role, revision }) => [name, role, revision]),
    [
      ['anna', 'admin', 2],
      ['bert', 'viewer', 1],
    ],
  );
  const { out } = await gangway(['user', 'list'], env);
  assert.match(out, /NAME +ROLE +STATE[^]*anna +admin +may log in +no +never/);
  assert.deepEqual(await json(['user', 'delete', 'bert'], env), { deleted: 'bert' });
  const store = await openSqliteStore({ dataDir });
  t.after(() => store.close());
  const anna = await store.users.byName('anna');
  const known = await store.users.credentials(anna?.id ?? '');
  assert.equal(anna?.mustChangePassword, true);
  assert.equal(await new Passwords().matches(password, known?.password), false);
  const { items } = await store.audit.page({});
  assert.deepEqual(
    items.map(({ actor, action, target }) => [actor, action, target]),
    [
      ['command-line', 'user.delete', 'bert'],
      ['command-line', 'user.update', 'anna'],
      ['command-line', 'user.create', 'bert'],
      ['command-line', 'user.create', 'anna'],
    ],
  );
});

test('tokens are made with a role and an end, listed without their secret, and revoked', async (t) => {
  const env = { GANGWAY_DATA_DIR: join(freshDir(t), 'data') };
  const flags = ['--role', 'viewer', '--expires', '90d'];
  const before = Date.now();
  const made = await json(['token', 'create', 'monitor', ...flags], env);
  await json(['token', 'create', 'deploy'], env);
  const list = async (): Promise<Record<string, unknown>[]> =>
    (await json(['token', 'list'], env))['tokens'] as Record<string, unknown>[];
  const [monitor, deploy] = await list();
  assert.partialDeepStrictEqual(monitor, { id: made['id'], name: 'monitor', role: 'viewer' });
  assert.ok(Number(monitor?.['expiresAt']) >= before + 90 * 86_400_000);
  assert.partialDeepStrictEqual(deploy, { name: 'deploy', role: 'admin', expiresAt: null });
  const { out } = await gangway(['token', 'list'], env);
  assert.match(out, /monitor +viewer[^]*deploy +admin/);
  assert.equal(out.includes(String(made['token'])), false);
  await json(['token', 'revoke', String(made['id'])], env);
  assert.equal((await list()).length, 1);
  const again = await gangway(['token', 'revoke', String(made['id'])], env);
  assert.deepEqual([again.code, /no API token/.test(again.err)], [1, true]);
});

test('what no user or token can be ends with 2 and says why', async (t) => {
  const env = { GANGWAY_DATA_DIR: freshDir(t) };
  const cases: readonly (readonly [readonly string[], string, RegExp])[] = [
    [['user', 'add', 'Anna'], '', /"Anna" cannot be the name/],
    [['user', 'add', 'anna', '--role', 'root'], '', /viewer, admin/],
    [['user', 'add', 'anna', '--password-stdin'], 'short\n', /too short/],
    [['user', 'add', 'anna', '--password-stdin'], 'x'.repeat(3000), /too long/],
    [['token', 'create', 'x', '--expires', 'soon'], '', /--expires[^]*90d/],
    [['token', 'create', 'x', '--expires', '0d'], '', /--expires[^]*90d/],
    [['token', 'create', ''], '', /cannot be the name of a token/],
  ];
  const outcomes = await Promise.all(cases.map(([args, input]) => gangway(args, env, { input })));
  for (const [index, [args, , expected]] of cases.entries()) {
    const { code, err } = outcomes[index] ?? assert.fail();
    assert.equal(code, 2, `${args.join(' ')}: ${err}`);
    assert.match(err, expected);
  }
});
