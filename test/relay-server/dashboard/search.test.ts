import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dayEnd, dayStart } from '../../../relay-server/dashboard/src/days.ts';
import { remedyLinks } from '../../../relay-server/dashboard/src/why/remedy-links.ts';
import { askedFor, isAmbiguous } from '../../../relay-server/dashboard/src/why/visitor.ts';
import { CATALOGUE } from '../../../shared/diagnosis/catalogue/all.ts';

describe('whom a search is about', () => {
  it('is an address or the beginning of one', () => {
    for (const text of [
      '198.51.100.7',
      '198.51',
      '10',
      '2001:db8::17',
      '2001:',
      '::1',
      '::ffff:192.0.2.1',
    ]) {
      assert.deepEqual(askedFor(` ${text} `), { address: text, user: '' });
    }
  });

  it('is a user where it can be no address', () => {
    for (const text of [
      'anna',
      'partner-47',
      'face',
      'de.ad',
      'anna@example.org',
      '4711-export',
      'a:b:z',
    ]) {
      assert.deepEqual(askedFor(text), { address: '', user: text });
    }
  });

  it('is nobody in particular where nothing is asked', () => {
    assert.deepEqual(askedFor('  '), { address: '', user: '' });
  });

  it('may be either where it is a number', () => {
    assert.equal(isAmbiguous('4711'), true);
    assert.equal(isAmbiguous('198.51'), false);
    assert.equal(isAmbiguous(''), false);
  });
});

describe('days of a filter', () => {
  it('last from midnight to midnight, also over the end of a month', () => {
    assert.equal(dayStart('2026-02-28'), new Date(2026, 1, 28).getTime());
    assert.equal(dayEnd('2026-02-28'), new Date(2026, 2, 1).getTime());
  });

  it('are left out where there is none', () => {
    for (const text of ['', '2026', '28.02.2026']) assert.equal(dayStart(text), undefined);
  });
});

describe('links of a finding', () => {
  it('lead to the policy of the tunnel first, for every cause there is', () => {
    for (const row of CATALOGUE) {
      const [first] = remedyLinks(row, 'shop', '203.0.113.9');
      assert.equal(first?.href, '/tunnels/shop?view=policy', row.code);
    }
  });

  it('lead to the bans of the address that was banned', () => {
    const found = remedyLinks({ code: 'banned', side: 'relay' }, 'shop', '2001:db8::9');
    assert.ok(found.some(({ href }) => href === '/bans?address=2001%3Adb8%3A%3A9'));
  });

  it('lead to the doctor where the server failed', () => {
    const found = remedyLinks({ code: 'server-slow', side: 'server' }, 'shop', '203.0.113.9');
    assert.ok(found.some(({ href }) => href === '/doctor?tunnel=shop'));
  });
});
