import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ensureDebianPackages, ensureNetworkTools } from '../support/debian.ts';
import { examine, type Examined } from '../support/doctor.ts';
import { startAgent, startRelay, type GangwayProcess, type Relay } from '../support/gangway.ts';
import { startVsftpd, type RealServer } from '../support/servers/index.ts';
import { mustWithin, whyNoNamespaces } from './namespaces.ts';
import { RELAY, SERVER, buildLaboratory, type Laboratory } from './topology.ts';

const missing = [
  ...(await ensureDebianPackages()).missing,
  ...(await ensureNetworkTools()).missing,
];
const why = missing.length > 0 ? undefined : await whyNoNamespaces();
const skip = [...missing, ...(why === undefined ? [] : [why])].join(' ') || false;
const HTTP_PORT = 8080;
/** The relay's firewall and a router before it, at their worst: drops, refuses, and mixes ports up. */
const FIREWALL = `table inet firewall {
  chain input {
    type filter hook input priority 0;
    tcp dport 50010-50012 drop
    tcp dport 50020 reject with tcp reset
  }
  chain prerouting {
    type nat hook prerouting priority -100;
    tcp dport 50030 redirect to :50031
  }
}`;

describe('the doctor before a firewall that lets a part of the passive ports in', { skip }, () => {
  let lab: Laboratory;
  let relay: Relay;
  let server: RealServer;
  let agent: GangwayProcess;
  let folder: string;
  before(async () => {
    lab = await buildLaboratory();
    folder = await mkdtemp(join(tmpdir(), 'gangway-doctor-'));
    server = await startVsftpd({ host: SERVER, within: lab.within('server') });
    relay = await startRelay({
      within: lab.within('relay'),
      flags: [
        `--http=0.0.0.0:${HTTP_PORT}`,
        '--listen-host=::',
        `--public-host=${RELAY.ipv4}`,
        '--passive-ports=50000-50063',
      ],
    });
    const at = `${server.host}:${server.port}`;
    const tunnel = { server: at, port: 21, flags: ['--implicit-port', '990'] };
    const { enrolmentCode: code } = await relay.createTunnel('ftp', tunnel);
    agent = await startAgent({
      within: lab.within('server'),
      relay: `http://${RELAY.ipv4}:${HTTP_PORT}`,
      server: at,
      code,
      stateDir: join(folder, 'agent'),
      // Addresses for documentation are nobody's public ones.
      flags: ['--private-relay'],
    });
  });
  after(async () => {
    await agent?.stop();
    await relay?.stop();
    await server?.stop();
    await lab?.remove();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  const look = (account?: RealServer): Promise<Examined> =>
    examine(relay, { within: lab.within('relay'), ...(account && { account }) });

  it('through an open one everything works from behind a router', async () => {
    const { codes, check, run } = await look(server);
    assert.deepEqual(codes('failed'), [], JSON.stringify(run.checks, null, 1));
    for (const code of ['public-address', 'control-port', 'implicit-port', 'passive-ports']) {
      assert.equal(check(code).result, 'ok', code);
    }
    assert.match(check('through-passive').saw, /From the agent: .*was sent, fetched and deleted/);
    assert.match(check('server-pasv-address').saw, new RegExp(`${SERVER}, which nobody outside`));
  });

  it('names each port that is not reached, why, and the rule that opens it', async () => {
    await mustWithin(lab.within('relay'), ['nft', '-f', '-'], FIREWALL);
    const { status, check } = await look();
    assert.equal(status, 1);
    const { result, saw, remedy } = check('passive-ports');
    assert.equal(result, 'failed');
    assert.match(saw, /^59 of 64 were reached/);
    assert.match(saw, /50010-50012: no answer\. A firewall drops/);
    assert.match(saw, /50020: refused/);
    assert.match(saw, /50030 are open, but something other/);
    assert.match(remedy ?? '', /ufw allow 50010:50012\/tcp/);
    assert.equal(check('control-port').result, 'ok');
  });
});
