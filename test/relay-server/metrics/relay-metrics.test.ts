import assert from 'node:assert/strict';
import { test } from 'node:test';
import { METRICS_LIMITS } from '../../../relay-server/watch-limits.ts';
import { carrierFacts, linkFacts } from '../../support/links.ts';
import { CLIENT, idle, linkOf, metricsBench, transferred } from './bench.ts';

const OPENED = { type: 'opened', client: CLIENT } as const;
const TURNED_AWAY = { type: 'turned-away', why: 'offline', code: 421, text: 'away' } as const;
const AGENT = { agentId: 'a', tunnelId: 't', name: 'pc', version: '1', address: CLIENT.host };

test('what is given is the text format, with each series once, also when asked twice at once', async () => {
  const { metrics, read, visit } = metricsBench({
    bans: () => 2,
    history: () => ({ waiting: 3, dropped: 4 }),
    alerts: () => ({ mail: { waiting: 1, delivered: 5, failed: 6, givenUp: 7 } }),
  });
  metrics.watchProcess();
  visit('ftp', OPENED);
  const [first, second] = await Promise.all([read(), read()]);
  for (const given of [first, second]) {
    assert.equal(given.sum('gangway_info', { version: '1.2.3' }), 1);
    assert.equal(given.sum('gangway_sessions_opened_total'), 1);
    assert.equal(given.sum('gangway_bans'), 2);
    assert.equal(given.sum('gangway_history_waiting'), 3);
    assert.equal(given.sum('gangway_history_dropped_total'), 4);
    assert.equal(given.sum('gangway_alerts_waiting', { channel: 'mail' }), 1);
    assert.equal(given.sum('gangway_alert_deliveries_total', { result: 'given-up' }), 7);
    assert.ok((given.sum('process_resident_memory_bytes') ?? 0) > 1_000_000);
    assert.ok(given.types.has('nodejs_eventloop_lag_p99_seconds'));
  }
});

test('what nobody can tell has no metric, rather than a zero that is not true', async () => {
  const { types } = await metricsBench().read();
  for (const name of ['gangway_bans', 'gangway_history_waiting', 'gangway_alerts_waiting']) {
    assert.equal(types.has(name), false, name);
  }
});

test('a tunnel where nothing has happened has its counters at zero', async () => {
  const { sum } = await metricsBench().read();
  const ftp = { tunnel: 'ftp' };
  assert.equal(sum('gangway_sessions_opened_total', ftp), 0);
  assert.equal(sum('gangway_transfers_total', { ...ftp, direction: 'upload', outcome: 'ok' }), 0);
  assert.equal(sum('gangway_transfer_bytes_total', { ...ftp, direction: 'download' }), 0);
  assert.equal(sum('gangway_sessions_closed_total', { ...ftp, outcome: 'broken' }), 0);
});

test('visits are counted by tunnel and by what became of them', async () => {
  const { visit, stand, read } = metricsBench();
  stand(idle('ftp'), idle('shop'));
  visit('ftp', OPENED, { type: 'logged-in', code: 230 }, closed('quit')).over();
  visit('ftp', OPENED, { type: 'login-failed', code: 530, text: 'no' }, closed('quit')).over();
  visit('shop', TURNED_AWAY).over();
  visit('shop', OPENED, { type: 'handshake-failed', reason: 'no' }).over();
  visit('shop', { type: 'reception-failed', why: 'refused' }).over();
  const { sum } = await read();
  const closedAs = (tunnel: string, outcome: string) =>
    sum('gangway_sessions_closed_total', { tunnel, outcome });
  assert.deepEqual(
    [closedAs('ftp', 'ok'), closedAs('ftp', 'failed-login'), closedAs('shop', 'turned-away')],
    [1, 1, 1],
  );
  assert.equal(sum('gangway_sessions_opened_total', { tunnel: 'ftp' }), 2);
  assert.equal(sum('gangway_sessions_turned_away_total', { tunnel: 'shop', why: 'offline' }), 1);
  assert.equal(sum('gangway_logins_failed_total', { tunnel: 'ftp' }), 1);
  assert.equal(sum('gangway_logins_failed_total', { tunnel: 'shop' }), 1);
  assert.equal(sum('gangway_tls_handshakes_failed_total', { tunnel: 'shop' }), 1);
});

