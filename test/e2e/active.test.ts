import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { createHash, randomBytes } from 'node:crypto';
import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import {
  curl,
  lftp,
  pythonFtplib,
  tnftp,
  type Endpoint,
  type FtpClientUnderTest,
} from '../support/clients/index.ts';
import { DataPort } from '../support/data-port.ts';
import { ensureDebianPackages } from '../support/debian.ts';
import { gangwayFor, serveTunnel, type GangwayInFront } from '../support/gangway.ts';
import { reservePortBlock } from '../support/ports.ts';
import type { ProgramResult } from '../support/program.ts';
import { RawClient } from '../support/raw-client.ts';
import { ScriptedServer } from '../support/scripted-server.ts';
import { REAL_SERVERS, type RealServer, type ServerName } from '../support/servers/index.ts';

const { missing } = await ensureDebianPackages();
const skip = missing.length === 0 ? false : missing.join(' ');

const HOST = '127.0.0.1';
const SAMPLE = randomBytes(100_000);

/** Clients that are told to be active, by what they send. */
const ACTIVE_CLIENTS: Readonly<Record<string, (endpoint: Endpoint) => FtpClientUnderTest>> = {
  'curl (EPRT)': (endpoint) => curl(endpoint, 'EPRT'),
  'curl (PORT)': (endpoint) => curl(endpoint, 'PORT'),
  lftp: (endpoint) => lftp(endpoint, 'PORT'),
  'Python ftplib': (endpoint) => pythonFtplib(endpoint, 'PORT'),
  tnftp: (endpoint) => tnftp(endpoint, 'EPRT'),
};

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function succeeded(result: ProgramResult): void {
  const said = Buffer.concat([result.stdout.subarray(-2000), result.stderr.subarray(-2000)]);
  assert.equal(result.status, 0, said.toString('latin1'));
}

for (const name of Object.keys(REAL_SERVERS) as ServerName[]) {
  describe(`active clients with ${name}`, { skip, concurrency: false }, () => {
    let server: RealServer;
    let gangway: GangwayInFront;
    let folder: string;
    let endpoint: Endpoint;
    before(async () => {
      server = await REAL_SERVERS[name]();
      gangway = await gangwayFor(server, { flags: ['--log-level=debug'] });
      folder = await mkdtemp(join(tmpdir(), 'gangway-active-'));
      await writeFile(join(server.home, 'sample'), SAMPLE);
      await chown(join(server.home, 'sample'), server.owner.uid, server.owner.gid);
      await writeFile(join(folder, 'up'), SAMPLE);
      const { host, port } = gangway;
      endpoint = { host, port, user: server.user, password: server.password };
    });
    after(async () => {
      await gangway?.close();
      await server?.stop();
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    });

    for (const [label, makeClient] of Object.entries(ACTIVE_CLIENTS)) {
      it(`case 51: ${label}: LIST, RETR and STOR of 100 KB`, async () => {
        const from = gangway.relay.events().length;
        const client = makeClient(endpoint);
        const listed = await client.list('');
        succeeded(listed);
        assert.ok(listed.stdout.includes('sample'), listed.stdout.toString());
        const down = join(folder, `down-${client.name}`);
        succeeded(await client.get('sample', down));
        assert.equal(sha256(await readFile(down)), sha256(SAMPLE));
        const stored = `up-${label.replaceAll(/\W/g, '')}`;
        succeeded(await client.put(join(folder, 'up'), stored));
        assert.equal(sha256(await readFile(join(server.home, stored))), sha256(SAMPLE));
        // What it answers comes behind all it has logged until then.
        await gangway.relay.counts();
        const events = gangway.relay.events().slice(from);
        const dialled = events.filter(({ event }) => event === 'session-data-dialled');
        assert.ok(dialled.length >= 3, `${dialled.length} active data connections`);
        assert.equal(events.filter(({ event }) => event === 'session-data-accepted').length, 0);
        await rm(down);
      });
    }

    it('case 30: a client port that refuses: 425 for RETR and STOR, and the session goes on', async () => {
      const client = await RawClient.login(endpoint);
      await client.ask('TYPE I', 200);
      const closed = await reservePortBlock(1);
      for (const command of ['RETR sample', 'STOR refused', 'LIST']) {
        await client.ask(`EPRT |1|${HOST}|${closed.first}|`, 200);
        const said = await client.ask(command, 425);
        assert.match(said, /connection refused.*firewall or NAT.*passive mode/);
        await client.ask('PWD', 257);
      }
      await closed.release();
      assert.deepEqual(await client.download('RETR sample'), SAMPLE);
      const open = await DataPort.open();
      await client.ask(open.command(), 200);
      client.send('RETR sample\r\n');
      const data = await open.accept();
      const { code } = await client.reply();
      assert.ok(code === 150 || code === 125, String(code));
      assert.equal(await data.outcome, 'fin');
      data.end();
      await client.expect(226);
      assert.deepEqual(data.received, SAMPLE);
      open.close();
      await client.quit();
    });

    it('case 32: PASV then PORT, and PORT then PASV: the last one counts', async () => {
      const client = await RawClient.login(endpoint);
      await client.ask('TYPE I', 200);
      const open = await DataPort.open();
      await client.passive();
      await client.ask(open.command(), 200);
      client.send('RETR sample\r\n');
      const data = await open.accept();
      await client.reply();
      assert.equal(await data.outcome, 'fin');
      data.end();
      await client.expect(226);
      assert.deepEqual(data.received, SAMPLE);
      await client.ask(open.command(), 200);
      assert.deepEqual(await client.download('RETR sample'), SAMPLE);
      assert.equal(open.connections, 1);
      open.close();
      await client.quit();
    });

    it('case 3, case 6: an active upload that is reset never ends with 226', async () => {
      const client = await RawClient.login(endpoint);
      await client.ask('TYPE I', 200);
      const open = await DataPort.open();
      await client.ask(open.command(), 200);
      client.send('STOR broken\r\n');
      const data = await open.accept();
      await client.reply();
      data.send(Buffer.alloc(1024 * 1024));
      data.reset();
      const { code } = await client.reply();
      assert.ok([425, 426, 451].includes(code), String(code));
      assert.deepEqual(await client.download('RETR sample'), SAMPLE);
      open.close();
      await client.quit();
    });
  });
}

