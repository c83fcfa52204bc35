import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RelayNews } from '../../../relay-server/alerts/alert.ts';
import { newsOfTunnels, newsOfVisits } from '../../../relay-server/alerts/news-of.ts';
import { Journal } from '../../../relay-server/journal/journal.ts';
import type { RecordedEvent } from '../../../shared/diagnosis/record.ts';
import { CLIENT, CONTEXT, transferred } from '../metrics/bench.ts';
import { linkFacts } from '../../support/links.ts';

const OPENED: RecordedEvent = { type: 'opened', client: CLIENT };
const LOGGED_IN: RecordedEvent = { type: 'logged-in', code: 230 };
const closed = (by: 'client' | 'server' | 'tunnel' | 'gateway', code: string): RecordedEvent => ({
  type: 'closed',
  by,
  code,
  reason: code,
  ms: 1,
});

/** What a visit to the tunnel `shop` says, to which these things happened. */
function visited(...events: readonly RecordedEvent[]): RelayNews[] {
  const taken: RelayNews[] = [];
  const journal = new Journal({
    diagnosis: { diagnose: () => [], recognise: () => ({ program: 'generic', name: null }) },
    passivePorts: [50_000, 50_063],
    readers: [newsOfVisits((news) => taken.push(news))],
    now: () => 0,
  });
  const facts = { id: 'v', tunnel: 'shop', client: CLIENT, port: 21 };
  const visit = journal.open(facts, () => CONTEXT);
  for (const event of events) visit.event(event);
  visit.over();
  return taken;
}

const says = (how: 'well' | 'failed') => [{ type: 'session-closed', tunnel: 'shop', how }];

test('a session that was used says that the tunnel does well', () => {
  assert.deepEqual(visited(OPENED, LOGGED_IN, closed('client', 'quit')), says('well'));
  const transfer = transferred('download', 5);
  assert.deepEqual(visited(OPENED, LOGGED_IN, transfer, closed('client', 'quit')), says('well'));
});

test('a transfer that failed, and an end by the server or the link, say that it fails', () => {
  const broken = transferred('upload', 5, 426);
  assert.deepEqual(visited(OPENED, LOGGED_IN, broken, closed('client', 'quit')), says('failed'));
  assert.deepEqual(visited(OPENED, closed('server', 'connect-refused')), says('failed'));
  assert.deepEqual(visited(OPENED, LOGGED_IN, closed('tunnel', 'link-lost')), says('failed'));
});

test('scanners, wrong passwords and those who may not come say nothing', () => {
  const refused: RecordedEvent = { type: 'login-failed', code: 530, text: 'no' };
  assert.deepEqual(visited(OPENED, closed('client', 'client-closed')), []);
  assert.deepEqual(visited(OPENED, closed('gateway', 'login-timeout')), []);
  assert.deepEqual(visited(OPENED, refused, closed('client', 'quit')), []);
  const banned = { type: 'turned-away', why: 'banned', code: 421, text: 'no' } as const;
  assert.deepEqual(visited(banned), []);
});

test('limits that clients run into are told by name', () => {
  const limit = (name: string) => [{ type: 'limit-reached', tunnel: 'shop', limit: name }];
  const full = { type: 'turned-away', code: 421, text: 'full' } as const;
  for (const why of ['max-sessions', 'max-sessions-per-address'] as const) {
    assert.deepEqual(visited({ ...full, why }), limit(why));
  }
  const failed = { type: 'setup-failed', verb: 'EPSV', text: 'no' } as const;
  assert.deepEqual(visited({ ...failed, why: 'no-passive-port' })[0], limit('passive-ports')[0]);
  const refused = visited({ ...failed, why: 'server' });
  assert.ok(!refused.some(({ type }) => type === 'limit-reached'));
});

test('agents and ports are told of as they stand', () => {
  const taken: RelayNews[] = [];
  const watch = newsOfTunnels((news) => taken.push(news));
  const agent = { agentId: 'a', tunnelId: 't', name: 'pc', version: '1', address: CLIENT.host };
  watch.agentCame?.('shop', agent);
  watch.agentLeft?.('shop', agent, linkFacts());
  watch.agentRevoked?.('a');
  watch.listens?.('shop', { state: 'failed', port: 21, code: 'EACCES', reason: 'not permitted' });
  watch.listens?.('shop', { state: 'stopped' });
  watch.listens?.('shop', { state: 'listening' });
  watch.gone?.('shop', undefined);
  assert.deepEqual(taken, [
    { type: 'agent-up', agentId: 'a', name: 'pc', tunnel: 'shop' },
    { type: 'agent-down', agentId: 'a', name: 'pc', tunnel: 'shop' },
    { type: 'agent-revoked', agentId: 'a' },
    { type: 'tunnel-failed', tunnel: 'shop', reason: 'not permitted' },
    { type: 'tunnel-listening', tunnel: 'shop' },
    { type: 'tunnel-gone', tunnel: 'shop', renamed: undefined },
  ]);
});
