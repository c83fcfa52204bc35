import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Alert, CertificateNews, RelayNews } from '../../../relay-server/alerts/alert.ts';
import { AlertRules } from '../../../relay-server/alerts/rules.ts';
import { ALERT_LIMITS } from '../../../relay-server/watch-limits.ts';

const GRACE = 60_000;
const START = 1_700_000_000_000;
const PC = { agentId: 'a1', name: 'shop-pc', tunnel: 'shop' };
const UP = { type: 'agent-up', ...PC } as const;
const DOWN = { type: 'agent-down', ...PC } as const;

/** Rules on a clock of the test. */
function bench(grace = GRACE) {
  const rules = new AlertRules(() => grace);
  let now = START;
  return {
    take: (...news: readonly RelayNews[]): Alert[] => news.flatMap((one) => rules.take(one, now)),
    /** Time passes, a second at a time where that matters. */
    pass: (ms: number): Alert[] => {
      now += ms;
      return rules.tick(now);
    },
  };
}

/** The one alert there is. */
function only(alerts: readonly Alert[]): Alert {
  assert.equal(alerts.length, 1);
  return alerts[0] ?? assert.fail();
}

const told = (alerts: readonly Alert[]) =>
  alerts.map(({ kind, state, tunnel }) => [kind, state, tunnel]);

test('an agent is told of when its grace is over, once, and again when it is back', () => {
  const { take, pass } = bench();
  assert.deepEqual(take(UP, DOWN), []);
  assert.deepEqual(pass(GRACE - 1), []);
  const offline = only(pass(1));
  assert.deepEqual(told([offline]), [['agent-offline', 'raised', 'shop']]);
  assert.equal(offline.since, START);
  assert.match(offline.text, /shop-pc of the tunnel shop .* since 2023-11-14 22:13:20 UTC/);
  assert.notEqual(offline.remedy, '');
  assert.deepEqual(pass(GRACE * 10), []);
  const online = only(take(UP));
  assert.deepEqual(told([online]), [['agent-online', 'resolved', 'shop']]);
  assert.deepEqual([online.key, online.since, online.remedy], [offline.key, START, '']);
  assert.deepEqual(take(UP), []);
});

test('a short drop is no news, however often, and does not add up', () => {
  const { take, pass } = bench();
  for (let i = 0; i < 10; i++) {
    assert.deepEqual(take(DOWN), []);
    assert.deepEqual(pass(GRACE - 1), []);
    assert.deepEqual(take(UP), []);
  }
  assert.deepEqual(pass(GRACE), []);
});

test('an agent that goes down again while it is away is away since the first time', () => {
  const { take, pass } = bench();
  take(DOWN);
  pass(GRACE / 2);
  take(DOWN);
  assert.equal(pass(GRACE / 2)[0]?.since, START);
});

test('nobody waits for an agent that was revoked, or whose tunnel was deleted', () => {
  const { take, pass } = bench();
  take(DOWN, { ...DOWN, agentId: 'a2', tunnel: 'other' }, { type: 'tunnel-gone', tunnel: 'other' });
  take({ type: 'agent-revoked', agentId: 'a1' });
  assert.deepEqual(pass(GRACE), []);
});

test('an agent whose tunnel was renamed is missed under its new name', () => {
  const { take, pass } = bench();
  take(DOWN, { type: 'tunnel-gone', tunnel: 'shop', renamed: 'store' });
  assert.deepEqual(told(pass(GRACE)), [['agent-offline', 'raised', 'store']]);
});

test('agents are told of one by one', () => {
  const { take, pass } = bench();
  take(DOWN, { ...DOWN, agentId: 'a2', name: 'spare' });
  const alerts = pass(GRACE);
  assert.deepEqual(
    alerts.map(({ subject }) => subject),
    ['shop-pc', 'spare'],
  );
  assert.notEqual(alerts[0]?.key, alerts[1]?.key);
});

test('a port that cannot be opened is told of at once, once, and when it is open', () => {
  const { take } = bench();
  const failed = { type: 'tunnel-failed', tunnel: 'shop', reason: 'port 21 is in use' } as const;
  const raised = only(take(failed, failed));
  assert.deepEqual(told([raised]), [['tunnel-failing', 'raised', 'shop']]);
  assert.match(raised.text, /port 21 is in use/);
  const listening = { type: 'tunnel-listening', tunnel: 'shop' } as const;
  assert.deepEqual(told(take(listening, listening)), [['tunnel-failing', 'resolved', 'shop']]);
});

