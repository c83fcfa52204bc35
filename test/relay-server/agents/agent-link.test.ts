import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { AgentLink } from '../../../relay-server/agents/agent-link.ts';
import { LinkServerSide } from '../../../relay-server/gateway/link-server-side.ts';
import { GO_AWAY } from '../../../shared/proto/handshake.ts';
import { runningMemoryCarriers } from '../../support/memory-carrier.ts';

function dismissedLink(): AgentLink {
  const [carrier] = runningMemoryCarriers();
  const link = new AgentLink({
    identity: { agentId: 'a', tunnelId: 't', name: 'n', version: 'v', address: '192.0.2.1' },
    carrier,
    logger: pino({ level: 'silent' }),
    ready: () => {},
    closed: () => {},
  });
  link.dismiss(GO_AWAY.superseded, 'the same agent has connected again');
  return link;
}

test('a data connection asked for on a link that is closed is over at once, with the reason', () => {
  const ended: string[] = [];
  const watcher = {
    report: () => assert.fail('nobody reports'),
    over: (broken?: { reason: string }) => void ended.push(broken?.reason ?? 'in order'),
  };
  dismissedLink().openData({ t: 'data', control: 2, port: 50_000 }, watcher);
  assert.deepEqual(ended, ['the same agent has connected again']);
});

test('listening and dialling a neighbour on a link that is closed fail at once', () => {
  const side = new LinkServerSide({
    agent: dismissedLink(),
    session: 's',
    client: 'c',
    proxyHeader: () => undefined,
    describeFailure: ({ reason }) => reason,
  });
  const reasons: string[] = [];
  const failed = (reason: string): void => void reasons.push(reason);
  const never = (): void => assert.fail('nothing comes about');
  side.listenData({ listening: never, connected: never, failed }, false);
  const server = side.openData(50_000, never, true);
  side.dialNear(server, { host: '192.168.1.5', port: 50_000 }, { connected: never, failed });
  assert.equal(reasons.length, 2);
});
