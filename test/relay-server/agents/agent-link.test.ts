import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { pino } from 'pino';
import { AgentLink } from '../../../relay-server/agents/agent-link.ts';
import { LinkServerSide } from '../../../relay-server/gateway/link-server-side.ts';
import { LinkStream } from '../../../agent/link-stream.ts';
import type { Carrier } from '../../../shared/mux/carrier.ts';
import { Link } from '../../../shared/mux/link.ts';
import { WindowBudget } from '../../../shared/mux/window.ts';
import { GO_AWAY } from '../../../shared/proto/handshake.ts';
import type { AgentMessage, RelayMessage } from '../../../shared/proto/link-messages.ts';
import { RESET_CODE_NAMES } from '../../../shared/proto/reset-codes.ts';
import { runningMemoryCarriers } from '../../support/memory-carrier.ts';

const IDENTITY = { agentId: 'a', tunnelId: 't', name: 'n', version: 'v', address: '192.0.2.1' };

function linkOn(carrier: Carrier, ready: (link: AgentLink) => void = () => {}): AgentLink {
  const logger = pino({ level: 'silent' });
  return new AgentLink({
    identity: IDENTITY,
    carrier,
    name: 'link',
    grace: 0,
    windows: new WindowBudget(1 << 24),
    streamWindow: 1 << 20,
    logger,
    ready,
    closed: () => {},
  });
}

function dismissedLink(): AgentLink {
  const [carrier] = runningMemoryCarriers();
  const link = linkOn(carrier);
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

/** A link whose agent says this first, and hears what it is told. */
async function agentThatSays(
  t: TestContext,
  ...said: AgentMessage[]
): Promise<{ link: AgentLink; agent: LinkStream; heard: Promise<RelayMessage> }> {
  const [ours, theirs] = runningMemoryCarriers();
  const ready = Promise.withResolvers<AgentLink>();
  const link = linkOn(ours, ready.resolve);
  const far = new Link({
    side: 'agent',
    clock: () => 0,
    resetCodes: RESET_CODE_NAMES,
    onOpen: () => {},
    onGoAway: () => {},
    onClosed: () => {},
  });
  const heard = Promise.withResolvers<RelayMessage>();
  const agent = new LinkStream(far, heard.resolve);
  for (const message of said) agent.tell(message);
  far.attach(theirs);
  t.after(() => link.dismiss(GO_AWAY.draining, 'the test is over'));
  await ready.promise;
  // Whatever the agent said with its first stream has come when its next word has.
  await new Promise((resolve) => setImmediate(resolve));
  return { link, agent, heard: heard.promise };
}

const HELLO = { t: 'hello', version: '0.1.0', host: 'nas', server: '127.0.0.1:21' } as const;

test('an agent that does not say that it can is asked nothing, and the remedy is to update it', async (t) => {
  const { link, heard } = await agentThatSays(t, HELLO);
  const outdated = {
    code: 'agent-outdated',
    message: /version v/,
    remedy: /beside the FTP server/,
  };
  await assert.rejects(link.probe({ kind: 'clock' }), outdated);
  await assert.rejects(link.giveCredential(`gwa_${'0'.repeat(40)}`), outdated);
  link.tell({ t: 'tunnel', name: 'ftp', publicAddress: 'ftp://a' });
  assert.equal((await heard).t, 'tunnel', 'it was told nothing before that');
});

test('a question comes to an agent that can, and its answer back; what is no address is not shown', async (t) => {
  const able = { ...HELLO, capabilities: ['probe', 'credential', 'more'] };
  const place = { t: 'reached', address: '$(reboot)', visitable: true } as const;
  const { link, agent, heard } = await agentThatSays(t, able, place);
  const asked = link.probe({ kind: 'clock' });
  const question = await heard;
  assert.ok(question.t === 'probe');
  agent.tell({ t: 'probed', id: question.id, answer: { kind: 'clock', at: 7 } });
  assert.deepEqual(await asked, { kind: 'clock', at: 7 });
  assert.deepEqual([link.relayAddress, link.opensOutside], [undefined, false]);
});

test('a credential that the agent could not keep is told with its reason', async (t) => {
  const { link, agent, heard } = await agentThatSays(t, { ...HELLO, capabilities: ['credential'] });
  const given = link.giveCredential(`gwa_${'0'.repeat(40)}`);
  const message = await heard;
  assert.ok(message.t === 'credential');
  agent.tell({ t: 'credential-kept', id: message.id, problem: 'the disk is full' });
  await assert.rejects(given, { code: 'credential-not-kept', message: /the disk is full/ });
});

test('a question on a link that ends is over with it', async (t) => {
  const { link } = await agentThatSays(t, { ...HELLO, capabilities: ['probe'] });
  const asked = link.probe({ kind: 'clock' });
  link.dismiss(GO_AWAY.superseded, 'the same agent has connected again');
  await assert.rejects(asked, { code: 'agent-offline' });
});
