import assert from 'node:assert/strict';
import { BlockList } from 'node:net';
import { describe, it } from 'node:test';
import { array, assert as checkThat, integer, property, tuple } from 'fast-check';
import { covers } from '../../../relay-server/dashboard/src/covering.ts';

describe('whether a ban is of an address', () => {
  it('is as Node has it, for networks of all lengths', () => {
    const byte = integer({ min: 0, max: 3 }).map((n) => [0, 1, 128, 255][n] ?? 0);
    const ipv4 = tuple(byte, byte, byte, byte).map((bytes) => bytes.join('.'));
    checkThat(
      property(ipv4, ipv4, integer({ min: 1, max: 32 }), (base, address, bits) => {
        const list = new BlockList();
        list.addSubnet(base, bits, 'ipv4');
        assert.equal(covers(`${base}/${bits}`, address), list.check(address, 'ipv4'));
      }),
    );
    const group = integer({ min: 0, max: 2 }).map((n) => ['0', '1', 'ffff'][n] ?? '0');
    const ipv6 = array(group, { minLength: 8, maxLength: 8 }).map((groups) =>
      new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1),
    );
    checkThat(
      property(ipv6, ipv6, integer({ min: 1, max: 128 }), (base, address, bits) => {
        const list = new BlockList();
        list.addSubnet(base, bits, 'ipv6');
        assert.equal(covers(`${base}/${bits}`, address), list.check(address, 'ipv6'));
      }),
    );
  });

  it('is by equality where the ban is of one address', () => {
    assert.equal(covers('203.0.113.9', '203.0.113.9'), true);
    assert.equal(covers('203.0.113.9', '203.0.113.90'), false);
    assert.equal(covers('2001:db8::1', '2001:DB8:0::1'), true);
  });

  it('is never so between the families, nor for what is no network', () => {
    assert.equal(covers('0.0.0.0/0', '::1'), false);
    assert.equal(covers('::/0', '203.0.113.9'), false);
    for (const text of [
      '',
      '/',
      '203.0.113',
      '203.0.113.256',
      '203.0.113.0/33',
      '1::2::3',
      ':::',
      '203.0.113.0/x',
    ]) {
      assert.equal(covers(text, '203.0.113.9'), false, text);
    }
  });
});
