import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Alerts } from '../../../relay-server/alerts/alerts.ts';
import { expectAgents } from '../../../relay-server/alerts/open.ts';
import { StoredAlertSettings } from '../../../relay-server/alerts/settings.ts';
import type { RelayNews } from '../../../relay-server/alerts/alert.ts';
import { HandTimers } from '../../support/fake-channel.ts';
import { SmtpSink } from '../../support/smtp-sink.ts';
import { recordedLog } from '../certificates/fixtures.ts';
import { freshStore, TUNNEL } from '../fixtures.ts';
import { startReceiver } from './fixtures.ts';

const FAILED: RelayNews = { type: 'tunnel-failed', tunnel: 'shop', reason: 'in use' };
const LISTENS: RelayNews = { type: 'tunnel-listening', tunnel: 'shop' };

async function bench(t: TestContext) {
  const { store, clock } = await freshStore(t);
  const timers = new HandTimers();
  const alerts = new Alerts({
    settings: await StoredAlertSettings.open(store.settings),
    relayName: 'relay.test',
    version: '1.2.3',
    logger: recordedLog().logger,
    after: (ms, expired) => timers.after(ms, expired),
    now: clock.now,
  });
  t.after(() => alerts.close());
  return { alerts, store, clock, timers };
}

test('by default nobody is told, and nothing waits', async (t) => {
  const { alerts } = await bench(t);
  alerts.take(FAILED);
  assert.deepEqual(alerts.deliveries, []);
  assert.equal(alerts.numbers.webhook.waiting, 0);
});

test('an alert goes to each channel that is on, with one id at each attempt', async (t) => {
  const { alerts, timers } = await bench(t);
  const receiver = await startReceiver(t);
  const sink = await SmtpSink.start();
  t.after(() => sink.close());
  const url = `smtp://127.0.0.1:${sink.port}`;
  await alerts.change({
    webhook: { enabled: true, url: receiver.url },
    mail: { enabled: true, url, from: 'gangway@example.org', to: ['ann@example.org'] },
  });
  receiver.answer = 500;
  alerts.take(FAILED);
  await Promise.all([receiver.times(1), sink.received(1)]);
  while (timers.waiting === 0) await new Promise((resolve) => setImmediate(resolve));
  receiver.answer = 200;
  timers.advance(10_000, () => {});
  await receiver.times(2);
  const ids = receiver.received.map(({ body }) => (JSON.parse(body) as { id: string }).id);
  assert.equal(ids[0], ids[1]);
  assert.match(sink.mails[0]?.data ?? '', /Subject: \[Gangway\] shop: tunnel failing/);
});

test('kinds that nobody wants are not sent', async (t) => {
  const { alerts } = await bench(t);
  const receiver = await startReceiver(t);
  const webhook = { enabled: true, url: receiver.url };
  await alerts.change({ webhook, kinds: ['limit-reached'] });
  alerts.take(FAILED);
  alerts.take({ type: 'limit-reached', tunnel: 'shop', limit: 'max-sessions' });
  await receiver.times(1);
  const kinds = receiver.received.map(({ body }) => (JSON.parse(body) as { kind: string }).kind);
  assert.deepEqual(kinds, ['limit-reached']);
});

test('a channel that is switched off forgets what waits', async (t) => {
  const { alerts, timers } = await bench(t);
  const receiver = await startReceiver(t);
  receiver.answer = 503;
  await alerts.change({ webhook: { enabled: true, url: receiver.url } });
  alerts.take(FAILED);
  alerts.take(LISTENS);
  await receiver.times(1);
  while (timers.waiting === 0) await new Promise((resolve) => setImmediate(resolve));
  await alerts.change({ webhook: { enabled: false } });
  assert.deepEqual([alerts.numbers.webhook.waiting, timers.waiting], [0, 0]);
});

test('settings outlive the relay, secrets included', async (t) => {
  const { alerts, store } = await bench(t);
  const secret = 'x'.repeat(16);
  await alerts.change({ agentGrace: 5000, webhook: { url: 'https://a.example.org/k/1', secret } });
  const { current } = await StoredAlertSettings.open(store.settings);
  assert.deepEqual(
    [current.agentGrace, current.revision, current.webhook],
    [5000, 1, { enabled: false, url: 'https://a.example.org/k/1', secret }],
  );
});

test('of two changes with the same revision one is refused', async (t) => {
  const { alerts } = await bench(t);
  const changes = [5000, 6000].map((agentGrace) => alerts.change({ agentGrace, revision: 0 }));
  const outcomes = await Promise.allSettled(changes);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  );
  assert.equal(alerts.view.agentGrace, 5000);
});

test('of the agents of a tunnel the one that was there last is missed from the start on', async (t) => {
  const { store } = await bench(t);
  const tunnel = await store.tunnels.create({ ...TUNNEL, name: 'shop' });
  const enrol = async (name: string): Promise<string> => {
    const { code } = await store.codes.create(tunnel.id);
    const redeemed = await store.codes.redeem(code, { name, version: '1' });
    assert.ok(redeemed.ok);
    return redeemed.agent.id;
  };
  const [old, last, revoked] = [await enrol('old'), await enrol('last'), await enrol('revoked')];
  await enrol('never');
  for (const [at, id] of [old, last, revoked].entries()) {
    await store.agents.seen(id, { at, from: '192.0.2.1', version: '1' });
  }
  await store.agents.revoke(revoked);
  const taken: RelayNews[] = [];
  await expectAgents(store, { take: (news) => void taken.push(news) });
  assert.deepEqual(taken, [{ type: 'agent-down', agentId: last, name: 'last', tunnel: 'shop' }]);
});
