import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { formatProxyHeader } from '../../relay-server/proxy-protocol/header.ts';
import type { FindingView } from '../../relay-server/views/findings.ts';
import type { SessionStory } from '../../relay-server/views/sessions.ts';
import { BALANCER } from '../support/balancer.ts';
import { curl } from '../support/clients/curl.ts';
import { runClient } from '../support/clients/client.ts';
import { ensureDebianPackages } from '../support/debian.ts';
import { gangwayFor, updateTunnel, type GangwayInFront } from '../support/gangway.ts';
import { RawClient } from '../support/raw-client.ts';
import { RelayApi, type LiveEvents } from '../support/relay-api.ts';
import { startVsftpd, type RealServer } from '../support/servers/index.ts';

const { missing } = await ensureDebianPackages();
const skip = missing.length === 0 ? false : missing.join(' ');

/** Where a client with a public address seems to come from, as a balancer says. */
const ABROAD = { host: '8.8.8.8', port: 40_000 };

describe('what the webmaster reads of clients that fail', { skip }, () => {
  let server: RealServer;
  let gangway: GangwayInFront;
  let api: RelayApi;
  let events: LiveEvents;

  before(async () => {
    server = await startVsftpd();
    gangway = await gangwayFor(server, { tunnelFlags: ['--proxy-from', '127.0.0.4'] });
    api = await RelayApi.of(gangway.relay);
    events = await api.listen();
  });
  afterEach(() =>
    updateTunnel(gangway.relay, ['--tls', 'optional', '--client-mode', 'any', '--no-read-only']),
  );
  after(async () => {
    api?.close();
    await gangway?.close();
    await server?.stop();
  });

  const told = async (code: string): Promise<FindingView> =>
    (await events.next('finding', (finding) => finding.code === code)).data;

  /** A client with a public address, logged in. @param port that it connected to, as the balancer says */
  const loginAbroad = async (port = 21): Promise<RawClient> => {
    const client = await RawClient.connect(gangway, BALANCER);
    const destination = { host: '127.0.0.3', port };
    client.send(formatProxyHeader('v2', { source: ABROAD, destination }));
    await client.expect(220);
    await client.ask(`USER ${server.user}`, 331);
    await client.ask(`PASS ${server.password}`, 230);
    return client;
  };

  /** The story of a visit once history has it. */
  const storyOf = async (session: string): Promise<SessionStory> => {
    for (;;) {
      const story = await api.story(session);
      if (story !== undefined && story.past !== null) return story;
      await new Promise((resolve) => {
        setTimeout(resolve, 50);
      });
    }
  };

  it('a wrong password with curl: program, user, both sides of the story, and what to tell him', async () => {
    const result = await curl({ ...gangway, user: server.user, password: 'wrong' }).list('');
    assert.notEqual(result.status, 0);
    const finding = await told('wrong-password');
    assert.deepEqual(
      [finding.user, finding.program, finding.side],
      [server.user, 'generic', 'client'],
    );
    const { past, timeline, findings } = await storyOf(finding.session);
    assert.equal(past?.outcome, 'failed-login');
    const texts = timeline.map(({ side, text }) => `${side}: ${text}`);
    assert.ok(
      texts.some((text) => text.startsWith('server: refused the login')),
      texts.join('\n'),
    );
    assert.ok(texts.includes('client: sent a password'));
    assert.ok(!JSON.stringify(timeline).includes('wrong'), 'the password is nowhere');
    assert.match(findings[0]?.tellUser ?? '', /does not accept the user name/);
  });

  it('PORT with a private address at port 21, and at another', async () => {
    const client = await loginAbroad();
    await client.ask('PORT 192,168,1,7,200,10', 500);
    const finding = await told('active-private-address');
    assert.match(finding.what, /8\.8\.8\.8.*192\.168\.1\.7/);
    assert.equal(finding.client, ABROAD.host);
    client.control.end();
    const other = await loginAbroad(2121);
    await other.ask('PORT 192,168,1,7,200,10', 500);
    await told('nat-helper-blind-port');
    other.control.end();
  });

  it('TLS that the tunnel requires, while the session lives', async () => {
    await updateTunnel(gangway.relay, ['--tls', 'required']);
    const client = await RawClient.connect(gangway);
    await client.expect(220);
    await client.ask('USER someone', 530);
    const { session, tellUser } = await told('tls-required');
    assert.match(tellUser, /encryption/);
    const story = await api.story(session);
    assert.equal(story?.live?.id, session);
    assert.equal(story.findings[0]?.code, 'tls-required');
    client.control.end();
  });

  it('a certificate that lftp does not trust', async () => {
    const script = `set net:max-retries 1; set ftp:ssl-force true; open -u u,p -p ${gangway.port} ${gangway.host}; ls`;
    const result = await runClient('/usr/bin/lftp', ['--norc', '-c', script]);
    assert.notEqual(result.status, 0);
    const finding = await told('certificate-refused');
    assert.equal(finding.program, 'lftp');
    assert.match(finding.webmaster, /--acme/);
  });

  it('active mode that the client cannot be reached in', async () => {
    const client = await RawClient.login({ ...gangway, ...account() });
    // Nobody listens at the discard port's neighbour above 1024.
    await client.ask('PORT 127,0,0,1,4,1', 200);
    await client.ask('LIST', 425);
    const { what } = await told('active-blocked-at-client');
    assert.match(what, /127\.0\.0\.1 port 1025/);
    client.control.end();
  });

  it('a file that may not be written, and a mode that is not allowed', async () => {
    const client = await RawClient.login({ ...gangway, ...account() });
    await updateTunnel(gangway.relay, ['--read-only']);
    await client.ask('DELE x', 550);
    await told('read-only');
    await updateTunnel(gangway.relay, ['--client-mode', 'passive']);
    await client.ask('PORT 127,0,0,1,4,1', 502);
    const { session } = await told('active-not-allowed');
    await client.ask('QUIT', 221);
    const { past } = await storyOf(session);
    assert.deepEqual(past?.findings.toSorted(), ['active-not-allowed', 'read-only']);
  });

  for (const [first, code] of [
    ['SSH-2.0-OpenSSH_9.6\r\n', 'speaks-sftp'],
    ['GET / HTTP/1.1\r\n\r\n', 'speaks-http'],
    ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'implicit-tls-at-explicit-port'],
  ] as const) {
    it(`a client that is no FTP client: ${code}`, async () => {
      const client = await RawClient.connect(gangway);
      await client.expect(220);
      client.send(Buffer.from(first, 'latin1'));
      const finding = await told(code);
      assert.equal(finding.side, 'client');
      client.control.end();
    });
  }

  it('a banned address, by the command line, and its ban lifted again', async () => {
    const made = await api.call('POST', '/bans', { network: ABROAD.host, reason: 'test' });
    const { ban } = made.json as { ban: { id: string } };
    const client = await RawClient.connect(gangway, BALANCER);
    const destination = { host: '127.0.0.3', port: 21 };
    client.send(formatProxyHeader('v2', { source: ABROAD, destination }));
    assert.match(await client.expect(421), /banned/);
    assert.equal((await told('banned')).client, ABROAD.host);
    assert.equal((await api.call('DELETE', `/bans/${ban.id}`)).status, 204);
    (await loginAbroad()).control.end();
  });

  const account = (): { user: string; password: string } => ({
    user: server.user,
    password: server.password,
  });
});

describe('what the webmaster reads when his own side fails', { skip }, () => {
  it('a server that is down, an agent that is away', async () => {
    const server = await startVsftpd();
    const gangway = await gangwayFor(server);
    const stateDir = await mkdtemp(join(tmpdir(), 'gangway-diagnosis-'));
    const api = await RelayApi.of(gangway.relay);
    const events = await api.listen();
    try {
      await server.stop();
      const client = await RawClient.connect(gangway);
      await client.expect(421);
      const down = await events.next('finding', ({ code }) => code === 'server-down');
      assert.equal(down.data.side, 'server');
      await gangway.agent.stop();
      await events.next('tunnel', ({ name }) => name === 'ftp');
      const late = await RawClient.connect(gangway);
      await late.expect(421);
      const away = await events.next('finding', ({ code }) => code === 'agent-offline');
      assert.match(away.data.what, /away since/);
    } finally {
      api.close();
      await gangway.close();
      await rm(stateDir, { recursive: true, force: true });
    }
  });
});
