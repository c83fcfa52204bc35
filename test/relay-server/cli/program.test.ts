import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { freshDir } from '../fixtures.ts';
import { gangway, json } from './run.ts';

test('tunnels are made, listed, shown, changed and deleted while no relay runs', async (t) => {
  const env = { GANGWAY_DATA_DIR: join(freshDir(t), 'data') };
  const made = await json(
    ['tunnel', 'create', 'shop', '--server', '192.168.1.10:21', '--port', '2200'],
    env,
  );
  assert.deepEqual(Object.keys(made), ['tunnel', 'enrolmentCode', 'publicAddress']);
  assert.match(String(made['enrolmentCode']), /^GW(-[0-9A-Z]{5}){3}$/);
  assert.match(String(made['publicAddress']), /^ftp:\/\/.+:2200$/);
  assert.deepEqual((await json(['tunnel', 'list'], env))['tunnels'], [made['tunnel']]);
  assert.deepEqual((await json(['tunnel', 'show', 'shop'], env))['tunnel'], made['tunnel']);
  const changed = await json(
    ['tunnel', 'update', 'shop', '--name', 'store', '--port', '2201'],
    env,
  );
  assert.partialDeepStrictEqual(changed['tunnel'], { name: 'store', port: 2201, revision: 2 });
  assert.deepEqual(await json(['tunnel', 'delete', 'store'], env), { deleted: 'store' });
  assert.deepEqual(await json(['tunnel', 'list'], env), { tunnels: [] });
});

test('where a tunnel can be found is set, shown in words, and taken back by flags', async (t) => {
  const env = { GANGWAY_DATA_DIR: freshDir(t) };
  const place = '--port 21 --implicit-port 990 --shared --host Shop.Example.org';
  await json(['tunnel', 'create', 'shop', ...place.split(' ')], env);
  const { out } = await gangway(['tunnel', 'show', 'shop'], env);
  for (const words of [
    /address +ftp:\/\/shop\.example\.org:21\n/,
    /implicit FTPS +ftps:\/\/shop\.example\.org:990\n/,
    /listens on +:: ports 21 and 990, which other tunnels may share\n/,
    /chosen by +the host shop\.example\.org \(TLS or HOST\), or logging in as USER@shop\n/,
  ]) {
    assert.match(out, words);
  }
  const flags = '--implicit-port none --no-shared --host none';
  const back = await json(['tunnel', 'update', 'shop', ...flags.split(' ')], env);
  const nothing = { implicitPort: null, implicitAddress: null, shared: false, host: null };
  assert.partialDeepStrictEqual(back['tunnel'], { port: 21, ...nothing });
  const wrong = await gangway(['tunnel', 'update', 'shop', '--host', 'shop'], env);
  assert.deepEqual([wrong.code, /is not a DNS name/.test(wrong.err)], [2, true]);
});

