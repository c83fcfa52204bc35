import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { AgentLink } from '../../../relay-server/agents/agent-link.ts';
import { clearControl } from '../../../relay-server/gateway/client-control.ts';
import { DEFAULT_POLICY } from '../../../relay-server/policy.ts';
import { Journal } from '../../../relay-server/journal/journal.ts';
import { Lines } from '../../../relay-server/line/lines.ts';
import { LiveTunnel, type LiveTunnelOptions } from '../../../relay-server/tunnel.ts';
import type { LineLoss } from '../../../relay-server/views/line.ts';
import { diagnose } from '../../../shared/diagnosis/diagnose.ts';
import type { Finding } from '../../../shared/diagnosis/finding.ts';
import { SLAB_LIMITS } from '../../../shared/limits.ts';
import { Link } from '../../../shared/mux/link.ts';
import { WindowBudget } from '../../../shared/mux/window.ts';
import { SlabPool } from '../../../shared/net/slab-pool.ts';
import { GO_AWAY } from '../../../shared/proto/handshake.ts';
import { runningMemoryCarriers } from '../../support/memory-carrier.ts';
import { tcpPairFor } from '../../support/tcp-pair.ts';
import { recordedLog } from '../certificates/fixtures.ts';
import { TUNNEL } from '../fixtures.ts';

const IDENTITY = { agentId: 'a1', tunnelId: 't', name: 'pc', version: '1', address: '192.0.2.1' };
const DAY = 86_400_000;

/** A tunnel with an agent whose FTP server says nothing, and what is told of it. */
function bench(t: TestContext) {
  const losses: LineLoss[] = [];
  const found: Finding[] = [];
  const events: string[] = [];
  const { logger } = recordedLog();
  const lines = new Lines({ now: Date.now, keep: (loss) => losses.push(loss) });
  const journal = new Journal({
    diagnosis: { diagnose, recognise: () => ({ program: 'generic', name: null }) },
    passivePorts: [50_000, 50_063],
    readers: [
      {
        found: (_visit, finding) => found.push(finding),
        event: (_visit, event) => events.push(event.type),
      },
    ],
    now: Date.now,
  });
  const options = {
    tunnel: {
      ...TUNNEL,
      id: 't',
      createdAt: 0,
      updatedAt: 0,
      revision: 1,
      policy: DEFAULT_POLICY,
    },
    journal,
    lines,
    bans: { banOf: () => undefined },
    slabs: new SlabPool(SLAB_LIMITS),
    certificateFor: () => 'vouched' as const,
    identityFor: () => undefined,
    logger,
  };
  // Ports are never asked for: nobody gets as far as a transfer.
  const tunnel = new LiveTunnel(options as unknown as LiveTunnelOptions);
  const join = (): AgentLink => {
    const [ours, theirs] = runningMemoryCarriers();
    const link = new AgentLink({
      identity: IDENTITY,
      carrier: ours,
      name: 'link',
      grace: 0,
      windows: new WindowBudget(1 << 24),
      streamWindow: 1 << 20,
      logger,
      ready: () => {},
      closed: (self, why) => tunnel.removeLink(self, why),
    });
    const agent = new Link({
      side: 'agent',
      clock: () => 0,
      onOpen: () => {},
      onGoAway: () => {},
      onClosed: () => {},
    });
    agent.attach(theirs);
    tunnel.addLink(link);
    t.after(() => link.dismiss(GO_AWAY.draining, 'the test is over'));
    return link;
  };
  const visit = async (): Promise<void> => {
    const { accepted: socket } = await tcpPairFor(t);
    const client = { host: '127.0.0.1', port: socket.remotePort ?? 0 };
    const reached = { host: '127.0.0.1', port: TUNNEL.port };
    const head = new Uint8Array();
    const arrival = { socket, client, reached, balancer: undefined, head };
    tunnel.accept(arrival, clearControl(arrival, tunnel.terminator()));
  };
  return { tunnel, lines, losses, found, join, visit, events };
}

test('a line that was down and is back is a loss that was got over, told to the sessions over it', async (t) => {
  const { tunnel, losses, found, join, visit, events } = bench(t);
  const link = join();
  await visit();
  const other = join();
  tunnel.lineLost(other);
  tunnel.lineLost(link);
  tunnel.lineBack(link, 4_000.4);
  assert.partialDeepStrictEqual(losses, [{ tunnel: 'ftp', agent: 'a1', ms: 4_000, resumed: true }]);
  const [agent] = tunnel.state.agents;
  assert.ok(Date.now() - (agent?.link.lastResumedAt ?? 0) < 10_000);
  assert.deepEqual(events, ['opened', 'line-lost', 'line-back']);
  assert.deepEqual(found, []);
});

test('a link that ends while it waits is a loss that was not got over', async (t) => {
  const { tunnel, losses, join } = bench(t);
  const link = join();
  tunnel.lineLost(link);
  tunnel.removeLink(link, { by: 'self', code: 'link-lost', reason: 'waited long enough' });
  assert.partialDeepStrictEqual(losses, [{ agent: 'a1', resumed: false }]);
  assert.equal(losses.length, 1);
});

test('so is one whose carrier goes at once, but not one that is dismissed', async (t) => {
  const { tunnel, losses, join } = bench(t);
  tunnel.removeLink(join(), { by: 'carrier', code: 'link-lost', reason: 'reset' });
  assert.partialDeepStrictEqual(losses, [{ ms: 0, resumed: false }]);
  tunnel.removeLink(join(), { by: 'self', code: 'link-lost', reason: 'superseded' });
  tunnel.removeLink(join(), { by: 'peer', code: 'bad-frame', reason: 'nonsense' });
  assert.equal(losses.length, 1);
});

test('a session that a line takes along which drops at that hour each day has the finding', async (t) => {
  const { tunnel, lines, found, join, visit } = bench(t);
  const days = [3, 2, 1].map((ago) => Date.now() - ago * DAY);
  for (const at of days) lines.record({ tunnel: 'ftp', agent: 'a1', at, ms: 900, resumed: true });
  const link = join();
  await visit();
  tunnel.lineLost(link);
  assert.deepEqual(found, []);
  tunnel.lineBack(link, 900);
  assert.partialDeepStrictEqual(found, [
    { code: 'agent-line-drops', facts: { days: 4, losses: 4 } },
  ]);
});
