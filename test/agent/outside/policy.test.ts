import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OutsidePolicy, type OutsidePolicyOptions } from '../../../agent/outside/policy.ts';

const NAMES: Readonly<Record<string, readonly string[]>> = {
  'relay.example.org': ['203.0.113.1'],
  'public.test': ['8.8.4.4', '192.168.1.50', '2620:fe::fe'],
  'nas.lan': ['192.168.1.10'],
  'secret.lan': ['192.168.1.66'],
};
const OWN = [
  { address: '192.168.1.5', cidr: '192.168.1.5/24' },
  { address: '9.9.9.9', cidr: '9.9.9.9/24' },
  { address: '127.0.0.1', cidr: '127.0.0.1/8' },
];

function policy(options: Partial<OutsidePolicyOptions> = {}): OutsidePolicy {
  return new OutsidePolicy({
    relayHost: 'relay.example.org',
    carrierAddress: '203.0.113.1',
    privateRelay: false,
    server: { host: 'nas.lan', port: 2121 },
    own: () => OWN,
    resolve: (name) => {
      const found = NAMES[name] ?? (/^[\d.:a-f]+$/.test(name) ? [name] : undefined);
      return found === undefined ? Promise.reject(new Error('ENOTFOUND')) : Promise.resolve(found);
    },
    ...options,
  });
}

describe('where an agent connects to for a relay that asks what it sees', () => {
  it('the address at which the relay answers, at ports of FTP and free ones', async () => {
    const own = policy();
    for (const port of [21, 990, 1024, 50_000, 65_535]) {
      assert.equal(await own.whyNot('203.0.113.1', port), undefined, String(port));
    }
    for (const port of [22, 25, 80, 443, 1023]) {
      assert.match((await own.whyNot('203.0.113.1', port)) ?? '', /no port of FTP/);
    }
  });

  it('nothing in its own network, whatever the relay calls the tunnel', async () => {
    const lured = policy();
    const inside = ['192.168.1.5', '192.168.1.66', '192.168.2.1', '10.0.0.1', '127.0.0.1', '::1'];
    const special = ['169.254.169.254', 'fd00::1', 'fe80::1', '0.0.0.0', '::ffff:192.168.1.66'];
    for (const address of [...inside, ...special]) {
      const host = address.includes(':') ? `[${address}]` : address;
      lured.announced(`ftp://${host}:21`);
      assert.match((await lured.whyNot(address, 2121)) ?? '', /private network/, address);
    }
  });

  it('no public address of a network it is in itself', async () => {
    const lured = policy();
    lured.announced('ftp://9.9.9.77:21');
    assert.match((await lured.whyNot('9.9.9.77', 2121)) ?? '', /agent's own/);
  });

  it('a public address only if the tunnel is said to be there', async () => {
    const own = policy();
    assert.match((await own.whyNot('8.8.4.4', 50_000)) ?? '', /not where the tunnel/);
    own.announced('ftp://public.test:21');
    assert.equal(await own.whyNot('8.8.4.4', 50_000), undefined);
    assert.equal(await own.whyNot('2620:fe::fe', 50_000), undefined);
    assert.match((await own.whyNot('192.168.1.50', 50_000)) ?? '', /private network/);
    assert.match((await own.whyNot('8.8.8.8', 50_000)) ?? '', /not where the tunnel/);
    own.announced('not a URL');
    assert.equal(await own.whyNot('8.8.4.4', 50_000), undefined, 'nonsense changes nothing');
  });

  it('never the FTP server, even where the relay is at the same address', async () => {
    const options = { relayHost: 'nas.lan', carrierAddress: '192.168.1.10' };
    const same = policy(options);
    assert.match((await same.whyNot('192.168.1.10', 2121)) ?? '', /the FTP server/);
    assert.equal(await same.whyNot('192.168.1.10', 50_000), undefined);
    const elsewhere = policy({ server: { host: '8.8.4.4', port: 21 } });
    elsewhere.announced('ftp://8.8.4.4:2121');
    assert.match((await elsewhere.whyNot('8.8.4.4', 50_000)) ?? '', /agent's own/);
  });

  it('no name, no zone, nothing that is no address', async () => {
    for (const host of ['public.test', 'fe80::1%eth0', '', '1.2.3', '203.0.113.1/24']) {
      assert.match((await policy().whyNot(host, 21)) ?? '', /no address/, host);
    }
  });

  it('a proxy on the way is not taken for the relay', async () => {
    const proxied = policy({ carrierAddress: '192.168.1.200' });
    assert.equal(await proxied.relayAddress(), undefined);
    assert.match((await proxied.whyNot('192.168.1.200', 8080)) ?? '', /private network/);
    assert.equal(await policy({ carrierAddress: undefined }).relayAddress(), undefined);
  });

  it('of a name only addresses it would connect to are told, so nothing of its own network', async () => {
    const own = policy();
    assert.deepEqual(await own.addresses('public.test'), ['8.8.4.4', '2620:fe::fe']);
    assert.deepEqual(await own.addresses('secret.lan'), []);
    const near = policy({ relayHost: 'nas.lan', carrierAddress: '192.168.1.10' });
    assert.deepEqual(await near.addresses('nas.lan'), ['192.168.1.10']);
  });

  it("bytes of the relay's choice go to a private address on the owner's word only", async () => {
    const near = { relayHost: 'nas.lan', carrierAddress: '192.168.1.10' };
    assert.equal(await policy(near).visitable(), undefined);
    assert.equal(await policy({ ...near, privateRelay: true }).visitable(), '192.168.1.10');
    const far = { relayHost: '8.8.4.4', carrierAddress: '8.8.4.4' };
    assert.equal(await policy(far).visitable(), '8.8.4.4');
    const forwarded = { relayHost: '127.0.0.1', carrierAddress: '127.0.0.1' };
    assert.equal(await policy(forwarded).visitable(), undefined);
  });
});
