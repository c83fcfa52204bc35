import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ensureDebianPackages } from '../support/debian.ts';
import { gangwayFor, updateTunnel, type GangwayInFront } from '../support/gangway.ts';
import { startHaproxy, type Haproxy } from '../support/haproxy.ts';
import { runProgram } from '../support/program.ts';
import { RawClient } from '../support/raw-client.ts';
import { reservePortBlock, type PortBlock } from '../support/ports.ts';
import { relayTls } from '../support/relay-tls.ts';
import { ScriptedServer } from '../support/scripted-server.ts';

const { missing } = await ensureDebianPackages();
const skip = missing.length === 0 ? false : missing.join(' ');

/** Where clients find the balancer, from where it connects, and from where a client does. */
const FRONT = '127.0.0.3';
const BALANCER = '127.0.0.4';
const CLIENT = '127.0.0.5';

const tls = await relayTls(FRONT);
/** How curl asks for data connections, and whether TLS is to be spoken on both. */
const PASV = ['--disable-epsv', '--no-ftp-skip-pasv-ip'];
const TLS = ['--ssl-reqd', '--cacert', tls.caFile];
const WAYS = { EPSV: [], PASV, 'EPSV, TLS': TLS, 'PASV, TLS': [...PASV, ...TLS] };

function update(gangway: GangwayInFront, ...flags: string[]): Promise<void> {
  return updateTunnel(gangway.relay, flags);
}

for (const sending of ['send-proxy', 'send-proxy-v2']) {
  describe(`HAProxy in front of the relay, ${sending}`, { skip }, () => {
    let server: ScriptedServer;
    let gangway: GangwayInFront;
    let haproxy: Haproxy;
    before(async () => {
      server = await ScriptedServer.start();
      gangway = await gangwayFor(server, { passivePorts: 2, flags: tls.flags });
      await update(gangway, '--proxy-from', BALANCER);
      const [first, last] = gangway.relay.passivePorts;
      const relay = `server relay ${gangway.host} source ${BALANCER} ${sending}`;
      const ports = `${FRONT}:${gangway.port},${FRONT}:${first}-${last}`;
      // Without a port of its own a server is connected to on the port the client came to.
      const section = ['listen ftp', `  bind ${ports}`, `  ${relay}`];
      haproxy = await startHaproxy(section, { host: FRONT, port: first });
    });
    after(async () => {
      await haproxy?.stop();
      await gangway?.close();
      await server?.close();
    });

    for (const [way, flags] of Object.entries(WAYS)) {
      it(`curl transfers in both directions, ${way}`, async () => {
        const seen = gangway.relay.events().length;
        const from = ['-q', '-sS', '--user', 'u:p', '--interface', CLIENT, ...flags];
        const url = `ftp://${FRONT}:${gangway.port}/file`;
        const got = await runProgram('/usr/bin/curl', [...from, url]);
        assert.equal(got.stdout.toString(), 'contents', got.stderr.toString());
        const opened = await gangway.relay.waitFor('session-opened', { from: seen });
        assert.partialDeepStrictEqual(opened, { client: { host: CLIENT }, balancer: BALANCER });
        const next = server.next();
        const put = await runProgram('/usr/bin/curl', [...from, '-T', '-', url], { stdin: 'more' });
        assert.equal(put.status, 0, put.stderr.toString());
        assert.equal((await (await next).data()).received.toString(), 'more');
      });
    }
  });
}

describe('HAProxy in front of the FTP server', { skip }, () => {
  let server: ScriptedServer;
  let gangway: GangwayInFront;
  let haproxy: Haproxy;
  let ports: PortBlock;
  before(async () => {
    server = await ScriptedServer.start();
    server.wantsProxyHeader = true;
    ports = await reservePortBlock(1);
    const at = { host: '127.0.0.1', port: ports.first };
    const to = `server ftp ${server.host}:${server.port} send-proxy-v2`;
    const section = ['listen ftp', `  bind ${at.host}:${at.port} accept-proxy`, `  ${to}`];
    haproxy = await startHaproxy(section, at);
    gangway = await gangwayFor(at, { passivePorts: 2 });
  });
  after(async () => {
    await gangway?.close();
    await haproxy?.stop();
    await server?.close();
    await ports?.release();
  });

  for (const version of ['v1', 'v2']) {
    it(`takes the relay's ${version} header for what it is`, async () => {
      await update(gangway, '--proxy-protocol', version);
      const next = server.next();
      const client = await RawClient.login(gangway, { localAddress: CLIENT });
      const { proxyHeader } = await next;
      const port = client.control.socket.localPort;
      const ends = {
        source: { host: CLIENT, port },
        destination: { host: gangway.host, port: gangway.port },
      };
      assert.deepEqual(proxyHeader, { kind: 'proxied', ends });
      await client.quit();
    });
  }
});
