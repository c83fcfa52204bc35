import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { routeLogin, type LoginWish } from '../../../shared/gateway/login-wish.ts';

const KNOWN = new Map([
  ['shop', 'shop'],
  ['shop.example.org', 'shop'],
  ['bank', 'bank'],
  ['bank.example.org', 'bank'],
]);

/** `tunnel as user`, or undefined. */
function route(user: string, host?: LoginWish['host']): string | undefined {
  const wish = { host, user: Buffer.from(user), password: undefined, before: [] };
  const found = routeLogin(wish, (name) => KNOWN.get(name));
  return found && `${found.tunnel} as ${found.user.toString()}`;
}

const byHost = (name: string): LoginWish['host'] => ({ name, by: 'HOST' });
const bySni = (name: string): LoginWish['host'] => ({ name, by: 'SNI' });

describe('whom a client of a shared port means (case 74)', () => {
  it('what follows the last @ is the tunnel, by name or host, in any case', () => {
    assert.equal(route('joe@shop'), 'shop as joe');
    assert.equal(route('joe@Bank.Example.ORG'), 'bank as joe');
    assert.equal(route('joe@example.net@bank'), 'bank as joe@example.net');
    assert.equal(route('@@shop'), 'shop as @');
  });

  it('without a tunnel or without a user nobody is meant', () => {
    for (const user of ['joe', 'joe@', '@shop', '@', 'joe@nobody', 'joe@shop@']) {
      assert.equal(route(user), undefined, user);
    }
  });

  it('a host that is somebody’s chooses him, whatever is in the user name', () => {
    for (const host of [byHost('shop.example.org'), bySni('shop.example.org'), byHost('shop')]) {
      assert.equal(route('joe', host), 'shop as joe');
      assert.equal(route('joe@bank', host), 'shop as joe@bank');
    }
  });

  it('a host nobody has, named by HOST, is not replaced by a guess', () => {
    assert.equal(route('joe@bank', byHost('nobody.example.org')), undefined);
  });

  it('what TLS clients call the relay leaves the choice to the user name', () => {
    assert.equal(route('joe@bank', bySni('ftp.example.net')), 'bank as joe');
    assert.equal(route('joe', bySni('ftp.example.net')), undefined);
  });
});