describe('active mode at the relay', () => {
  let server: ScriptedServer;
  let gangway: GangwayInFront;
  before(async () => {
    server = await ScriptedServer.start();
    gangway = await gangwayFor(server);
  });
  beforeEach(() => {
    server.script = {};
  });
  after(async () => {
    await gangway?.close();
    await server?.close();
  });

  it('case 102: PORT of a third address, or of port 22, is refused and nobody is dialled', async () => {
    const third = await DataPort.open('127.0.0.2');
    const next = server.next();
    const client = await RawClient.login(gangway);
    const session = await next;
    assert.match(await client.ask(third.command(), 500), /not your address.*FXP/);
    await client.ask(`EPRT |1|127.0.0.2|${third.port}|`, 500);
    assert.match(await client.ask('PORT 127,0,0,1,0,22', 504), /RFC 2577/);
    await client.ask('EPRT |2|::1|22|', 522);
    server.script = { LIST: (scripted) => scripted.reply('150 here', '226 done') };
    await client.ask('LIST', 150);
    await client.expect(226);
    const passed = session.commands.filter((line) => /^(PORT|EPRT|EPSV|PASV)/.test(line));
    assert.deepEqual(passed, []);
    assert.equal(third.connections, 0);
    const dialled = gangway.relay.events().filter(({ event }) => event === 'session-data-dialled');
    assert.deepEqual(dialled, []);
    third.close();
    await client.quit();
  });

  it('the client is dialled by the relay, from the address it knows', async () => {
    const client = await RawClient.login(gangway, { localAddress: '127.0.0.3' });
    const open = await DataPort.open('127.0.0.3');
    await client.ask(open.command(), 200);
    client.send('RETR file\r\n');
    const data = await open.accept();
    assert.equal(data.remoteAddress, client.control.socket.remoteAddress);
    await client.expect(150);
    assert.equal(await data.outcome, 'fin');
    assert.equal(data.received.toString(), 'contents');
    data.end();
    await client.expect(226);
    open.close();
    await client.quit();
  });

  it('case 53: the client is dialled from the control port - 1 where that is free', async (t) => {
    const { relay } = gangway;
    const tunnel = await serveTunnel(relay, server, { name: 'old', port: gangway.port + 4 });
    t.after(() => tunnel.close());
    const clients = [await RawClient.login(tunnel), await RawClient.login(tunnel)];
    const ports = [await DataPort.open(), await DataPort.open()];
    server.script = {
      LIST: async (session) => {
        await session.data();
        session.reply('150 here');
      },
    };
    for (const [index, client] of clients.entries()) {
      const open = ports[index];
      assert.ok(open);
      await client.ask(open.command(), 200);
      client.send('LIST\r\n');
      assert.equal((await open.accept()).socket.remotePort, tunnel.port - 1);
      await client.expect(150);
    }
    for (const client of clients) client.close();
    for (const open of ports) open.close();
  });

  it('a refusal by the server leads to no dial, and the PORT serves the next command', async () => {
    const client = await RawClient.login(gangway);
    const open = await DataPort.open();
    await client.ask(open.command(), 200);
    server.script = { RETR: (session) => session.reply('550 No such file.') };
    await client.ask('RETR missing', 550);
    assert.equal(open.connections, 0);
    server.script = {};
    client.send('RETR file\r\n');
    const data = await open.accept();
    await client.expect(150);
    assert.equal(await data.outcome, 'fin');
    data.end();
    await client.expect(226);
    open.close();
    await client.quit();
  });

  it("case 5: the server's reset in an active download reaches the client as a reset", async () => {
    server.script = {
      RETR: async (session) => {
        const data = await session.data();
        session.reply('150 here');
        data.send('half');
      },
    };
    const next = server.next();
    const client = await RawClient.login(gangway);
    const session = await next;
    const open = await DataPort.open();
    await client.ask(open.command(), 200);
    client.send('RETR file\r\n');
    const data = await open.accept();
    await client.expect(150);
    await data.until(() => data.bytes === 4, 'the first bytes');
    (await session.data()).reset();
    assert.equal(await data.outcome, 'rst');
    session.reply('226 as if nothing had happened');
    await client.expect(426);
    open.close();
    await client.quit();
  });

  it('two hundred active transfers one after the other', async () => {
    const client = await RawClient.login(gangway);
    for (let i = 0; i < 200; i += 1) {
      const open = await DataPort.open();
      await client.ask(open.command(), 200);
      client.send('RETR file\r\n');
      const data = await open.accept();
      await client.expect(150);
      assert.equal(await data.outcome, 'fin');
      data.end();
      await client.expect(226);
      open.close();
    }
    await client.quit();
  });
});
