import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { formatProxyHeader } from '../../relay-server/proxy-protocol/header.ts';
import { RECEPTION_LIMITS } from '../../shared/limits.ts';
import {
  runGangway,
  serveTunnel,
  startRelay,
  type Relay,
  type ServedTunnel,
} from '../support/gangway.ts';
import { dial, RawClient, type From } from '../support/raw-client.ts';
import { download, ScriptedServer } from '../support/scripted-server.ts';

const BALANCER = { localAddress: '127.0.0.4' };
const CLIENT = { host: '198.51.100.7', port: 40_000 };

/** What a timer may be early by, as clocks are rounded. */
const TIMER_MS = 50;

describe('the tunnels of a shared port', () => {
  let relay: Relay;
  let shop: ScriptedServer;
  let bank: ScriptedServer;
  const tunnels: ServedTunnel[] = [];
  let port = 0;
  before(async () => {
    relay = await startRelay({ passivePorts: 4, flags: ['--log-level=debug'] });
    shop = await ScriptedServer.start();
    bank = await ScriptedServer.start();
    bank.script = {
      PASS: (session, password) =>
        session.reply(password === 'p' ? '230 in' : '530 bank: wrong password'),
      RETR: download(Buffer.from('of the bank')),
    };
    shop.script = { REIN: (session) => session.reply('220 anew') };
    const flags = ['--shared', '--host', 'shop.example.org'];
    tunnels.push(await serveTunnel(relay, shop, { name: 'shop', tunnelFlags: flags }));
    port = tunnels[0]?.port ?? 0;
    tunnels.push(await serveTunnel(relay, bank, { name: 'bank', port, tunnelFlags: ['--shared'] }));
    await relay.createTunnel('away', { server: '127.0.0.1:1', port, flags: ['--shared'] });
  });
  after(async () => {
    for (const tunnel of tunnels) await tunnel.close();
    await relay?.stop();
    await shop?.close();
    await bank?.close();
  });

  const address = (): { host: string; port: number } => ({ host: '127.0.0.1', port });

  async function tunnel(...args: string[]): Promise<void> {
    const [verb = '', name = '', ...flags] = args;
    const all = ['tunnel', verb, name, '--data-dir', relay.dataDir, ...flags];
    const { status, output } = await runGangway(all);
    assert.equal(status, 0, output);
  }

  /** Everything up to the password; the client has been promised nothing. */
  async function named(
    user: string,
    from: From = {},
    first: Uint8Array = Buffer.of(),
  ): Promise<RawClient> {
    const client = await RawClient.connect(address(), from);
    client.send(first);
    await client.expect(220);
    await client.ask(`USER ${user}`, 331);
    return client;
  }

  async function login(user: string): Promise<RawClient> {
    const client = await named(user);
    await client.ask('PASS p', 230);
    return client;
  }

  it('every login that fails reads the same and takes as long (no tunnel can be probed)', async () => {
    await tunnel('update', 'shop', '--deny', '127.0.0.2');
    const tried = {
      'a wrong password': named('joe@bank'),
      'a tunnel without an agent': named('joe@away'),
      'no such tunnel': named('joe@nobody'),
      'an address that is denied': named('joe@shop', { localAddress: '127.0.0.2' }),
    };
    const seen = await Promise.all(
      Object.entries(tried).map(async ([what, connecting]) => {
        const client = await connecting;
        const asked = performance.now();
        const text = await client.ask('PASS wrong', 530);
        const ms = performance.now() - asked;
        client.close();
        return { what, text, ms };
      }),
    );
    assert.equal(new Set(seen.map(({ text }) => text)).size, 1, JSON.stringify(seen));
    assert.doesNotMatch(seen[0]?.text ?? '', /bank|shop|agent|denied|127\.0\.0/);
    const times = seen.map(({ ms }) => ms);
    const { failure } = RECEPTION_LIMITS;
    // The scripted server says no at once; without the common time it would be seconds ahead.
    assert.ok(Math.min(...times) > failure - TIMER_MS, JSON.stringify(seen));
    assert.ok(Math.max(...times) - Math.min(...times) < failure / 2, JSON.stringify(seen));
    await tunnel('update', 'shop', '--deny', 'none');
  });

  it('a user name with @ reaches the server whole (case 74), and HOST stays with us (case 73)', async () => {
    const before = shop.sessions.length;
    await (await login('a@b@shop')).quit();
    const client = await RawClient.connect(address());
    await client.expect(220);
    await client.ask('HOST nobody.example.org', 220);
    await client.ask('HOST shop.example.org', 220);
    await client.ask('USER c@bank', 331);
    await client.ask('HOST shop.example.org', 503);
    await client.ask('PASS p', 230);
    await client.ask('HOST shop.example.org', 503);
    await client.quit();
    const told = shop.sessions.slice(before).map(({ commands }) => commands);
    assert.deepEqual(told, [
      ['USER a@b', 'PASS p', 'QUIT'],
      ['USER c@bank', 'PASS p', 'QUIT'],
    ]);
  });

  it('a session stays with its tunnel, whatever name comes later', async () => {
    const before = bank.sessions.length;
    const client = await login('joe@shop');
    await client.ask('REIN', 220);
    await client.ask('USER joe@bank', 331);
    await client.ask('PASS p', 230);
    assert.equal((await client.download('LIST')).length > 0, true);
    await client.quit();
    assert.equal(bank.sessions.length, before, 'the other server saw nobody');
    assert.ok(shop.sessions.at(-1)?.commands.includes('USER joe@bank'));
  });

  it('data connections of one client to two tunnels go each where it was promised', async () => {
    const [first, second] = [await login('joe@shop'), await login('joe@bank')];
    const [ofShop, ofBank] = [await first.passive(), await second.passive()];
    const bankData = await dial(ofBank);
    const shopData = await dial(ofShop);
    await second.ask('RETR x', 150);
    await first.ask('RETR x', 150);
    for (const data of [bankData, shopData]) {
      assert.equal(await data.outcome, 'fin');
      data.end();
    }
    assert.deepEqual(
      [shopData.received.toString(), bankData.received.toString()],
      ['contents', 'of the bank'],
    );
    await Promise.all([first.expect(226), second.expect(226)]);
    await first.quit();
    await second.quit();
  });

  it('behind a balancer the client is whom its header names, for the tunnels that believe it', async () => {
    await tunnel('update', 'shop', '--proxy-from', '127.0.0.4');
    const header = formatProxyHeader('v2', { source: CLIENT, destination: address() });
    const seen = relay.events().length;
    const client = await named('joe@shop', BALANCER, header);
    await client.ask('PASS p', 230);
    const opened = await relay.waitFor('session-opened', { from: seen });
    assert.partialDeepStrictEqual(opened, {
      client: CLIENT,
      balancer: '127.0.0.4',
      tunnel: 'shop',
    });
    await client.quit();
    const other = await named('joe@bank', BALANCER, header);
    other.send('PASS p\r\n');
    const turned = await relay.waitFor('turned-away', { from: seen });
    assert.partialDeepStrictEqual(turned, { why: 'balancer-unknown', tunnel: 'bank' });
    other.close();
    await tunnel('update', 'shop', '--proxy-from', 'none');
  });

  it('changes of one tunnel leave the sessions of the others alone', async () => {
    const client = await login('joe@shop');
    await tunnel('create', 'extra', '--port', String(port), '--shared');
    await tunnel('delete', 'extra');
    await tunnel('update', 'away', '--port', String(relay.passivePorts[1] + 12), '--no-shared');
    const away = await RawClient.connect({ host: '127.0.0.1', port: relay.passivePorts[1] + 12 });
    assert.match(await away.expect(421), /agent/, 'a port of its own tells what is wrong');
    assert.match((await client.download('LIST')).toString(), /./);
    const waiting = await named('joe@away');
    await tunnel('update', 'away', '--port', String(port), '--shared');
    await waiting.ask('NOOP', 200);
    waiting.close();
    await client.quit();
  });

  it('a port that is no longer shared greets as the server does', async () => {
    const own = relay.passivePorts[1] + 13;
    const server = await ScriptedServer.start();
    server.script = { GREETING: (session) => session.reply('220 own') };
    const alone = await serveTunnel(relay, server, {
      name: 'alone',
      port: own,
      tunnelFlags: ['--shared'],
    });
    const before = await RawClient.connect({ host: '127.0.0.1', port: own });
    assert.doesNotMatch(await before.expect(220), /own/);
    await tunnel('update', 'alone', '--no-shared');
    const after = await RawClient.connect({ host: '127.0.0.1', port: own });
    assert.match(await after.expect(220), /own/);
    before.close();
    after.close();
    await alone.close();
    await server.close();
  });

  it('nothing is left of clients that came and went', async () => {
    for (let came = 0; came < 5; came += 1) {
      const seen = relay.events().length;
      const client = await named('joe@shop');
      client.close();
      await relay.waitFor('reception-closed', { from: seen });
    }
    await (await login('joe@shop')).quit();
    // The counts are asked again until the last connection of the last session is closed, too.
    while ((await relay.counts()).sessions > 0);
  });
});