const failed = { type: 'session-closed', tunnel: 'shop', how: 'failed' } as const;
const well = { ...failed, how: 'well' } as const;
const times = <T>(count: number, one: T): T[] => Array<T>(count).fill(one);

test('a tunnel fails when several sessions in a row did within a short time', () => {
  const { take } = bench();
  const { failingSessions } = ALERT_LIMITS;
  assert.deepEqual(take(...times(failingSessions - 1, failed)), []);
  assert.deepEqual(told(take(...times(20, failed))), [['tunnel-failing', 'raised', 'shop']]);
  assert.deepEqual(told(take(well, well)), [['tunnel-failing', 'resolved', 'shop']]);
  assert.deepEqual(take(...times(failingSessions - 1, failed)), []);
});

test('failures with a success among them, or far apart, are no failing tunnel', () => {
  const { take, pass } = bench();
  const { failingSessions, failingTime } = ALERT_LIMITS;
  for (let i = 0; i < 5; i++) {
    assert.deepEqual(take(...times(failingSessions - 1, failed), well), []);
  }
  for (let i = 0; i < 20; i++) {
    assert.deepEqual(take(failed), []);
    pass(failingTime / (failingSessions - 1) + 1);
  }
});

const ending: CertificateNews = {
  names: ['ftp.example.org'],
  state: 'expiring',
  finding: 'the certificate for ftp.example.org ends on 2026-12-01. Renew it. Soon.',
};

test('a certificate that ends soon is told of once a day, then that it has ended, then that it is well', () => {
  const { take, pass } = bench();
  const look = (...findings: readonly CertificateNews[]): Alert[] =>
    take({ type: 'certificates', findings });
  const first = only(look(ending));
  assert.deepEqual(told([first]), [['certificate-expiring', 'raised', null]]);
  assert.equal(first.text, 'The certificate for ftp.example.org ends on 2026-12-01.');
  assert.equal(first.remedy, 'Renew it. Soon.');
  pass(ALERT_LIMITS.certificateAgain - 1);
  assert.deepEqual(look(ending), []);
  pass(1);
  assert.equal(look(ending)[0]?.since, START);
  assert.deepEqual(told(look({ ...ending, state: 'expired' })), [
    ['certificate-expired', 'raised', null],
  ]);
  assert.deepEqual(told(look()), [['certificate-expired', 'resolved', null]]);
  assert.deepEqual(look(), []);
});

test('a limit is told of once while clients run into it, and when they no longer do', () => {
  const { take, pass } = bench();
  const reached = { type: 'limit-reached', tunnel: 'shop', limit: 'max-sessions' } as const;
  const raised = only(take(reached, reached));
  assert.deepEqual(told([raised]), [['limit-reached', 'raised', 'shop']]);
  assert.match(raised.remedy, /--max-sessions/);
  assert.equal(take({ ...reached, limit: 'passive-ports' })[0]?.subject, 'passive-ports');
  pass(ALERT_LIMITS.limitQuiet - 1);
  take(reached);
  assert.deepEqual(
    pass(1).map(({ subject, state }) => [subject, state]),
    [['passive-ports', 'resolved']],
  );
  assert.deepEqual(told(pass(ALERT_LIMITS.limitQuiet)), [['limit-reached', 'resolved', 'shop']]);
  assert.equal(take(reached).length, 1);
});

test('of an attack from many addresses the first is told of, and the rest together', () => {
  const { take, pass } = bench();
  const ban = (address: string, tunnel: string | null = null) =>
    ({ type: 'banned', tunnel, address }) as const;
  assert.match(take(ban('203.0.113.1'))[0]?.text ?? '', /203\.0\.113\.1 was banned for/);
  assert.match(take(ban('203.0.113.9', 'shop'))[0]?.text ?? '', /at the tunnel shop/);
  assert.deepEqual(take(...times(40, ban('203.0.113.2')), ban('203.0.113.3')), []);
  const [rest, ...more] = pass(ALERT_LIMITS.banQuiet);
  assert.match(rest?.text ?? '', /^41 addresses, 203\.0\.113\.3 the last, were banned/);
  assert.deepEqual(more, []);
  assert.deepEqual(pass(ALERT_LIMITS.banQuiet), []);
  assert.equal(take(ban('203.0.113.1')).length, 1);
});
