import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  runGangway,
  startAgent,
  startRelay,
  type GangwayProcess,
  type Relay,
} from '../support/gangway.ts';
import { RawClient } from '../support/raw-client.ts';
import { ScriptedServer } from '../support/scripted-server.ts';

describe("rotation of an agent's credential", () => {
  let relay: Relay;
  let server: ScriptedServer;
  let stateDir: string;
  let agent: GangwayProcess;
  let port: number;
  before(async () => {
    server = await ScriptedServer.start();
    relay = await startRelay({ passivePorts: 2 });
    stateDir = await mkdtemp(join(tmpdir(), 'gangway-agent-'));
    const made = await relay.createTunnel('ftp', { server: `${server.host}:${server.port}` });
    ({ port } = made);
    agent = await start(made.enrolmentCode);
  });
  after(async () => {
    await agent?.stop();
    await relay?.stop();
    await server?.close();
    await rm(stateDir, { recursive: true, force: true });
  });

  const start = (code?: string): Promise<GangwayProcess> =>
    startAgent({
      relay: relay.url,
      server: `${server.host}:${server.port}`,
      stateDir,
      ...(code !== undefined && { code }),
    });
  const stored = async (): Promise<{ agentId: string; credential: string }> =>
    JSON.parse(await readFile(await credentialFile(), 'utf8')) as Awaited<
      ReturnType<typeof stored>
    >;
  const credentialFile = async (): Promise<string> => {
    const [name = 'none'] = await readdir(stateDir);
    return join(stateDir, name);
  };
  const rotate = (id: string): ReturnType<typeof runGangway> =>
    runGangway(['agent-rotate', id, '--data-dir', relay.dataDir]);

  it('writes the new one for its owner alone; sessions go on; the old one is void; the new one serves', async (t) => {
    const old = await stored();
    const stolen = `${stateDir}-stolen`;
    t.after(() => rm(stolen, { recursive: true, force: true }));
    await cp(stateDir, stolen, { recursive: true });
    const client = await RawClient.login({ host: '127.0.0.1', port });
    const rotated = await rotate(old.agentId);
    assert.equal(rotated.status, 0, rotated.output);
    const now = await stored();
    assert.notEqual(now.credential, old.credential);
    assert.equal(now.agentId, old.agentId);
    assert.equal((await stat(await credentialFile())).mode & 0o777, 0o600);
    assert.equal((await client.download('RETR file')).toString(), 'contents');
    await client.quit();
    const thief = await runGangway([
      'agent',
      `--relay=${relay.url}`,
      `--server=${server.host}:${server.port}`,
      `--state-dir=${stolen}`,
    ]);
    assert.equal(thief.status, 1);
    assert.match(thief.output, /does not know this credential/);
    await agent.stop();
    agent = await start();
    const again = await RawClient.login({ host: '127.0.0.1', port });
    await again.quit();
    for (const { credential } of [old, now]) {
      assert.equal(`${relay.log()}${agent.log()}`.includes(credential), false, 'it is in no log');
    }
  });

  it('an agent killed right after a rotation comes back with what it has', async () => {
    const { agentId } = await stored();
    assert.equal((await rotate(agentId)).status, 0);
    await agent.kill();
    agent = await start();
    const client = await RawClient.login({ host: '127.0.0.1', port });
    await client.quit();
  });

  it('one that cannot be kept is told, and the agent goes on with the one it has', async () => {
    const old = await stored();
    // Root may write anywhere but into a folder that is not there.
    const hidden = `${stateDir}-hidden`;
    await rename(stateDir, hidden);
    await writeFile(stateDir, '');
    const rotated = await rotate(old.agentId);
    await rm(stateDir);
    await rename(hidden, stateDir);
    assert.equal(rotated.status, 1, rotated.output);
    assert.match(rotated.output, /could not keep its new credential/);
    assert.deepEqual(await stored(), old);
    await agent.stop();
    agent = await start();
  });

  it('an agent that is away, and one that does not exist: the message says which', async () => {
    const { agentId } = await stored();
    await agent.stop();
    const away = await rotate(agentId);
    assert.equal(away.status, 1);
    assert.match(away.output, /not connected/);
    const nobody = await rotate('nobody');
    assert.match(nobody.output, /there is no agent nobody/);
    agent = await start();
  });
});
