import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { network, Networks } from '../../shared/net/networks.ts';

test('a network has the addresses within its prefix, and has one spelling', () => {
  const octet = fc.integer({ min: 0, max: 255 });
  const prefix = fc.integer({ min: 0, max: 32 });
  fc.assert(
    fc.property(octet, octet, octet, octet, prefix, (a, b, c, d, bits) => {
      const bytes = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
      const first = bits === 0 ? 0 : (bytes & (0xff_ff_ff_ff << (32 - bits))) >>> 0;
      const dotted = (n: number): string => [24, 16, 8, 0].map((s) => (n >>> s) & 255).join('.');
      const cidr = `${dotted(first)}/${bits}`;
      assert.deepEqual(network(cidr), { ok: true, value: cidr });
      const list = new Networks([cidr]);
      assert.ok(list.has(dotted(bytes)));
      // The first address behind it, unless there is none.
      const next = first + 2 ** (32 - bits);
      if (next < 2 ** 32) assert.equal(list.has(dotted(next)), false);
    }),
  );
});