test('a policy is set, shown in words and as JSON, and changed by flags', async (t) => {
  const env = { GANGWAY_DATA_DIR: freshDir(t) };
  const flags =
    '--allow 203.0.113.0/24 2001:db8::/32 --deny 203.0.113.7,203.0.113.8 --max-sessions 50 ' +
    '--max-sessions-per-address 5 --read-only --idle-timeout 5m --login-timeout 90s ' +
    '--stall-timeout 1h --data-source same-network --server-mode pasv --client-mode passive ' +
    '--bandwidth 10M --session-bandwidth 512Ki ' +
    '--fxp 192.0.2.9 --proxy-from 10.0.0.0/8,192.0.2.1 --proxy-protocol v2 --proxy-protocol-data ' +
    '--tls required --require-session-reuse --strict-close';
  const made = await json(['tunnel', 'create', 'shop', ...flags.split(' ')], env);
  assert.deepEqual(Object.keys(made), ['tunnel', 'enrolmentCode', 'publicAddress']);
  const policy = {
    allow: ['203.0.113.0/24', '2001:db8::/32'],
    deny: ['203.0.113.7/32', '203.0.113.8/32'],
    maxSessions: 50,
    maxSessionsPerAddress: 5,
    readOnly: true,
    idleTimeout: 300_000,
    loginTimeout: 90_000,
    stallTimeout: 3_600_000,
    dataSource: 'same-network',
    serverMode: 'pasv',
    clientMode: 'passive',
    bandwidth: 10_000_000,
    sessionBandwidth: 524_288,
    fxp: ['192.0.2.9/32'],
    proxyFrom: ['10.0.0.0/8', '192.0.2.1/32'],
    proxyProtocol: 'v2',
    proxyProtocolData: true,
    tls: 'required',
    tlsData: 'optional',
    requireSessionReuse: true,
    strictClose: true,
  };
  assert.partialDeepStrictEqual(made['tunnel'], { policy });
  const { out } = await gangway(['tunnel', 'show', 'shop'], env);
  for (const words of [
    /clients +only 203\.0\.113\.0\/24, 2001:db8::\/32; not 203\.0\.113\.7\/32, 203\.0\.113\.8\/32/,
    /at once +50 sessions, 5 of one address/,
    /files +read only/,
    /time-outs +login 90s, idle 5m, stalled transfer 1h/,
    /passive data +from the client's network/,
    /server to server +with 192\.0\.2\.9\/32/,
    /balancers +10\.0\.0\.0\/8, 192\.0\.2\.1\/32/,
    /PROXY header +v2 to the FTP server on control and data connections/,
    /client mode +passive only/,
    /server mode +PASV/,
    /TLS, login +required/,
    /TLS, data +optional, session reuse required, close_notify required/,
    /bandwidth +10MB\/s, a session 512KiB\/s/,
  ]) {
    assert.match(out, words);
  }
  const back =
    '--allow any --max-sessions default --no-read-only --server-mode default --bandwidth none ' +
    '--session-bandwidth default --fxp none';
  const changed = await json(['tunnel', 'update', 'shop', ...back.split(' ')], env);
  const after = {
    ...policy,
    allow: [],
    fxp: [],
    maxSessions: 10_000,
    readOnly: false,
    serverMode: 'auto',
    bandwidth: null,
    sessionBandwidth: null,
  };
  assert.partialDeepStrictEqual(changed['tunnel'], { policy: after, revision: 2 });
});

test('a policy is read from a file, and flags win over it', async (t) => {
  const dir = freshDir(t);
  const env = { GANGWAY_DATA_DIR: join(dir, 'data'), GANGWAY_READ_ONLY: 'true' };
  const file = join(dir, 'policy.toml');
  writeFileSync(file, 'max-sessions = 20\nidle-timeout = "5m"\nallow = ["10.0.0.0/8"]\n');
  const made = await json(['tunnel', 'create', 'shop', '--policy', file], env);
  const policy = { allow: ['10.0.0.0/8'], maxSessions: 20, idleTimeout: 300_000, readOnly: false };
  assert.partialDeepStrictEqual(made['tunnel'], { policy });
  const flags = ['--policy', file, '--max-sessions', '30', '--allow', 'any'];
  await json(['tunnel', 'update', 'shop', ...flags], env);
  const shown = await json(['tunnel', 'show', 'shop'], env);
  assert.partialDeepStrictEqual(shown['tunnel'], {
    policy: { ...policy, allow: [], maxSessions: 30 },
  });
});

test('what is wrong with a policy ends with 2, all at once, and nothing is made', async (t) => {
  const dir = freshDir(t);
  const dataDir = join(dir, 'data');
  const file = join(dir, 'policy.toml');
  writeFileSync(file, 'max-sesions = 20\nserver-mode = "port"\n');
  const args = ['tunnel', 'create', 'shop', '--policy', file, '--idle-timeout', '2d'];
  const { code, err } = await gangway(args, { GANGWAY_DATA_DIR: dataDir });
  assert.equal(code, 2);
  assert.match(err, /policy\.toml: max-sesions is no known key\. Did you mean "max-sessions"\?/);
  assert.match(err, /policy\.toml: server-mode "port" is none of auto/);
  assert.match(err, /--idle-timeout "2d" is not a duration/);
  assert.equal(existsSync(dataDir), false);
});

