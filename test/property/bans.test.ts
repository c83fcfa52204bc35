import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { BanIndex } from '../../relay-server/ban-index.ts';
import type { StoredBan } from '../../relay-server/store/history.ts';
import { Networks } from '../../shared/net/networks.ts';

const nibble = fc.integer({ min: 0, max: 3 });
/** Few addresses close to each other, so that networks have them. */
const ipv4 = fc.tuple(nibble, nibble, nibble).map(([a, b, c]) => `10.${a}.${b}.${c}`);
const ipv6 = fc.tuple(nibble, nibble).map(([a, b]) => `2001:db8:${a}::${b}`);
const networkV4 = fc.tuple(nibble, nibble, nibble, fc.constantFrom(0, 8, 16, 22, 24, 30, 31, 32));
const networkV6 = fc.tuple(nibble, fc.constantFrom(0, 16, 32, 46, 47, 48));

function bitsOff(bytes: readonly number[], length: number): number[] {
  return bytes.map(
    (byte, i) => byte & (0xff << Math.max(0, Math.min(8, 8 * (i + 1) - length))) & 0xff,
  );
}

const cidr = fc.oneof(
  networkV4.map(([a, b, c, bits]) => `${bitsOff([10, a, b, c], bits).join('.')}/${bits}`),
  networkV6.map(([a, bits]) => {
    const groups = bitsOff([0x20, 0x01, 0x0d, 0xb8, 0, a], bits).map((byte) =>
      byte.toString(16).padStart(2, '0'),
    );
    const [h0, l0, h1, l1, h2, l2] = groups;
    return `${h0}${l0}:${h1}${l1}:${h2}${l2}::/${bits}`;
  }),
);

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ add: cidr, tunnel: fc.constantFrom(null, 'a', 'b') }) },
  { weight: 1, arbitrary: fc.record({ remove: fc.nat(30) }) },
);

test('bans are found as by asking each of them for the address', () => {
  const asked = fc.array(fc.oneof(ipv4, ipv6), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), asked, (steps, addresses) => {
      const index = new BanIndex();
      let all: StoredBan[] = [];
      for (const [i, each] of steps.entries()) {
        if ('add' in each) {
          const { add: network, tunnel } = each;
          const rest = { reason: '', automatic: false, createdAt: 0, until: null };
          const ban = { id: String(i), network, tunnel, ...rest };
          index.add(ban);
          all.push(ban);
        } else {
          const gone = all[each.remove % Math.max(1, all.length)];
          if (gone === undefined) continue;
          index.remove(gone);
          index.remove(gone);
          all = all.filter((ban) => ban !== gone);
        }
      }
      assert.deepEqual(
        index.filter(() => true),
        all,
      );
      for (const address of addresses) {
        for (const tunnel of ['a', 'b']) {
          const isMeant = (ban: StoredBan): boolean => ban.tunnel === null || ban.tunnel === tunnel;
          const expected = all.filter(
            (ban) => isMeant(ban) && new Networks([ban.network]).has(address),
          );
          const found = index.find(address, isMeant);
          assert.equal(found === undefined, expected.length === 0, `${address} at ${tunnel}`);
          if (found !== undefined)
            assert.ok(expected.includes(found), `${address} in ${found.network}`);
        }
      }
    }),
    { numRuns: 300 },
  );
});
