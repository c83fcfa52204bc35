import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holderOf, network, networkAround, Networks } from '../../../shared/net/networks.ts';

const spelt = (raw: string): string | undefined => {
  const parsed = network(raw);
  return parsed.ok ? parsed.value : undefined;
};

test('a network has one spelling', () => {
  const cases = [
    ['203.0.113.0/24', '203.0.113.0/24'],
    ['203.0.113.7', '203.0.113.7/32'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2001:DB8::/32', '2001:db8::/32'],
    ['2001:db8:0:0:0:0:0:1', '2001:db8::1/128'],
    ['::/0', '::/0'],
    ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
    ['::ffff:10.1.2.3', '10.1.2.3/32'],
  ] as const;
  for (const [raw, value] of cases) assert.equal(spelt(raw), value, raw);
});

test('what is no network is refused', () => {
  const wrong = ['', '/', '10.0.0.0/', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/8/8', '10/8', 'nas'];
  const more = ['010.0.0.1', '0x7f.1', '10.0.0.0 /8', '::/129', 'fe80::1%eth0', '[::1]', '::/1e1'];
  for (const raw of [...wrong, ...more]) assert.equal(network(raw).ok, false, raw);
});

test('bits beyond the prefix are named with what was meant', () => {
  const parsed = network('10.1.2.3/8');
  assert.ok(!parsed.ok);
  assert.match(parsed.problem, /first 8/);
  assert.match(parsed.remedy, /10\.0\.0\.0\/8.*10\.1\.2\.3/);
});

test('addresses are found in their networks and nowhere else', () => {
  const list = new Networks(['10.0.0.0/8', '203.0.113.7/32', '2001:db8::/33']);
  for (const inside of ['10.255.0.1', '::ffff:10.0.0.1', '203.0.113.7', '2001:db8:7fff::1']) {
    assert.ok(list.has(inside), inside);
  }
  for (const outside of ['11.0.0.1', '203.0.113.8', '2001:db8:8000::1', '::1', '', 'nas']) {
    assert.equal(list.has(outside), false, outside);
  }
});

test('all of one family is nothing of the other', () => {
  const [four, six] = [new Networks(['0.0.0.0/0']), new Networks(['::/0'])];
  assert.deepEqual([four.has('192.0.2.1'), four.has('2001:db8::1')], [true, false]);
  assert.deepEqual([six.has('192.0.2.1'), six.has('2001:db8::1')], [false, true]);
  assert.deepEqual([four.has('::ffff:192.0.2.1'), six.has('::ffff:192.0.2.1')], [true, false]);
});

test('the same network is 24 bits of IPv4 and 64 of IPv6', () => {
  assert.equal(networkAround('192.0.2.77'), '192.0.2.0/24');
  assert.equal(networkAround('::ffff:192.0.2.77'), '192.0.2.0/24');
  assert.equal(networkAround('2001:db8:1:2:3::4'), '2001:db8:1:2::/64');
  assert.equal(networkAround(''), '');
});

test('in limits an IPv6 network counts as one, because one host may have all of it', () => {
  assert.equal(holderOf('2001:db8::1'), holderOf('2001:db8::ffff:2'));
  assert.notEqual(holderOf('2001:db8::1'), holderOf('2001:db8:0:1::1'));
  assert.notEqual(holderOf('192.0.2.1'), holderOf('192.0.2.2'));
  assert.equal(holderOf('::ffff:192.0.2.1'), '192.0.2.1');
});
