import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { after, before, beforeEach, describe, it } from 'node:test';
import { gangwayFor, type GangwayInFront } from '../support/gangway.ts';
import { dial, RawClient } from '../support/raw-client.ts';
import { ScriptedServer, type Handler, type ScriptedSession } from '../support/scripted-server.ts';

const OTHER = { localAddress: '127.0.0.2' };

describe('passive ports of a running relay', () => {
  let server: ScriptedServer;
  let gangway: GangwayInFront;
  before(async () => {
    server = await ScriptedServer.start();
    gangway = await gangwayFor(server, { passivePorts: 2 });
  });
  beforeEach(() => {
    server.script = {};
  });
  after(async () => {
    await gangway?.close();
    await server?.close();
  });

  it('case 37: a stranger gets a reset and takes nothing from the client who was promised', async () => {
    const client = await RawClient.login(gangway);
    const promised = await client.passive();
    const stranger = await dial(promised, OTHER);
    stranger.send('steal');
    assert.equal(await stranger.outcome, 'rst');
    assert.equal(stranger.bytes, 0);
    const data = await dial(promised);
    await client.ask('RETR file', 150);
    assert.equal(await data.outcome, 'fin');
    assert.equal(data.received.toString(), 'contents');
    data.end();
    await client.expect(226);
    await gangway.relay.waitFor('passive-stranger');
    await client.quit();
  });

  it('a port that was promised to nobody resets whoever comes', async () => {
    for (const port of gangway.relay.passivePorts) {
      const stranger = await dial({ host: gangway.host, port });
      assert.equal(await stranger.outcome, 'rst');
    }
  });

  it('case 36: a second connection to a used port is refused, the first goes on', async () => {
    const client = await RawClient.login(gangway);
    const promised = await client.passive();
    const first = await dial(promised);
    const second = await dial(promised);
    assert.equal(await second.outcome, 'rst');
    await client.ask('RETR file', 150);
    assert.equal(await first.outcome, 'fin');
    assert.equal(first.received.toString(), 'contents');
    first.end();
    await client.expect(226);
    await client.quit();
  });

  it('case 31: after a second PASV the first port is closed, the second serves', async () => {
    const client = await RawClient.login(gangway);
    const first = await client.passive('PASV');
    const second = await client.passive('PASV');
    // With two ports a random choice may fall on the first again; then it is the second's.
    if (first.port !== second.port) assert.equal(await (await dial(first)).outcome, 'rst');
    const data = await dial(second);
    await client.ask('RETR file', 150);
    assert.equal(await data.outcome, 'fin');
    data.end();
    await client.expect(226);
    await client.quit();
  });

  it('case 35: one port serves two addresses at once, each its own session', async () => {
    const [port] = gangway.relay.passivePorts;
    const clients = [await RawClient.login(gangway), await RawClient.login(gangway, OTHER)];
    const [one, two] = clients;
    assert.ok(one && two);
    // Two sessions of each address fill both ports; so one of each pair is on `port`.
    const fillers = [await RawClient.login(gangway), await RawClient.login(gangway, OTHER)];
    const promised = await Promise.all([...clients, ...fillers].map((each) => each.passive()));
    assert.equal(promised.filter((each) => each.port === port).length, 2);
    server.script = {
      RETR: async (session, name) => {
        const data = await session.data();
        session.reply('150 here');
        data.send(`for ${name}`);
        data.end();
        await data.outcome;
        session.reply('226 sent');
      },
    };
    const from = [{}, OTHER, {}, OTHER];
    const all = [...clients, ...fillers];
    for (const [index, client] of all.entries()) client.send(`RETR ${index}\r\n`);
    for (const [index, client] of all.entries()) {
      const to = promised[index];
      assert.ok(to);
      const data = await dial(to, from[index]);
      assert.equal(await data.outcome, 'fin');
      data.end();
      assert.equal(data.received.toString(), `for ${index}`);
      await client.expect(150);
      await client.expect(226);
      await client.quit();
    }
  });

  it('case 34: without a free port: 425 and a log line that names the range; others go on', async () => {
    const holders = [await RawClient.login(gangway), await RawClient.login(gangway)];
    const promised = await Promise.all(holders.map((each) => each.passive()));
    const late = await RawClient.login(gangway);
    assert.match(await late.ask('EPSV', 425), /2 passive ports/);
    const other = await RawClient.login(gangway, OTHER);
    assert.equal((await dialAndDownload(other, OTHER)).toString(), 'contents');
    await other.quit();
    const [holder] = holders;
    const [to] = promised;
    assert.ok(holder && to);
    const data = await dial(to);
    await holder.ask('RETR file', 150);
    await data.outcome;
    data.end();
    await holder.expect(226);
    assert.match(await late.ask('EPSV', 229), /229/, 'a port that is free again serves');
    for (const each of [...holders, late]) await each.quit();
    const line = await gangway.relay.waitFor('passive-ports-exhausted');
    const text = JSON.stringify(line);
    for (const port of gangway.relay.passivePorts) assert.ok(text.includes(String(port)), text);
  });

  it('case 33: 1000 × PASV without a transfer, and sessions that leave with one, leak no port', async () => {
    const client = await RawClient.login(gangway);
    for (let i = 0; i < 1000; i += 1) await client.passive();
    await client.quit();
    for (let i = 0; i < 10; i += 1) {
      const each = await RawClient.login(gangway);
      await each.passive();
      await each.quit();
    }
    const last = await RawClient.login(gangway);
    assert.equal((await last.download('RETR file')).toString(), 'contents');
    await last.quit();
  });

  it('case 25: a client that connects before its command; case 26: one that connects after it', async () => {
    const client = await RawClient.login(gangway);
    assert.equal((await client.download('RETR file')).toString(), 'contents');
    const promised = await client.passive();
    client.send('RETR file\r\n');
    // This server says 150 after its accept: that has happened when 150 is here.
    await client.expect(150);
    const data = await dial(promised);
    assert.equal(await data.outcome, 'fin');
    assert.equal(data.received.toString(), 'contents');
    data.end();
    await client.expect(226);
    await client.quit();
  });

  it('case 27: a server that says 150 before anything, and a client that waits for it', async () => {
    server.script = {
      RETR: async (session) => {
        session.reply('150 first');
        const data = await session.data();
        data.send('contents');
        data.end();
        await data.outcome;
        session.reply('226 sent');
      },
    };
    const client = await RawClient.login(gangway);
    const promised = await client.passive();
    await client.ask('RETR file', 150);
    const data = await dial(promised);
    assert.equal(await data.outcome, 'fin');
    assert.equal(data.received.toString(), 'contents');
    data.end();
    await client.expect(226);
    await client.quit();
  });

  it('case 42, case 43: the agent dials the server itself, from its own side, whatever 227 says', async () => {
    server.script = { EPSV: (session) => session.reply('500 no EPSV') };
    const next = server.next();
    const client = await RawClient.login(gangway);
    const session = await next;
    const data = await dial(await client.passive());
    await client.ask('RETR file', 150);
    const serverData = await session.data();
    assert.equal(serverData.remoteAddress, session.control.remoteAddress);
    assert.equal(await data.outcome, 'fin');
    data.end();
    await client.expect(226);
    await client.quit();
  });

  it('case 16: an upload of 0 bytes, ended before the command, is a file; case 15: so is a download', async () => {
    const client = await RawClient.login(gangway);
    const data = await client.openData();
    data.end();
    await client.ask('STOR empty', 150);
    await client.expect(226);
    server.script = {
      RETR: async (session) => {
        const empty = await session.data();
        session.reply('150 here');
        empty.end();
        session.reply((await empty.outcome) === 'fin' ? '226 sent' : '426 broken');
      },
    };
    assert.deepEqual(await client.download('RETR empty'), Buffer.alloc(0));
    await client.quit();
  });

  it('case 22: an upload refused with 553 ends a data connection that stands already', async () => {
    server.script = {
      STOR: async (session) => {
        const data = await session.data();
        session.reply('553 Could not create file.');
        data.end();
      },
    };
    const client = await RawClient.login(gangway);
    const data = await client.openData();
    await client.ask('STOR forbidden', 553);
    assert.ok(['fin', 'rst'].includes(await data.outcome));
    data.end();
    assert.equal((await client.download('RETR file')).toString(), 'contents');
    await client.quit();
  });
});

