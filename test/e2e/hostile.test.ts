import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { residentBytes } from '../interop/resident-memory.ts';
import { DataPort } from '../support/data-port.ts';
import { gangwayFor, type Counts, type GangwayInFront } from '../support/gangway.ts';
import { dial, RawClient } from '../support/raw-client.ts';
import { ScriptedServer } from '../support/scripted-server.ts';

const VICTIM = '127.0.0.2';
const THIEF = { localAddress: '127.0.0.3' };

/** How often PASV is said without a transfer, on this many sessions at a time. */
const PASV_COUNT = 50_000;
const PASV_SESSIONS = 10;
/** Replies read before more is asked: what a client with a small window does. */
const PASV_BATCH = 50;
/** Resident memory may grow by this much, a kilobyte a PASV: heaps breathe. */
const GROWTH_BYTES = 48 * 1024 * 1024;

describe('clients with bad intentions', () => {
  let server: ScriptedServer;
  let gangway: GangwayInFront;
  let idle: Counts;
  before(async () => {
    server = await ScriptedServer.start();
    gangway = await gangwayFor(server, { flags: ['--log-level=info'] });
    const client = await RawClient.login(gangway);
    assert.equal((await client.download('RETR file')).toString(), 'contents');
    await client.quit();
    idle = await nothingLeft();
  });
  beforeEach(() => {
    server.script = {};
  });
  afterEach(async () => {
    assert.deepEqual(await nothingLeft(), idle);
  });
  after(async () => {
    await gangway?.close();
    await server?.close();
  });

  /** The counts of the relay when no session is left; a session takes a moment to end. */
  async function nothingLeft(): Promise<Counts> {
    const deadline = performance.now() + 15_000;
    for (;;) {
      const { sessions, streams, channels } = await gangway.relay.counts();
      const at = { sessions, streams, channels, handles: 0 };
      const left = sessions > 0 || (idle !== undefined && streams > idle.streams);
      if (!left || performance.now() > deadline) return at;
      await delay(20);
    }
  }

  it('case 102: bounce to a third address and to low ports: refused, nobody is dialled, no command passes', async () => {
    const victim = await DataPort.open(VICTIM);
    const next = server.next();
    const client = await RawClient.login(gangway);
    const session = await next;
    const asks: [string, number][] = [
      [victim.command('PORT'), 500],
      [victim.command('EPRT'), 500],
      ['PORT 127,0,0,1,0,22', 504],
      ['PORT 127,0,0,1,0,25', 504],
      ['EPRT |1|127.0.0.1|22|', 504],
      ['EPRT |1|127.0.0.1|1023|', 504],
      ['PORT 127,0,0,1,256,22', 501],
      ['PORT 127,0,0,257,200,10', 501],
      ['EPRT |1|127.0.0.1|65558|', 501],
      ['EPRT |1|2130706434|51210|', 501],
      ['PORT 127,0,0,2,200,10\r\0DELE x', 500],
      ['PORT 127,0,0,2,200,10\0', 500],
      ['PORT 127,0,0,2\rDELE x', 500],
    ];
    for (const [ask, code] of asks) await client.ask(ask, code);
    server.script = { LIST: (scripted) => scripted.reply('425 Use PASV first.') };
    await client.ask('LIST', 425);
    assert.deepEqual(session.commands.slice(2), ['LIST']);
    assert.equal(victim.connections, 0);
    const events = gangway.relay.events().map(({ event }) => event);
    assert.equal(events.includes('session-data-dialled'), false);
    victim.close();
    await client.quit();
  });

  it('PORT hidden behind Telnet bytes and in packets of one byte is read as what it is', async () => {
    const victim = await DataPort.open(VICTIM);
    const next = server.next();
    const client = await RawClient.login(gangway);
    const session = await next;
    const hidden = victim.command('PORT').replace('RT ', '\xff\xf1RT\xff\xfb\x01 ');
    const { socket } = client.control;
    for (const byte of Buffer.from(`${hidden}\r\n`, 'latin1')) {
      await new Promise((taken) => socket.write(Buffer.of(byte), taken));
    }
    await client.expect(500);
    client.send('\xff\xf4\xff\xf2EPRT |1|127.0.0.2|51210|\r\n');
    await client.expect(500);
    assert.deepEqual(session.commands.slice(2), []);
    assert.equal(victim.connections, 0);
    victim.close();
    await client.quit();
  });

  it('port theft: whoever tries every passive port from elsewhere gets a reset at each, and takes nothing', async () => {
    const client = await RawClient.login(gangway);
    const promised = await client.passive('PASV');
    const [first, last] = gangway.relay.passivePorts;
    for (let port = first; port <= last; port += 1) {
      const thief = await dial({ host: promised.host, port }, THIEF);
      thief.send('instead of the file');
      assert.equal(await thief.outcome, 'rst');
      assert.equal(thief.bytes, 0);
    }
    const data = await dial(promised);
    await client.ask('RETR file', 150);
    assert.equal(await data.outcome, 'fin');
    assert.equal(data.received.toString(), 'contents');
    data.end();
    await client.expect(226);
    await client.quit();
  });

  it('port theft in the middle of a transfer takes nothing and breaks nothing', async () => {
    server.script = {
      RETR: async (session) => {
        const data = await session.data();
        session.reply('150 here');
        data.send('begin');
        await go.promise;
        data.send(' and end');
        data.end();
        session.reply((await data.finished) === 'fin' ? '226 sent' : '426 broken');
      },
    };
    const go = Promise.withResolvers<undefined>();
    const client = await RawClient.login(gangway);
    const promised = await client.passive('PASV');
    const data = await dial(promised);
    await client.ask('RETR file', 150);
    await data.until(() => data.bytes === 5, 'the beginning');
    for (const from of [THIEF, {}]) {
      const thief = await dial(promised, from);
      assert.equal(await thief.outcome, 'rst');
      assert.equal(thief.bytes, 0);
    }
    go.resolve(undefined);
    assert.equal(await data.outcome, 'fin');
    assert.equal(data.received.toString(), 'begin and end');
    data.end();
    await client.expect(226);
    await client.quit();
  });

  it('passive ports are not in a row: who knows one does not know the next', async () => {
    const client = await RawClient.login(gangway);
    const ports: number[] = [];
    for (let i = 0; i < 200; i += 1) ports.push((await client.passive()).port);
    const steps = ports.slice(1).map((port, index) => port - (ports[index] ?? 0));
    const [first, last] = gangway.relay.passivePorts;
    const followed = steps.filter((step) => step === 1 || step === first - last).length;
    // By chance one in 64 is; a row would be all.
    assert.ok(followed < 40, `${followed} of ${steps.length}`);
    await client.quit();
  });

  it('case 33: 50,000 PASV without a transfer leak no port, no stream and no memory', async (t) => {
    server.script = { EPSV: (session) => session.reply('229 Entering (|||51234|)') };
    const clients = await Promise.all(
      Array.from({ length: PASV_SESSIONS }, () => RawClient.login(gangway)),
    );
    t.after(() => clients.forEach((client) => client.close()));
    const ask = async (client: RawClient): Promise<void> => {
      for (let said = 0; said < PASV_COUNT / PASV_SESSIONS; said += PASV_BATCH) {
        client.send('PASV\r\n'.repeat(PASV_BATCH));
        for (let i = 0; i < PASV_BATCH; i += 1) await client.expect(227);
      }
    };
    const memory = (): number[] => [gangway.relay.pid, gangway.agent.pid].map(residentBytes);
    // Twice as many before it: by then the heaps have the size the work wants, and grow no more.
    for (let round = 0; round < 2; round += 1) await Promise.all(clients.map(ask));
    const before = memory();
    await Promise.all(clients.map(ask));
    const grown = memory().map((bytes, index) => bytes - (before[index] ?? 0));
    const { streams } = await gangway.relay.counts();
    assert.ok(
      streams <= PASV_SESSIONS + 1,
      `${streams} streams: the link's and a control one each`,
    );
    for (const bytes of grown) assert.ok(bytes < GROWTH_BYTES, `grown by ${bytes} bytes`);
    server.script = {};
    for (const client of clients) {
      assert.equal((await client.download('RETR file')).toString(), 'contents');
      await client.quit();
    }
  });

  it('two hundred clients that connect, say a part of a login and wait are gone when they are gone', async () => {
    const peers = await Promise.all(Array.from({ length: 200 }, () => dial(gangway)));
    for (const [index, peer] of peers.entries()) peer.send('USER someone'.slice(0, index % 12));
    await (await RawClient.login(gangway)).quit();
    for (const [index, peer] of peers.entries()) {
      if (index % 2 === 0) peer.reset();
      else peer.socket.destroy();
    }
    assert.equal((await nothingLeft()).sessions, 0);
  });

  it('a client that says QUIT, or goes, with a passive port promised and dialled, leaves nothing', async () => {
    for (const how of ['QUIT', 'FIN', 'RST'] as const) {
      const client = await RawClient.login(gangway);
      const data = await client.openData();
      if (how === 'QUIT') await client.ask('QUIT', 221);
      else if (how === 'FIN') client.control.end();
      else client.control.reset();
      await data.outcome;
      data.socket.destroy();
      if (how !== 'RST') await once(client.control.socket, 'end').catch(() => undefined);
      client.close();
      assert.equal((await nothingLeft()).sessions, 0, how);
    }
  });
});
