import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { watchLogins } from '../../../relay-server/ban-watch.ts';
import { FailedLogins } from '../../../relay-server/failed-logins.ts';
import { Visit } from '../../../relay-server/journal/visit.ts';
import type { RecordedEvent } from '../../../shared/diagnosis/record.ts';
import { BAN_LIMITS } from '../../../relay-server/watch-limits.ts';
import { banBench, failLogins } from './fixtures.ts';

const CLIENT = '203.0.113.7';

describe('bans by failed logins', () => {
  it('come with the failure that is one too many, for as long as the rules say', async (t) => {
    const { bans, rules, clock, automatic, lines } = await banBench(t);
    failLogins(bans, CLIENT, rules.failures - 1);
    assert.equal(bans.banOf(CLIENT, 'ftp'), undefined);
    bans.loginFailed(CLIENT);
    const ban = bans.banOf(CLIENT, 'ftp');
    assert.partialDeepStrictEqual(ban, {
      network: '203.0.113.7/32',
      tunnel: null,
      automatic: true,
      reason: '10 failed logins',
      until: clock.at + rules.duration,
    });
    await t.waitFor(() => assert.deepEqual(automatic, [ban]));
    assert.equal(lines.filter(({ event }) => event === 'banned').length, 1);
  });

  it('count only what failed within the time', async (t) => {
    const { bans, rules, clock } = await banBench(t);
    failLogins(bans, CLIENT, rules.failures - 1);
    clock.at += rules.within;
    bans.loginFailed(CLIENT);
    assert.equal(bans.banOf(CLIENT, 'ftp'), undefined);
  });

  it('forget the failures of whoever logs in', async (t) => {
    const { bans, rules } = await banBench(t);
    failLogins(bans, CLIENT, rules.failures - 1);
    bans.loginSucceeded(CLIENT);
    failLogins(bans, CLIENT, rules.failures - 1);
    assert.equal(bans.banOf(CLIENT, 'ftp'), undefined);
  });

  it('take an IPv6 network for one client, which could change its address within it', async (t) => {
    const { bans, rules } = await banBench(t);
    for (let i = 0; i < rules.failures; i++) bans.loginFailed(`2001:db8:0:7::${i.toString(16)}`);
    assert.equal(bans.banOf('2001:db8:0:7:ffff::1', 'ftp')?.network, '2001:db8:0:7::/64');
    assert.equal(bans.banOf('2001:db8:0:8::1', 'ftp'), undefined);
  });

  it('are made once, however long the sessions of a banned client go on', async (t) => {
    const { bans, rules } = await banBench(t);
    failLogins(bans, CLIENT, rules.failures * 5);
    assert.equal(bans.all.length, 1);
  });

  it('spare who is on the list, this machine unless told otherwise, and all when switched off', async (t) => {
    const { bans, rules } = await banBench(t);
    rules.never = ['203.0.113.0/24'];
    for (const address of [CLIENT, '127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1']) {
      failLogins(bans, address, rules.failures);
    }
    assert.deepEqual(bans.all, []);
    rules.loopback = true;
    rules.never = [];
    failLogins(bans, '127.0.0.1', rules.failures);
    assert.deepEqual(
      bans.all.map(({ network }) => network),
      ['127.0.0.1/32'],
    );
    rules.enabled = false;
    failLogins(bans, CLIENT, rules.failures);
    assert.equal(bans.all.length, 1);
  });

  it('cost bounded memory whoever fails', () => {
    const failures = new FailedLogins(() => 1_000);
    const rule = { most: 2, within: 100 };
    for (let i = 0; i <= BAN_LIMITS.counted; i++) {
      failures.add(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, rule);
    }
    assert.equal(failures.size, BAN_LIMITS.counted);
    assert.equal(failures.add('10.0.0.0', rule), undefined, 'the first is forgotten');
    assert.deepEqual(failures.add('10.0.0.9', rule), { network: '10.0.0.9/32', times: 2 });
  });
});

describe('what counts as a failed login', () => {
  const cases: readonly (readonly [string, RecordedEvent, string])[] = [
    ['a wrong password', { type: 'login-failed', code: 530, text: '' }, 'failed'],
    [
      'the same in the words of other servers',
      { type: 'login-failed', code: 430, text: '' },
      'failed',
    ],
    [
      'a wrong password at a shared port',
      { type: 'reception-failed', why: '', code: 530 },
      'failed',
    ],
    ['a server that is full', { type: 'login-failed', code: 421, text: '' }, 'nothing'],
    [
      'a server that is away at a shared port',
      { type: 'reception-failed', why: 'away' },
      'nothing',
    ],
    ['a login', { type: 'logged-in', code: 230 }, 'succeeded'],
    ['being turned away', { type: 'turned-away', why: 'banned', code: 421, text: '' }, 'nothing'],
  ];
  for (const [name, event, expected] of cases) {
    it(`${name}: ${expected}`, () => {
      const seen: string[] = [];
      const reader = watchLogins({
        loginFailed: (address) => void seen.push(`failed ${address}`),
        loginSucceeded: (address) => void seen.push(`succeeded ${address}`),
      });
      const client = { host: CLIENT, port: 4_000 };
      const visit = new Visit({ id: 'v', tunnel: 'ftp', client, port: 21 }, 0, 1);
      reader.event?.(visit, event, 0);
      assert.deepEqual(seen, expected === 'nothing' ? [] : [`${expected} ${CLIENT}`]);
    });
  }
});
