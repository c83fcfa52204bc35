import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  gangwayFor,
  runGangway,
  startAgent,
  startRelay,
  type GangwayProcess,
  type Relay,
} from '../support/gangway.ts';
import { dial, RawClient } from '../support/raw-client.ts';
import { download, ScriptedServer } from '../support/scripted-server.ts';
import { soon } from '../support/watched-socket.ts';

/** Commands take effect in the running relay within this. */
const EFFECT_MS = 1000;

describe('administration of a running relay', () => {
  let relay: Relay;
  let server: ScriptedServer;
  let other: ScriptedServer;
  let stateDir: string;
  before(async () => {
    [server, other] = [await ScriptedServer.start(), await ScriptedServer.start()];
    relay = await startRelay();
    stateDir = await mkdtemp(join(tmpdir(), 'gangway-agent-'));
  });
  after(async () => {
    for (const agent of agents) await agent.stop();
    await relay?.stop();
    await server?.close();
    await other?.close();
    await rm(stateDir, { recursive: true, force: true });
  });

  const agentArgs = (code: string, dir: string, to = server): string[] => [
    'agent',
    `--relay=${relay.url}`,
    `--server=${to.host}:${to.port}`,
    `--code=${code}`,
    `--state-dir=${join(stateDir, dir)}`,
    '--log-format=json',
  ];
  const agents: GangwayProcess[] = [];
  const agentFor = async (code: string, dir: string, to = server): Promise<GangwayProcess> => {
    const agent = await startAgent({
      relay: relay.url,
      code,
      server: `${to.host}:${to.port}`,
      stateDir: join(stateDir, dir),
    });
    agents.push(agent);
    return agent;
  };

  it('a host of its own is told the agent; an implicit port in use is refused, and nothing ends', async () => {
    const at = `${server.host}:${server.port}`;
    const tunnel = await relay.createTunnel('named', { server: at });
    const agent = await agentFor(tunnel.enrolmentCode, 'named');
    const client = await RawClient.login(tunnel);
    const change = ['tunnel', 'update', 'named', '--data-dir', relay.dataDir];
    const from = agent.events().length;
    assert.equal((await runGangway([...change, '--host', 'Named.example.org'])).status, 0);
    const told = await agent.waitFor('tunnel-up', { from, timeoutMs: EFFECT_MS });
    assert.equal(told['address'], `ftp://named.example.org:${tunnel.port}`);
    const taken = await runGangway([...change, '--implicit-port', String(server.port)]);
    assert.equal(taken.status, 1);
    assert.match(taken.output, new RegExp(`port ${server.port} is in use`));
    const shown = await runGangway([
      'tunnel',
      'show',
      'named',
      '--json',
      '--data-dir',
      relay.dataDir,
    ]);
    const { implicitPort, host } = (JSON.parse(shown.stdout) as { tunnel: Record<string, unknown> })
      .tunnel;
    assert.deepEqual([implicitPort, host], [null, 'named.example.org']);
    await client.quit();
  });

  it('a created tunnel listens and a deleted one does not, within 1 s; its agent exits 1 and says why', async () => {
    const tunnel = await relay.createTunnel('brief', { server: `${server.host}:${server.port}` });
    const client = await RawClient.connect(tunnel);
    await client.expect(421);
    client.close();
    const agent = await agentFor(tunnel.enrolmentCode, 'brief');
    const session = await RawClient.login(tunnel);
    const deleted = await runGangway(['tunnel', 'delete', 'brief', '--data-dir', relay.dataDir]);
    assert.equal(deleted.status, 0, deleted.output);
    await soon(agent.ended, 'the end of the agent', EFFECT_MS);
    assert.equal(await agent.stop(), 1);
    assert.match(agent.log(), /tunnel was deleted/);
    await session.expect(421);
    assert.equal(await session.control.outcome, 'fin');
    session.close();
    await assert.rejects(dial(tunnel), /ECONNREFUSED/);
  });

  it('two tunnels of one relay do not mix', async () => {
    server.script = { PWD: (session) => session.reply('257 "/one"') };
    other.script = { PWD: (session) => session.reply('257 "/two"') };
    const one = await relay.createTunnel('one', { server: `${server.host}:${server.port}` });
    const two = await relay.createTunnel('two', { server: `${other.host}:${other.port}` });
    const agents = [
      await agentFor(one.enrolmentCode, 'one'),
      await agentFor(two.enrolmentCode, 'two', other),
    ];
    const clients = [await RawClient.login(one), await RawClient.login(two)];
    const said = await Promise.all(clients.map((client) => client.ask('PWD', 257)));
    assert.deepEqual(said, ['257 "/one"', '257 "/two"']);
    // The agent of one tunnel stopped: the other's client does not notice.
    await agents[0]?.stop();
    const [first, second] = clients;
    await first?.expect(421);
    first?.close();
    assert.equal((await second?.download('RETR file'))?.toString(), 'contents');
    await second?.quit();
    await agents[1]?.stop();
  });

  it('a wrong and a used enrolment code: exit 1, and the message names the remedy', async () => {
    const tunnel = await relay.createTunnel('codes', { server: `${server.host}:${server.port}` });
    const wrong = await runGangway(agentArgs('AAAA-BBBB-CCCC-DDDD', 'wrong'));
    assert.equal(wrong.status, 1, wrong.output);
    assert.match(wrong.output, /does not know this enrolment code/);
    assert.match(wrong.output, /Check it/);
    const agent = await agentFor(tunnel.enrolmentCode, 'codes');
    const again = await runGangway(agentArgs(tunnel.enrolmentCode, 'elsewhere'));
    assert.equal(again.status, 1, again.output);
    assert.match(again.output, /used/);
    assert.match(again.output, /gangway agent-code|new (enrolment )?code/);
    await agent.stop();
  });

  it('a revoked credential: the live agent exits 1 and says so, and so does its next start', async () => {
    const tunnel = await relay.createTunnel('revoked', { server: `${server.host}:${server.port}` });
    const agent = await agentFor(tunnel.enrolmentCode, 'revoked');
    const shown = await runGangway([
      'tunnel',
      'show',
      'revoked',
      '--json',
      '--data-dir',
      relay.dataDir,
    ]);
    const { tunnel: view } = JSON.parse(shown.stdout) as { tunnel: { agents: { id: string }[] } };
    const [id] = view.agents.map((each) => each.id);
    assert.ok(id !== undefined, shown.output);
    const revoked = await runGangway(['agent-revoke', id, '--data-dir', relay.dataDir]);
    assert.equal(revoked.status, 0, revoked.output);
    await soon(agent.ended, 'the end of the agent', EFFECT_MS);
    assert.equal(await agent.stop(), 1);
    assert.match(agent.log(), /revoked/);
    const again = await runGangway(agentArgs(tunnel.enrolmentCode, 'revoked'));
    assert.equal(again.status, 1, again.output);
    assert.match(again.output, /revoked; enrol again with a new code/);
  });

  it('a tunnel on a port that is taken is refused by its port, or told by its state', async () => {
    const args = [
      'tunnel',
      'create',
      'taken',
      '--port',
      String(server.port),
      '--data-dir',
      relay.dataDir,
    ];
    const created = await runGangway([...args, '--json']);
    if (created.status === 0) {
      const shown = await runGangway(['tunnel', 'show', 'taken', '--data-dir', relay.dataDir]);
      assert.match(shown.output, /EADDRINUSE|in use|taken/);
      await runGangway(['tunnel', 'delete', 'taken', '--data-dir', relay.dataDir]);
    } else {
      assert.equal(created.status, 1, created.output);
      assert.ok(created.output.includes(String(server.port)), created.output);
    }
  });

  it('a second relay on the same HTTP port: exit 1, and the message names address and flag', async () => {
    const { host } = new URL(relay.url);
    const dir = await mkdtemp(join(tmpdir(), 'gangway-relay-'));
    const [from] = relay.passivePorts;
    const second = await runGangway([
      'relay',
      `--data-dir=${dir}`,
      `--http=${host}`,
      '--listen-host=127.0.0.2',
      `--passive-ports=${from}-${from}`,
      '--first-tunnel=none',
    ]);
    await rm(dir, { recursive: true, force: true });
    assert.equal(second.status, 1, second.output);
    assert.ok(second.output.includes(host), second.output);
    assert.match(second.output, /--http/);
  });

  it('a second relay on the same data directory: exit 1, and the message names it', async () => {
    const [from] = relay.passivePorts;
    const args = ['--http=127.0.0.1:0', '--listen-host=127.0.0.2', '--first-tunnel=none'];
    const second = await runGangway([
      'relay',
      `--data-dir=${relay.dataDir}`,
      `--passive-ports=${from}-${from}`,
      ...args,
    ]);
    assert.equal(second.status, 1, second.output);
    assert.ok(second.output.includes(relay.dataDir), second.output);
  });
});

describe('many short transfers', () => {
  it('case 103: 1000 files of 1 kB one after the other, and 10 × 100 at once, without a fault', async () => {
    const server = await ScriptedServer.start();
    const kilobyte = Buffer.alloc(1024, 'k');
    server.script = { RETR: download(kilobyte) };
    const gangway = await gangwayFor(server);
    const fetch = async (count: number): Promise<void> => {
      const client = await RawClient.login(gangway);
      for (let i = 0; i < count; i += 1) {
        assert.equal((await client.download(`RETR ${i}`)).length, kilobyte.length);
      }
      await client.quit();
    };
    try {
      await fetch(1000);
      await Promise.all(Array.from({ length: 10 }, () => fetch(100)));
    } finally {
      await gangway.close();
      await server.close();
    }
  });
});