test('codes, tokens and status are there while no relay runs', async (t) => {
  const env = { GANGWAY_DATA_DIR: freshDir(t) };
  await json(['tunnel', 'create', 'shop'], env);
  const code = await json(['agent-code', 'shop'], env);
  assert.deepEqual(Object.keys(code), ['tunnel', 'enrolmentCode', 'expiresAt']);
  assert.match(String((await json(['token', 'create', 'script'], env))['token']), /^gwt_/);
  assert.partialDeepStrictEqual(await json(['status'], env), { running: false, sessions: 0 });
  const revoked = await gangway(['agent-revoke', 'nobody'], env);
  assert.equal(revoked.code, 1);
  assert.match(revoked.err, /there is no agent nobody/);
});

test('for people, create prints the line to paste, and list and show print no secret', async (t) => {
  const dataDir = freshDir(t);
  const env = { GANGWAY_DATA_DIR: dataDir };
  const made = await gangway(['tunnel', 'create', 'shop', '--server', 'nas:21'], env);
  assert.equal(made.code, 0, made.err);
  const line = /npx gangway agent --relay \S+ --code (GW-\S+) --server nas:21/.exec(made.out);
  assert.ok(line, made.out);
  const token =
    /gwt_\w+/.exec((await gangway(['token', 'create', 'x'], env)).out)?.[0] ?? assert.fail();
  const looks = [['tunnel', 'list'], ['tunnel', 'show', 'shop'], ['status']];
  const all = looks.flatMap((args) => [args, [...args, '--json']]);
  for (const shown of await Promise.all(all.map((args) => gangway(args, env)))) {
    assert.equal(shown.code, 0);
    assert.match(shown.out, /shop/);
    assert.equal(shown.out.includes(line[1]!) || shown.out.includes(token), false);
    assert.equal(/gw[at]_|GW-|hash/i.test(shown.out), false, shown.out);
  }
});

test('a taken name and a taken port are failures that say what to do', async (t) => {
  const env = { GANGWAY_DATA_DIR: freshDir(t) };
  await json(['tunnel', 'create', 'shop', '--port', '2200'], env);
  const name = await gangway(['tunnel', 'create', 'shop'], env);
  assert.deepEqual([name.code, /named shop[^]*update/.test(name.err)], [1, true], name.err);
  const port = await gangway(['tunnel', 'create', 'other', '--port', '2200'], env);
  assert.deepEqual([port.code, /port 2200[^]*list/.test(port.err)], [1, true], port.err);
});

test('wrong usage ends with 2 and says what was meant', async (t) => {
  const env = { GANGWAY_DATA_DIR: freshDir(t) };
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['tunnel', 'list', '--jsno'], /unknown option '--jsno'[^]*Did you mean --json/],
    [['relay', '--pasive-ports', '50000-50001'], /Did you mean --passive-ports/],
    [['tunel', 'list'], /Did you mean tunnel/],
    [['tunnel', 'create'], /missing required argument/],
    [['tunnel', 'create', 'Shop'], /"Shop" cannot be the name/],
    [['tunnel', 'create', 'shop', '--port', '99999'], /99999[^]*1 to 65535/],
    [['tunnel', 'create', 'shop', '--server', 'nas'], /nas[^]*HOST:PORT/],
    [['tunnel', 'update', 'shop'], /nothing to change[^]*--read-only/],
    [['tunnel', 'update', 'x', '--allow', '10.0.0.0/8', 'nas'], /--allow[^]*"nas" is neither/],
    [['tunnel', 'update', 'x', '--deny', '::1,10.1.0.0/8'], /"10\.1\.0\.0\/8" has bits/],
    [['tunnel', 'update', 'x', '--max-sessions', '0'], /--max-sessions[^]*1 to 10000/],
    [['tunnel', 'update', 'x', '--idle-timeout', '2d'], /--idle-timeout[^]*duration/],
    [['tunnel', 'update', 'x', '--stall-timeout', '48h'], /--stall-timeout[^]*1s to 24h/],
    [['tunnel', 'update', 'x', '--data-source', 'all'], /same, same-network, any/],
    [['tunnel', 'update', 'x', '--server-mode', 'port'], /auto, epsv, pasv, active/],
    [['tunnel', 'update', 'x', '--client-mode', 'epsv'], /any, passive, active/],
    [['tunnel', 'list', '--relay', 'http://127.0.0.1:1'], /API token/],
    [['relay', '--passive-ports', '5-6', '--http', 'foo'], /--http "foo"[^]*--passive-ports "5-6"/],
    [['relay', '--first-tunnel', 'FTP:21'], /--first-tunnel "FTP:21"/],
    [['agent', '--anything'], /npx gangway agent/],
    [[], /Usage: gangway/],
  ];
  const outcomes = await Promise.all(cases.map(([args]) => gangway(args, env)));
  for (const [index, [args, expected]] of cases.entries()) {
    const { code, err } = outcomes[index]!;
    assert.equal(code, 2, `${args.join(' ')}: ${err}`);
    assert.match(err, expected);
    assert.equal(/\n\s+at /.test(err), false, 'no stack');
  }
});