test('bytes of a transfer count while it runs, and once only when it is over', async () => {
  const { visit, read } = metricsBench();
  const one = visit('ftp', OPENED);
  one.begins({ transferredBytes: 700, kill: () => {} });
  one.event({ type: 'transfer-started', verb: 'STOR', name: 'a.bin', direction: 'upload' });
  const way = { tunnel: 'ftp', direction: 'upload' };
  const during = await read();
  assert.equal(during.sum('gangway_transfers_running', way), 1);
  assert.equal(during.sum('gangway_transfer_bytes_total', way), 700);
  one.event(transferred('upload', 1000, 426));
  visit('ftp', OPENED, transferred('upload', 5));
  const { sum } = await read();
  assert.equal(sum('gangway_transfers_running', way), 0);
  assert.equal(sum('gangway_transfer_bytes_total', way), 1005);
  assert.equal(sum('gangway_transfers_total', { ...way, outcome: 'failed' }), 1);
  assert.equal(sum('gangway_transfers_total', { ...way, outcome: 'ok' }), 1);
});

test('how tunnels stand is read when it is asked for', async () => {
  const { stand, read } = metricsBench();
  stand(
    { name: 'a', state: 'up', sessions: 3, streams: 7, links: [linkOf(), linkOf(30)] },
    { name: 'b', state: 'down', sessions: 0, streams: 0, links: [] },
  );
  const { sum } = await read();
  assert.deepEqual(
    ['up', 'waiting', 'down'].map((state) => sum('gangway_tunnels', { state })),
    [1, 0, 1],
  );
  const of = (name: string, tunnel: string) => sum(`gangway_${name}`, { tunnel });
  assert.deepEqual([of('tunnel_up', 'a'), of('tunnel_up', 'b')], [1, 0]);
  assert.deepEqual([of('sessions', 'a'), of('streams', 'a'), of('agents', 'a')], [3, 7, 2]);
  assert.equal(of('link_round_trip_seconds', 'a'), 0.03);
  assert.equal(of('link_round_trip_seconds', 'b'), undefined);
});

test('round trips are a histogram of every link that was measured', async () => {
  const { metrics, stand, read } = metricsBench();
  stand({ ...idle('a'), links: [linkOf(3), linkOf(150)] }, { ...idle('b'), links: [linkOf()] });
  metrics.sample();
  metrics.sample();
  const { sum } = await read();
  assert.equal(sum('gangway_round_trip_seconds_count'), 4);
  assert.equal(sum('gangway_round_trip_seconds_bucket', { le: '0.005' }), 2);
  assert.equal(sum('gangway_round_trip_seconds_bucket', { le: '+Inf' }), 4);
});

test('links are told of as they stand, those of one tunnel together', async () => {
  const { stand, read } = metricsBench();
  const carriers = [carrierFacts(), carrierFacts({ id: 2 })];
  const busy = linkOf(30, { carriers, windows: 500, unacknowledged: 70 });
  const waiting = linkOf(undefined, { carriers: [], waitingSince: 1, windows: 100 });
  stand({ ...idle('a'), links: [busy, waiting] }, { ...idle('b'), links: [] });
  const { sum } = await read();
  const of = (name: string, tunnel: string) => sum(`gangway_${name}`, { tunnel });
  assert.deepEqual([of('carriers', 'a'), of('links_waiting', 'a')], [2, 1]);
  assert.deepEqual(
    [of('link_windows_bytes', 'a'), of('link_unacknowledged_bytes', 'a')],
    [600, 70],
  );
  assert.deepEqual([of('carriers', 'b'), of('links_waiting', 'b')], [0, 0]);
});

