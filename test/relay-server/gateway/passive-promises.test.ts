import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import {
  PassivePromises,
  type PromiseTerms,
} from '../../../relay-server/gateway/passive-promises.ts';

const CLIENT = '198.51.100.7';
const NEIGHBOUR = '198.51.100.8';
const FAR = '203.0.113.1';
const SERVER = '192.0.2.9';
const FIRST = 50_000;

const open = (ports: number): PassivePromises<string> => {
  const promises = new PassivePromises<string>();
  for (let i = 0; i < ports; i += 1) promises.addPort(FIRST + i);
  return promises;
};

const terms = (changes: Partial<PromiseTerms> = {}): PromiseTerms => ({
  client: CLIENT,
  source: 'same',
  admits: () => true,
  fxp: undefined,
  believes: () => false,
  ...changes,
});
const withServer = { fxp: (address: string): boolean => address === SERVER };

describe('promises of passive ports', () => {
  it('are kept to the client, its network or anybody', () => {
    const cases = [
      ['same', [CLIENT], [NEIGHBOUR, FAR]],
      ['same-network', [CLIENT, NEIGHBOUR], [FAR]],
      ['any', [CLIENT, NEIGHBOUR, FAR], []],
    ] as const;
    for (const [source, may, mayNot] of cases) {
      for (const address of may) {
        const promises = open(1);
        promises.promise(terms({ source }), 'mine', 0);
        for (const stranger of mayNot) assert.equal(promises.redeem(stranger, FIRST), undefined);
        assert.equal(promises.redeem(address, FIRST)?.value, 'mine', `${source} ${address}`);
        assert.equal(promises.redeem(address, FIRST), undefined, 'once');
      }
    }
  });

  it('whom the tunnel does not admit at that moment takes nothing; the client itself may', () => {
    const promises = open(1);
    let admitted = false;
    promises.promise(terms({ source: 'any', admits: () => admitted }), 'first', 0);
    assert.equal(promises.redeem(FAR, FIRST), undefined);
    assert.equal(promises.redeem(CLIENT, FIRST)?.value, 'first');
    promises.promise(terms({ source: 'any', admits: () => admitted }), 'second', 0);
    admitted = true;
    assert.equal(promises.redeem(FAR, FIRST)?.value, 'second');
  });

  it('a refused address may still have another promise on the same port', () => {
    const promises = open(1);
    promises.promise(terms({ source: 'same-network', admits: () => false }), 'closed', 0);
    promises.promise(terms({ client: FAR, source: 'any' }), 'open', 0);
    assert.equal(promises.redeem(NEIGHBOUR, FIRST)?.value, 'open');
    assert.equal(promises.redeem(CLIENT, FIRST)?.value, 'closed');
  });

  it('case 102: a listed server may come in place of the client, nobody else', () => {
    for (const address of [CLIENT, SERVER]) {
      const promises = open(1);
      promises.promise(terms(withServer), 'mine', 0);
      for (const stranger of [NEIGHBOUR, FAR])
        assert.equal(promises.redeem(stranger, FIRST), undefined);
      assert.equal(promises.redeem(address, FIRST)?.value, 'mine');
      assert.equal(promises.redeem(CLIENT, FIRST), undefined);
      assert.equal(promises.redeem(SERVER, FIRST), undefined);
    }
  });

  it('case 102: no two promises that servers may redeem share a port', () => {
    const promises = open(2);
    const first = promises.promise(terms(withServer), 'first', 0);
    const second = promises.promise(terms({ ...withServer, client: FAR }), 'second', 0);
    assert.ok(first && second);
    assert.notEqual(first.port, second.port);
    assert.equal(promises.redeem(SERVER, second.port)?.value, 'second');
    assert.equal(promises.redeem(SERVER, first.port)?.value, 'first');
  });

  it('where no port is left for servers the client alone is served', () => {
    const promises = open(1);
    promises.promise(terms(withServer), 'first', 0);
    const second = promises.promise(terms({ ...withServer, client: FAR }), 'second', 0);
    assert.equal(second?.fxp, undefined);
    assert.equal(promises.redeem(FAR, FIRST)?.value, 'second');
    assert.equal(promises.redeem(SERVER, FIRST)?.value, 'first');
  });

  it("a strict promise keeps its port and is looked at first, whatever another tunnel's list says", () => {
    const promises = open(1);
    const listsAll = { client: FAR, fxp: (): boolean => true };
    promises.promise(terms(listsAll), 'lax', 0);
    assert.equal(promises.promise(terms(), 'strict', 0)?.port, FIRST);
    assert.equal(promises.redeem(CLIENT, FIRST)?.value, 'strict');
    assert.equal(promises.redeem(CLIENT, FIRST)?.value, 'lax');
  });

  it('while there is a choice no port is taken on which a server would be taken for a client', () => {
    const after = open(2);
    after.promise(terms({ client: SERVER }), 'its own', 0);
    assert.equal(after.promise(terms(withServer), 'to be redeemed', 0)?.port, FIRST + 1);
    const before = open(2);
    before.promise(terms(withServer), 'to be redeemed', 0);
    assert.equal(before.promise(terms({ client: SERVER }), 'its own', 0)?.port, FIRST + 1);
    const network = open(2);
    network.promise(terms({ client: FAR, source: 'same-network' }), 'lax', 0);
    assert.equal(network.promise(terms(withServer), 'to be redeemed', 0)?.port, FIRST + 1);
  });

  it('that are withdrawn free their port in every respect, and only their own', () => {
    const promises = open(1);
    const first = promises.promise(terms(withServer), 'first', 0);
    assert.ok(first);
    promises.withdraw(first);
    const second = promises.promise(terms(withServer), 'second', 0);
    assert.ok(second?.fxp);
    promises.withdraw(first);
    assert.equal(promises.redeem(SERVER, FIRST)?.value, 'second');
  });

  it('whatever is promised and redeemed, nobody gets what is not his', () => {
    const address = fc.constantFrom(CLIENT, NEIGHBOUR, FAR, SERVER);
    const source = fc.constantFrom('same', 'same-network', 'any');
    const step = fc.oneof(
      fc.record({ client: address, source, listed: fc.option(address), start: fc.nat(2) }),
      fc.record({ from: address, port: fc.nat(2) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const promises = open(3);
        for (const one of steps) {
          if ('from' in one) {
            const got = promises.redeem(one.from, FIRST + one.port);
            if (got === undefined || got.client === one.from || got.source !== 'same') continue;
            assert.ok(
              got.fxp?.(one.from),
              'a strict promise is for its client and for who is listed',
            );
          } else {
            const { client, listed } = one;
            const fxp = listed === null ? undefined : (a: string): boolean => a === listed;
            const made = promises.promise(
              terms({ client, source: one.source, fxp }),
              '',
              one.start,
            );
            if (made?.fxp === undefined || listed === null || listed === client) continue;
            const got = promises.redeem(listed, made.port);
            assert.equal(got, made, 'a listed server reaches the promise that was made for it');
          }
        }
      }),
    );
  });
});
