import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { testAuthority } from '../support/certificates.ts';
import { ensureNetworkTools } from '../support/debian.ts';
import { startAgent, startRelay, type GangwayProcess, type Relay } from '../support/gangway.ts';
import { mustWithin, whyNoNamespaces } from './namespaces.ts';
import { CLIENT_PROGRAM, PEER_PORT, SERVER_PROGRAM, type Habit } from './near-peers.ts';
import { RELAY, SERVER, buildLaboratory, type Laboratory, type Place } from './topology.ts';

const { missing } = await ensureNetworkTools();
const why = missing.length > 0 ? undefined : await whyNoNamespaces();
const skip = [...missing, ...(why === undefined ? [] : [why])].join(' ') || false;
const PYTHON = '/usr/bin/python3';
const HTTP_PORT = 8080;
/** Port of the server that speaks TLS. */
const TLS_PORT = PEER_PORT + 1;
const ALLOW = ['--lan-direct'];
/** What commands, replies and reports may cost on the relay's line: a small part of the file. */
const COMMANDS_BYTES = 256 * 1024;

/** How a client's data connection ended, and what it read last. */
interface Ending {
  readonly outcome: 'fin' | 'rst' | 'open' | 'sent';
  readonly bytes: number;
  readonly final: string;
}

describe("data that stays in the server's network, with peers of strange habits", { skip }, () => {
  let lab: Laboratory;
  let relay: Relay;
  let folder: string;
  let fingerprint: string;
  const ending: (() => Promise<unknown>)[] = [];
  before(async () => {
    lab = await buildLaboratory();
    folder = await mkdtemp(join(tmpdir(), 'gangway-near-'));
    const issued = await (await testAuthority()).issue({ names: [SERVER] });
    fingerprint = issued.fingerprint;
    for (const own of [[String(PEER_PORT)], [String(TLS_PORT), issued.bothFile]]) {
      const program = [PYTHON, '-c', SERVER_PROGRAM, SERVER, ...own];
      const server = within(lab, 'server', program);
      await once(server.stdout ?? server, 'data');
    }
    const flags = [`--http=0.0.0.0:${HTTP_PORT}`, '--listen-host=::'];
    relay = await startRelay({
      within: lab.within('relay'),
      flags: [...flags, `--public-host=${RELAY.ipv4}`, '--passive-ports=50000-50063'],
    });
  });
  after(async () => {
    for (const end of ending.toReversed()) await end();
    await relay?.stop();
    await lab?.remove();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  /** A tunnel and its agent, which both let data stay in the network. */
  async function tunnel(
    port: number,
    flags: readonly string[] = [],
    { serverPort = PEER_PORT, agentFlags = [] as readonly string[] } = {},
  ): Promise<GangwayProcess> {
    const server = `${SERVER}:${serverPort}`;
    const options = { server, port, flags: [...ALLOW, ...flags] };
    const { enrolmentCode: code } = await relay.createTunnel(`near-${port}`, options);
    const agent = await startAgent({
      within: lab.within('server'),
      relay: `http://${RELAY.ipv4}:${HTTP_PORT}`,
      stateDir: join(folder, String(port)),
      flags: [...ALLOW, '--log-level=debug', ...agentFlags],
      server,
      code,
    });
    ending.push(() => agent.kill());
    return agent;
  }

  async function visit(port: number, habit: Habit): Promise<Ending> {
    const from = relay.events().length;
    const args = [RELAY.ipv4, String(port), habit];
    const client = within(lab, 'neighbour', [PYTHON, '-c', CLIENT_PROGRAM, ...args]);
    let said = '';
    client.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await once(client, 'close');
    const told = relay.events().slice(from);
    assert.ok(
      told.some(({ event }) => event === 'session-data-direct'),
      'it went directly',
    );
    return JSON.parse(said) as Ending;
  }

  it('a client that ends its direction first gets the whole file and its 226', async () => {
    await tunnel(2131);
    const { outcome, bytes, final } = await visit(2131, 'half-close');
    assert.deepEqual({ outcome, bytes, final }, { outcome: 'fin', bytes: 8e6, final: '226 done' });
  });

  it('the bytes do not cross the relay, which knows how many there were all the same', async () => {
    await tunnel(2135);
    const [before, from] = [await bytesOfRelay(lab), relay.events().length];
    const { bytes } = await visit(2135, 'half-close');
    const crossed = (await bytesOfRelay(lab)) - before;
    assert.ok(crossed < COMMANDS_BYTES, `${crossed} bytes crossed the relay`);
    const ended = await relay.waitFor('session-transfer-ended', { from });
    assert.deepEqual([ended['bytes'], ended['code']], [bytes, 226]);
  });

  it('a server under TLS and a client without it get on, both ways', async () => {
    const agentFlags = ['--server-tls=explicit', `--server-fingerprint=${fingerprint}`];
    const agent = await tunnel(2136, [], { serverPort: TLS_PORT, agentFlags });
    const { outcome, bytes, final } = await visit(2136, 'half-close');
    assert.deepEqual({ outcome, bytes, final }, { outcome: 'fin', bytes: 8e6, final: '226 done' });
    assert.equal((await visit(2136, 'slow-upload')).final, '226 done');
    await agent.waitFor('data-secured');
  });

  it('an upload that goes on is no stall, with the shortest time-out there is', async () => {
    await tunnel(2132, ['--stall-timeout', '1s']);
    const { outcome, final } = await visit(2132, 'slow-upload');
    assert.deepEqual({ outcome, final }, { outcome: 'sent', final: '226 done' });
  });

  it('an upload that is sent before the server is there is whole', async () => {
    await tunnel(2138, ['--server-mode', 'active']);
    const { outcome, final } = await visit(2138, 'quick-upload');
    assert.deepEqual({ outcome, final }, { outcome: 'sent', final: '226 50000 bytes' });
  });

  it('a client whose server never connects is reset, and the agent keeps nothing of it', async () => {
    const agent = await tunnel(2133, ['--server-mode', 'active']);
    const before = await agent.counts();
    const from = agent.events().length;
    const { outcome } = await visit(2133, 'never-served');
    assert.equal(outcome, 'rst');
    await agent.waitFor('control-closed', { from });
    assert.equal((await agent.counts()).channels, before.channels);
  });

  it('a killed agent resets the client of a download, and the client reads 426', async () => {
    const agent = await tunnel(2134);
    const killed = agent.waitFor('upload-guarded').then(() => agent.kill());
    const { outcome, final } = await visit(2134, 'endless');
    await killed;
    assert.match(final, /^426 /);
    assert.equal(outcome, 'rst');
  });
});

function within(lab: Laboratory, place: Place, command: readonly string[]): ChildProcess {
  const [ip = 'ip', ...args] = [...lab.within(place), ...command];
  return spawn(ip, args, { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** What the relay's interface has received and sent. */
async function bytesOfRelay(lab: Laboratory): Promise<number> {
  const show = ['ip', '-j', '-s', 'link', 'show', 'dev', 'wan'];
  const [link] = JSON.parse(await mustWithin(lab.within('relay'), show)) as {
    stats64: Record<'rx' | 'tx', { bytes: number }>;
  }[];
  assert.ok(link);
  return link.stats64.rx.bytes + link.stats64.tx.bytes;
}
