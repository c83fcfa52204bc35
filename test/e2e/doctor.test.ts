import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it, type TestContext } from 'node:test';
import { CHECKS } from '../../relay-server/doctor/check.ts';
import { ensureDebianPackages } from '../support/debian.ts';
import { examine } from '../support/doctor.ts';
import {
  gangwayFor,
  runGangway,
  startAgent,
  startRelay,
  updateTunnel,
} from '../support/gangway.ts';
import type { GangwayInFront, Relay } from '../support/gangway.ts';
import { relayTls } from '../support/relay-tls.ts';
import { ONLY_PORT, ScriptedServer } from '../support/scripted-server.ts';
import { startVsftpd } from '../support/servers/index.ts';

const { missing } = await ensureDebianPackages();
const skip = missing.length === 0 ? false : missing.join(' ');
const ACCOUNT = { user: 'u', password: 'p' };

describe('the doctor at a healthy tunnel before vsftpd', { skip }, () => {
  it('finds nothing, transfers both ways and leaves no file; and says so in JSON and in words', async (t) => {
    const server = await startVsftpd();
    t.after(() => server.stop());
    const { relay } = await servedWithCertificate(t, server);
    const { status, run, check, codes } = await examine(relay, { account: server });
    assert.deepEqual(codes('failed'), [], JSON.stringify(run.checks, null, 1));
    assert.deepEqual(codes('warning'), [], JSON.stringify(run.checks, null, 1));
    assert.deepEqual(codes('skipped'), ['dns-name']);
    assert.deepEqual([status, run.result], [0, 'ok']);
    const all = Object.keys(CHECKS).filter((code) => code !== 'implicit-port');
    assert.deepEqual(
      run.checks.map(({ code }) => code),
      all,
    );
    assert.match(check('passive-ports').saw, /^All 64 were reached/);
    for (const code of ['through-passive', 'through-active']) {
      assert.match(check(code).saw, /a file of 4096 bytes was sent, fetched and deleted/);
    }
    assert.match(check('through-passive').saw, /From the agent: .*From here: /);
    assert.deepEqual(await readdir(server.home), []);
    const args = ['doctor', '--data-dir', relay.dataDir];
    const { stdout } = await runGangway(args);
    assert.match(stdout, /^From outside.*\n.*ok {7}Address that clients are told/s);
    assert.equal(relay.log().includes(server.password), false);
  });
});

/** With a certificate that the agent's system believes. */
async function servedWithCertificate(
  t: TestContext,
  server: { host: string; port: number },
): Promise<{ relay: Relay }> {
  const { flags, caFile } = await relayTls('127.0.0.1');
  const relay = await startRelay({ flags });
  t.after(() => relay.stop());
  await servedBy(t, relay, server, ['env', `NODE_EXTRA_CA_CERTS=${caFile}`]);
  return { relay };
}

/** Makes a tunnel and starts an agent for it. */
async function servedBy(
  t: TestContext,
  relay: Pick<Relay, 'url' | 'createTunnel'>,
  { host, port }: { host: string; port: number },
  within: readonly string[] = [],
): Promise<void> {
  const server = `${host}:${port}`;
  const { enrolmentCode: code } = await relay.createTunnel('ftp', { server });
  const stateDir = await mkdtemp(join(tmpdir(), 'gangway-agent-'));
  t.after(() => rm(stateDir, { recursive: true, force: true }));
  const flags = ['--private-relay'];
  const agent = await startAgent({ relay: relay.url, code, server, stateDir, within, flags });
  t.after(() => agent.stop());
}

