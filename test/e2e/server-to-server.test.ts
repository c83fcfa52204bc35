import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { after, afterEach, before, describe, it } from 'node:test';
import { gangwayFor, runGangway, type GangwayInFront } from '../support/gangway.ts';
import { dial, RawClient, type Address } from '../support/raw-client.ts';
import { ScriptedServer } from '../support/scripted-server.ts';
import { soon, WatchedSocket } from '../support/watched-socket.ts';

/** The other server, outside Gangway. */
const OTHER_SERVER = '127.0.0.2';
const THIRD = '127.0.0.3';
const FILE = Buffer.from('from one server to the other\r\n'.repeat(5000));

/** The other server after PASV: where it listens, and the connection that comes. */
async function listenAtOther(): Promise<{ at: Address; data: Promise<WatchedSocket> }> {
  const server = createServer({ allowHalfOpen: true });
  // Nobody comes where the address is refused.
  server.unref();
  server.listen(0, OTHER_SERVER);
  await once(server, 'listening');
  const { promise, resolve } = Promise.withResolvers<WatchedSocket>();
  server.once('connection', (socket) => {
    server.close();
    resolve(new WatchedSocket(socket));
  });
  const { port } = server.address() as AddressInfo;
  return { at: { host: OTHER_SERVER, port }, data: promise };
}

/** The other server after PORT: connects to where the tunnel listens. */
function dialFromOther(to: Address, localAddress = OTHER_SERVER): Promise<WatchedSocket> {
  return dial(to, { localAddress });
}

function portOf({ host, port }: Address): string {
  return `PORT ${host.replaceAll('.', ',')},${port >> 8},${port & 255}`;
}

describe('case 102: server-to-server transfers through a tunnel', () => {
  let server: ScriptedServer;
  let gangway: GangwayInFront;
  before(async () => {
    server = await ScriptedServer.start();
    gangway = await gangwayFor(server, { passivePorts: 2 });
  });
  afterEach(async () => {
    server.script = {};
    await fxp('none');
  });
  after(async () => {
    await gangway?.close();
    await server?.close();
  });

  async function fxp(...networks: string[]): Promise<void> {
    const args = ['tunnel', 'update', 'ftp', '--data-dir', gangway.relay.dataDir];
    const { status, output } = await runGangway([...args, '--fxp', ...networks]);
    assert.equal(status, 0, output);
  }

  /** The tunnel's server sends {@link FILE}, and keeps what it is sent. */
  function scripted(): { stored: () => Buffer } {
    let stored: Buffer = Buffer.alloc(0);
    server.script = {
      RETR: async (session) => {
        const data = await session.data();
        session.reply('150 here');
        data.send(FILE);
        data.end();
        session.reply((await data.finished) === 'fin' ? '226 sent' : '426 broken');
      },
      STOR: async (session) => {
        const data = await session.data();
        session.reply('150 send');
        const outcome = await data.finished;
        data.end();
        stored = data.received;
        session.reply(outcome === 'fin' ? '226 stored' : '426 broken');
      },
    };
    return { stored: () => stored };
  }

  it('are refused by default, both ways, and the reply says so', async () => {
    const client = await RawClient.login(gangway);
    const { at } = await listenAtOther();
    assert.match(await client.ask(portOf(at), 500), /server-to-server transfers \(FXP\)/);
    const stranger = await dialFromOther(await client.passive('PASV'));
    assert.equal(await stranger.outcome, 'rst');
    assert.equal((await client.download('RETR file')).toString(), 'contents');
    await client.quit();
  });

  it('PASV at the tunnel, PORT at a listed server: it fetches and it sends', async () => {
    await fxp(OTHER_SERVER);
    const { stored } = scripted();
    const client = await RawClient.login(gangway);
    const promised = await client.passive('PASV');
    const third = await dialFromOther(promised, THIRD);
    assert.equal(await third.outcome, 'rst', 'a server that is not listed takes nothing');
    const fetched = await dialFromOther(promised);
    await client.ask('RETR file', 150);
    assert.equal(await fetched.outcome, 'fin');
    fetched.end();
    await client.expect(226);
    assert.deepEqual(fetched.received, FILE);

    const sent = await dialFromOther(await client.passive('PASV'));
    client.send('STOR file\r\n');
    sent.send(FILE);
    sent.end();
    await client.expect(150);
    await client.expect(226);
    assert.deepEqual(stored(), FILE);
    await client.quit();
  });

  it('PASV at a listed server, PORT at the tunnel: it receives and it sends', async () => {
    await fxp('127.0.0.2/31', '2001:db8::/32');
    const { stored } = scripted();
    const client = await RawClient.login(gangway);
    const receiving = await listenAtOther();
    await client.ask(portOf(receiving.at), 200);
    client.send('RETR file\r\n');
    const received = await soon(receiving.data, 'a connection to the other server');
    await client.expect(150);
    assert.equal(await received.outcome, 'fin');
    received.end();
    await client.expect(226);
    assert.deepEqual(received.received, FILE);

    const sending = await listenAtOther();
    await client.ask(`EPRT |1|${OTHER_SERVER}|${sending.at.port}|`, 200);
    client.send('STOR file\r\n');
    const sent = await soon(sending.data, 'a connection to the other server');
    sent.send(FILE);
    sent.end();
    await client.expect(150);
    await client.expect(226);
    assert.deepEqual(stored(), FILE);
    await client.quit();
  });

  it('the list holds at once for sessions that are there; a low port is never dialled', async () => {
    const client = await RawClient.login(gangway);
    const { at } = await listenAtOther();
    await client.ask(portOf(at), 500);
    await fxp(OTHER_SERVER);
    await client.ask(portOf({ ...at, port: 1023 }), 504);
    await client.ask(portOf({ host: THIRD, port: at.port }), 500);
    await client.ask(portOf(at), 200);
    const promised = await client.passive();
    await fxp('none');
    const late = await dialFromOther(promised);
    assert.equal(await late.outcome, 'rst');
    const own = await dial(promised);
    await client.ask('RETR file', 150);
    assert.equal(await own.outcome, 'fin');
    own.end();
    await client.expect(226);
    await client.quit();
  });

  it('two sessions whose transfers wait for the same server each get their own', async () => {
    await fxp(OTHER_SERVER);
    server.script = {
      RETR: async (session, name) => {
        const data = await session.data();
        session.reply('150 here');
        data.send(`for ${name}`);
        data.end();
        await data.finished;
        session.reply('226 sent');
      },
    };
    const clients = [
      await RawClient.login(gangway),
      await RawClient.login(gangway, { localAddress: THIRD }),
    ];
    const promised = await Promise.all(clients.map((each) => each.passive('PASV')));
    assert.notEqual(promised[0]?.port, promised[1]?.port);
    for (const [index, client] of [...clients.entries()].toReversed()) {
      const to = promised[index];
      assert.ok(to);
      const data = await dialFromOther(to);
      client.send(`RETR ${index}\r\n`);
      assert.equal(await data.outcome, 'fin');
      data.end();
      assert.equal(data.received.toString(), `for ${index}`);
      await client.expect(150);
      await client.expect(226);
      await client.quit();
    }
  });
});
