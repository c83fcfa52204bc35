import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Alert } from '../../relay-server/alerts/alert.ts';
import { startReceiver, type Receiver } from '../relay-server/alerts/fixtures.ts';
import {
  runGangway,
  startAgent,
  startRelay,
  type GangwayProcess,
  type Relay,
  type TestTunnel,
} from '../support/gangway.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RawClient } from '../support/raw-client.ts';
import { ScriptedServer } from '../support/scripted-server.ts';

describe('alerts of a relay that runs', () => {
  let server: ScriptedServer;
  let relay: Relay;
  let tunnel: TestTunnel;
  let agent: GangwayProcess;
  let stateDir: string;
  let receiver: Receiver;
  let token: string;
  const cleanUp: (() => void)[] = [];
  const address = (): string => `${server.host}:${server.port}`;
  const beginAgent = (): Promise<GangwayProcess> =>
    startAgent({ relay: relay.url, code: tunnel.enrolmentCode, server: address(), stateDir });
  const change = async (body: object): Promise<void> => {
    const response = await fetch(`${relay.url}/api/v1/alerts`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    assert.equal(response.status, 200, await response.text());
  };
  /** The alerts that came, once there are so many. */
  const alerts = async (count: number): Promise<Alert[]> => {
    await receiver.times(count);
    return receiver.received.map(({ body }) => JSON.parse(body) as Alert);
  };
  before(async () => {
    server = await ScriptedServer.start();
    relay = await startRelay();
    stateDir = await mkdtemp(join(tmpdir(), 'gangway-agent-'));
    const { dataDir } = relay;
    tunnel = await relay.createTunnel('shop', { server: address(), flags: ['--max-sessions=1'] });
    const made = await runGangway(['token', 'create', 'alerts', '--json', '--data-dir', dataDir]);
    token = /gwt_\w+/.exec(made.stdout)?.[0] ?? assert.fail(made.output);
    receiver = await startReceiver({ after: (run) => void cleanUp.push(run as () => void) });
    await change({ agentGrace: 1000, webhook: { enabled: true, url: receiver.url } });
    agent = await beginAgent();
  });
  after(async () => {
    await agent?.stop();
    await relay?.stop();
    await server?.close();
    for (const run of cleanUp) run();
    await rm(stateDir, { recursive: true, force: true });
  });

  it('tell of an agent that is gone, and that it is back', async () => {
    await agent.kill();
    const [offline] = await alerts(1);
    agent = await beginAgent();
    const [, online] = await alerts(2);
    assert.deepEqual([offline?.kind, offline?.state], ['agent-offline', 'raised']);
    assert.deepEqual([online?.kind, online?.state], ['agent-online', 'resolved']);
    assert.equal(online?.key, offline?.key);
    assert.equal(offline?.tunnel, 'shop');
    assert.ok((offline?.at ?? 0) - (offline?.since ?? 0) >= 1000);
  });

  it('tell that a tunnel has as many sessions as it may have', async () => {
    const first = await RawClient.login(tunnel);
    const second = await RawClient.connect(tunnel);
    await second.expect(421);
    const [, , limit] = await alerts(3);
    assert.deepEqual([limit?.kind, limit?.subject], ['limit-reached', 'max-sessions']);
    await first.quit();
  });

  it('tell nothing of agents that were revoked, or whose tunnel was deleted', async () => {
    const dataDir = ['--data-dir', relay.dataDir];
    const endings = [
      () => ['tunnel', 'delete', 'gone', ...dataDir],
      (agentId: string) => ['agent-revoke', agentId, ...dataDir],
    ];
    for (const [i, ending] of endings.entries()) {
      const other = await relay.createTunnel(i === 0 ? 'gone' : 'other', { server: address() });
      const otherState = await mkdtemp(join(tmpdir(), 'gangway-agent-'));
      const at = { relay: relay.url, server: address(), stateDir: otherState };
      const doomed = await startAgent({ ...at, code: other.enrolmentCode });
      const connected = relay.events().findLast(({ event }) => event === 'agent-connected');
      const ended = await runGangway(ending(String(connected?.['agent'])));
      assert.equal(ended.status, 0, ended.output);
      await doomed.ended;
      await rm(otherState, { recursive: true, force: true });
    }
    // The grace of this one is over later than that of the others would be.
    await agent.stop();
    const told = await alerts(4);
    assert.deepEqual([told[3]?.kind, told[3]?.tunnel], ['agent-offline', 'shop']);
    assert.equal(told.length, 4);
  });
});