test('what has happened to links never counts back, though links come and go', async () => {
  const { metrics, stand, read } = metricsBench();
  const counts = async (): Promise<(number | undefined)[]> => {
    const { sum } = await read();
    return ['carriers_lost', 'link_resumes', 'carrier_stalls', 'link_resent_bytes'].map((name) =>
      sum(`gangway_${name}_total`, { tunnel: 'ftp' }),
    );
  };
  const former = { carriersLost: 5, resumes: 2, stalls: 1, resent: 9_000 };
  stand({ ...idle('ftp'), links: [linkOf(20, former), linkOf(20, { resumes: 1 })] });
  assert.deepEqual(await counts(), [5, 3, 1, 9_000]);
  metrics.agentLeft('ftp', AGENT, linkFacts({ ...former, carriersLost: 6 }));
  stand({ ...idle('ftp'), links: [linkOf(20, { resumes: 1 })] });
  assert.deepEqual(await counts(), [6, 3, 1, 9_000]);
  stand({ ...idle('ftp'), links: [] });
  metrics.agentLeft('ftp', AGENT, linkFacts({ resumes: 1, resent: 4 }));
  assert.deepEqual(await counts(), [6, 3, 1, 9_004]);
});

test('an agent that comes again is told from one that comes for the first time', async () => {
  const { metrics, read } = metricsBench();
  metrics.agentCame('ftp', AGENT);
  metrics.agentLeft('ftp', AGENT, linkFacts());
  metrics.agentCame('ftp', AGENT);
  metrics.agentCame('ftp', { ...AGENT, agentId: 'b' });
  const { sum } = await read();
  assert.equal(sum('gangway_agent_connects_total', { how: 'first' }), 2);
  assert.equal(sum('gangway_agent_connects_total', { how: 'again' }), 1);
  assert.equal(sum('gangway_links_lost_total', { tunnel: 'ftp' }), 1);
});

test('findings are counted by their code, once a visit', async () => {
  const { visit, read } = metricsBench({}, [{ code: 'wrong-password', at: 0, facts: {} }]);
  visit('ftp', OPENED, transferred('upload', 1), transferred('upload', 1)).over();
  const { sum } = await read();
  assert.equal(sum('gangway_findings_total', { code: 'wrong-password' }), 1);
});

test('tunnels and words beyond their bound share one name', async () => {
  const { visit, stand, read } = metricsBench();
  const names = Array.from({ length: METRICS_LIMITS.tunnels + 2 }, (_, i) => `t${i}`);
  stand(...names.map(idle));
  await read();
  for (const name of names) visit(name, OPENED);
  for (let i = 0; i < METRICS_LIMITS.words + 3; i++) visit('t0', { ...TURNED_AWAY, why: `w${i}` });
  const { sum, series } = await read();
  assert.equal(sum('gangway_sessions_opened_total', { tunnel: 'other' }), 2);
  assert.equal(sum('gangway_agents', { tunnel: 'other' }), 2);
  assert.equal(sum('gangway_sessions_turned_away_total', { tunnel: 't0', why: 'other' }), 3);
  const labels = new Set(series.flatMap((one) => one.labels['tunnel'] ?? []));
  assert.equal(labels.size, METRICS_LIMITS.tunnels + 1);
});

test('a tunnel that was deleted leaves, and its place is free for another', async () => {
  const { visit, stand, read } = metricsBench();
  visit('ftp', OPENED);
  stand(idle('shop'));
  const { sum } = await read();
  assert.equal(sum('gangway_sessions_opened_total', { tunnel: 'ftp' }), undefined);
  assert.equal(sum('gangway_sessions_opened_total', { tunnel: 'shop' }), 0);
});

function closed(code: string) {
  return { type: 'closed', by: 'client', code, reason: code, ms: 1 } as const;
}