test('a misspelt key of the file ends with 2, names it and what was meant', async (t) => {
  const dir = freshDir(t);
  const file = join(dir, 'relay.toml');
  writeFileSync(file, 'data-dri = "x"\nhttp = "0.0.0.0:8080"\n');
  for (const args of [['tunnel', 'list'], ['relay']]) {
    const { code, err } = await gangway([...args, '--config', file]);
    assert.equal(code, 2);
    assert.match(err, /relay\.toml: data-dri is no known key\. Did you mean "data-dir"\?/);
  }
});

test("the relay's file also serves the commands beside it", async (t) => {
  const dir = freshDir(t);
  const file = join(dir, 'relay.toml');
  writeFileSync(
    file,
    `data-dir = ${JSON.stringify(join(dir, 'data'))}\npassive-ports = "50000-50010"\n`,
  );
  await json(['tunnel', 'create', 'shop'], { GANGWAY_CONFIG: file });
  assert.ok(existsSync(join(dir, 'data', 'gangway.db')));
});

test('a data directory that cannot be used is named', async (t) => {
  const dir = freshDir(t);
  writeFileSync(join(dir, 'file'), '');
  const cases = [join(dir, 'none'), join(dir, 'file'), join(dir, 'file', 'below')];
  for (const dataDir of cases) {
    const { code, err } = await gangway(['tunnel', 'list', '--data-dir', dataDir]);
    assert.equal(code, 1);
    assert.ok(err.includes(dataDir), err);
    assert.match(err, /--data-dir/);
  }
});

test('a data directory of another user is named', async (t) => {
  const dataDir = join(freshDir(t), 'data');
  mkdirSync(dataDir);
  // Root may read everything, so root looks through the eyes of nobody.
  const asRoot = process.getuid?.() === 0;
  if (asRoot) chmodSync(join(dataDir, '..'), 0o755);
  chmodSync(dataDir, asRoot ? 0o700 : 0o000);
  for (const args of [
    ['tunnel', 'list'],
    ['tunnel', 'create', 'shop'],
  ]) {
    const { code, err } = await gangway(
      [...args, '--data-dir', dataDir],
      {},
      { uid: asRoot ? 65_534 : undefined },
    );
    assert.equal(code, 1, err);
    assert.ok(err.includes(dataDir), err);
    assert.match(err, /permission denied|EACCES/);
  }
  chmodSync(dataDir, 0o700);
});

test('help shows examples and ends with 0', async () => {
  const all = [
    [],
    ['relay'],
    ['tunnel'],
    ['agent-code'],
    ['status'],
    ['demo'],
    ['user'],
    ['token'],
  ];
  const shown = await Promise.all(all.map((command) => gangway([...command, '--help'])));
  for (const { code, out } of shown) {
    assert.equal(code, 0);
    assert.match(out, /Examples:\n {2}gangway /);
  }
  assert.match(shown[1]!.out, /--passive-ports <A-B>[^]*GANGWAY_PASSIVE_PORTS/);
  const { code, out } = await gangway(['--version']);
  assert.equal(code, 0);
  assert.match(out, /^\d+\.\d+\.\d+\n$/);
});
