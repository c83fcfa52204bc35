import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNearby, type OwnAddress } from '../../agent/nearby.ts';

const OWN: readonly OwnAddress[] = [
  { address: '127.0.0.1', cidr: '127.0.0.1/8' },
  { address: '::1', cidr: '::1/128' },
  { address: '192.168.40.2', cidr: '192.168.40.2/24' },
  { address: 'fd00:1::2', cidr: 'fd00:1::2/64' },
  { address: 'fe80::1', cidr: 'fe80::1/64' },
  { address: '203.0.113.9', cidr: '203.0.113.9/24' },
  { address: '10.0.0.2', cidr: null },
];
const SERVER = '192.168.40.7';

test('a neighbour with a private address in a network of this machine is nearby', () => {
  for (const host of ['192.168.40.3', 'fd00:1::3', '::ffff:192.168.40.3']) {
    assert.ok(isNearby(host, 50_000, SERVER, OWN), host);
  }
});

test('nobody else is: itself, the server, loopback, link-local, public, other networks, names', () => {
  for (const host of [
    '192.168.40.2',
    'fd00:1::2',
    SERVER,
    '127.0.0.5',
    '::1',
    'fe80::3',
    '203.0.113.10',
    '192.168.41.3',
    '10.0.0.3',
    'fd00:2::3',
    '0.0.0.0',
    'neighbour',
    '192.168.40.3%eth0',
    '',
  ]) {
    assert.equal(isNearby(host, 50_000, SERVER, OWN), false, host);
  }
});

test('a port below 1024 is dialled nowhere', () => {
  assert.equal(isNearby('192.168.40.3', 1023, SERVER, OWN), false);
  assert.ok(isNearby('192.168.40.3', 1024, SERVER, OWN));
});