describe('the doctor at tunnels where something is wrong', () => {
  let server: ScriptedServer;
  let gangway: GangwayInFront;
  before(async () => {
    server = await ScriptedServer.start();
    gangway = await gangwayFor(server, { passivePorts: 4 });
  });
  beforeEach(() => {
    server.script = {};
  });
  after(async () => {
    await gangway?.close();
    await server?.close();
  });

  it('a server that knows no passive mode: a warning that says so, and everything works', async () => {
    server.script = { ...ONLY_PORT, STOR: (session) => session.reply('550 Permission denied.') };
    const { status, check, codes, run } = await examine(gangway.relay, { account: ACCOUNT });
    assert.deepEqual(codes('failed'), [], JSON.stringify(run.checks, null, 1));
    assert.equal(status, 0);
    assert.equal(check('server-modes').result, 'warning');
    assert.match(check('server-modes').saw, /EPSV does not .*PASV does not .*active works/);
    assert.match(check('through-passive').saw, /1 entries listed, .*may not: 550 Permission/);
  });

  it('a server mode that the server does not know: the check names the setting', async (t) => {
    server.script = { EPSV: (session) => session.reply('500 unknown') };
    t.after(() => updateTunnel(gangway.relay, ['--server-mode', 'auto']));
    await updateTunnel(gangway.relay, ['--server-mode', 'epsv']);
    const { status, check } = await examine(gangway.relay, { account: ACCOUNT });
    assert.equal(status, 1);
    assert.equal(check('server-modes').result, 'failed');
    assert.match(check('server-modes').remedy ?? '', /--server-mode auto/);
  });

  it('comes in as the policy wants it: with TLS that resumes, by the name of a shared tunnel', async (t) => {
    const { flags } = await relayTls('127.0.0.1');
    const tls = ['--tls', 'required', '--tls-data', 'required', '--require-session-reuse'];
    const strict = await gangwayFor(server, {
      passivePorts: 4,
      flags,
      tunnelFlags: [...tls, '--shared'],
      agentFlags: ['--private-relay'],
    });
    t.after(() => strict.close());
    server.script = { STOR: (session) => session.reply('553 No.') };
    const { check, codes, run } = await examine(strict.relay, { account: ACCOUNT });
    assert.deepEqual(codes('failed'), [], JSON.stringify(run.checks, null, 1));
    for (const code of ['through-passive', 'through-active']) {
      assert.match(check(code).saw, /1 entries listed/);
    }
    assert.match(check('through-passive').saw, /From the agent: 1 entries/);
  });

  it('an agent whose owner did not agree makes no transfers for a relay at a private address', async () => {
    const { check } = await examine(gangway.relay, { account: ACCOUNT });
    assert.match(check('through-passive').saw, /not tried, .*--private-relay/);
    assert.equal(check('passive-ports').result, 'ok');
  });

  it('a wrong account: the words of the server, and one attempt only', async () => {
    let attempts = 0;
    server.script = {
      PASS: (session) => {
        attempts += 1;
        session.reply('530 Login incorrect.');
      },
    };
    const { status, check, run } = await examine(gangway.relay, { account: ACCOUNT });
    assert.equal(status, 1);
    assert.match(check('server-login').saw, /530 Login incorrect/);
    assert.equal(attempts, 1);
    assert.equal(check('passive-ports').result, 'ok');
    assert.equal(
      run.checks.some(({ area }) => area === 'through'),
      false,
    );
  });

  it('a server that is down: its check fails and says where to look', async (t) => {
    const down = await gangwayFor({ host: '127.0.0.1', port: 1 }, { passivePorts: 2 });
    t.after(() => down.close());
    const { status, check } = await examine(down.relay, { account: ACCOUNT });
    assert.equal(status, 1);
    assert.equal(check('server-answers').result, 'failed');
    assert.match(check('server-answers').saw, /connect-refused/);
    assert.match(check('server-answers').remedy ?? '', /--server/);
    assert.equal(check('control-port').result, 'warning');
    assert.equal(check('passive-ports').result, 'ok');
  });

  it('a wrong --public-host: the address that clients are told, and the one that would do', async (t) => {
    const relay = await startRelay({ passivePorts: 2, flags: ['--public-host=127.0.0.77'] });
    t.after(() => relay.stop());
    // The agent is told where the relay is by somebody who knows.
    const { local } = await relay.waitFor('ready');
    await servedBy(t, { ...relay, url: String(local) }, server);
    const { status, check } = await examine(relay);
    assert.equal(status, 1);
    const { result, saw, remedy } = check('public-address');
    assert.equal(result, 'failed');
    assert.match(saw, /told 127\.0\.0\.77.*answers the agent at 127\.0\.0\.1/);
    assert.match(remedy ?? '', /--public-host 127\.0\.0\.1/);
    assert.equal(check('passive-ports').result, 'skipped');
  });

  it('no agent: the one check that can be made says since when', async (t) => {
    const alone = await gangwayFor(server, { passivePorts: 2 });
    t.after(() => alone.close());
    await alone.agent.stop();
    await alone.relay.waitFor('agent-disconnected');
    const { status, run, check } = await examine(alone.relay);
    assert.equal(status, 1);
    assert.equal(run.checks.length, 1);
    assert.match(check('server-answers').saw, /has been away since/);
  });

  it('a relay that stops ends a run at once, and keeps what was found', async (t) => {
    const hanging = await ScriptedServer.start();
    t.after(() => hanging.close());
    hanging.script = { GREETING: () => {} };
    const stopped = await gangwayFor(hanging, { passivePorts: 2 });
    t.after(() => stopped.close());
    const next = hanging.next();
    const asked = runGangway(['doctor', '--data-dir', stopped.relay.dataDir]);
    await next;
    const since = performance.now();
    assert.equal(await stopped.relay.stop(), 0);
    assert.ok(performance.now() - since < 5_000, 'it waited for the run');
    assert.equal((await asked).status, 1);
  });

  it('without a relay that runs the command says so', async (t) => {
    const dir = await mkdtemp(join(tmpdir(), 'gangway-none-'));
    t.after(() => rm(dir, { recursive: true, force: true }));
    const relay = await startRelay({ dir, passivePorts: 2 });
    await relay.createTunnel('ftp', { server: '127.0.0.1:21' });
    await relay.stop();
    const { status, output } = await runGangway(['doctor', '--data-dir', dir]);
    assert.equal(status, 1);
    assert.match(output, /needs a running relay/);
  });
});