async function dialAndDownload(client: RawClient, from: { localAddress: string }): Promise<Buffer> {
  const data = await dial(await client.passive(), from);
  await client.ask('RETR file', 150);
  await data.outcome;
  data.end();
  await client.expect(226);
  return data.received;
}

describe('case 43: a server whose data connections are at another address than its own', () => {
  const ELSEWHERE = '127.0.0.9';
  /** Listens there, and says so in 227. */
  const passive: Handler = async (session) => {
    const port = await session.listen(ELSEWHERE);
    session.reply(`227 Entering (${ELSEWHERE.replaceAll('.', ',')},${port >> 8},${port & 255}).`);
  };
  const script = {
    EPSV: (session: ScriptedSession) => session.reply('500 no EPSV'),
    PORT: (session: ScriptedSession) => session.reply('500 no PORT'),
    PASV: passive,
  };

  it('serves where its agent was told that address', async (t) => {
    const server = await ScriptedServer.start();
    t.after(() => server.close());
    server.script = { ...script };
    const gangway = await gangwayFor(server, { agentFlags: ['--data-hosts', ELSEWHERE] });
    t.after(() => gangway.close());
    const client = await RawClient.login(gangway);
    assert.equal((await client.download('RETR file')).toString(), 'contents');
    await client.upload('STOR file', Buffer.alloc(1000));
    await client.quit();
  });

  it('is not dialled there otherwise, and the client reads why', async (t) => {
    const server = await ScriptedServer.start();
    t.after(() => server.close());
    server.script = { ...script };
    const gangway = await gangwayFor(server, { agentFlags: ['--data-hosts', '127.0.0.8'] });
    t.after(() => gangway.close());
    const client = await RawClient.login(gangway);
    assert.match(await client.ask('PASV', 425), /does not answer on the data port it named/);
    await client.quit();
  });
});
