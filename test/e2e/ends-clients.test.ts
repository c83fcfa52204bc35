import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { startRelay, type Relay } from '../support/gangway.ts';
import { Line } from '../support/line.ts';
import { reservePortBlock, type PortBlock } from '../support/ports.ts';
import { RawClient } from '../support/raw-client.ts';
import { ScriptedServer, type ScriptedSession } from '../support/scripted-server.ts';
import { Site } from '../support/site.ts';
import type { WatchedSocket } from '../support/watched-socket.ts';

/** A transfer in its middle, at both ends. */
interface Middle {
  readonly verb: 'RETR' | 'STOR';
  readonly client: RawClient;
  readonly data: WatchedSocket;
  readonly session: ScriptedSession;
  readonly serverData: WatchedSocket;
  /** What the server had been sent, and whether it still had its control connection, when the data ended. */
  readonly before: Promise<{ abor: boolean; control: boolean }>;
}

async function begin(verb: Middle['verb'], site: Site, server: ScriptedServer): Promise<Middle> {
  const from = site.agent.events().length;
  const next = server.next();
  const client = await RawClient.login(site);
  const session = await next;
  const data = await client.openData();
  await client.ask(`${verb} file`, 150);
  const serverData = await session.data();
  const [sender, receiver] = verb === 'RETR' ? [serverData, data] : [data, serverData];
  sender.send('beginning');
  await receiver.until(() => receiver.bytes === 9, 'the first bytes');
  if (verb === 'STOR') await site.agent.waitFor('upload-guarded', { from });
  const before = serverData.finished.then(() => ({
    abor: session.commands.includes('ABOR'),
    control: session.control.ended === undefined,
  }));
  return { verb, client, data, session, serverData, before };
}

/** Both ends of each transfer whose link ends learn of it, the client with its reason. */
describe('transfers whose link ends', () => {
  let folder: string;
  let ports: PortBlock;
  let server: ScriptedServer;
  let relay: Relay;
  let line: Line;
  let site: Site;
  let middles: Middle[] = [];
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gangway-relay-'));
    ports = await reservePortBlock(16);
    server = await ScriptedServer.start();
    const manual = async (session: ScriptedSession): Promise<void> => {
      await session.data();
      session.reply('150 go');
    };
    server.script = {
      RETR: manual,
      STOR: manual,
      ABOR: async (session) => {
        const data = await session.data();
        session.reply('426 aborted');
        await data.finished;
        session.reply('226 ABOR done');
      },
    };
    relay = await beginRelay('--link-grace=60s');
    line = await Line.lay({ host: '127.0.0.1', port: ports.last });
    site = await openSite('ftp');
  });
  beforeEach(async () => {
    middles = [await begin('RETR', site, server), await begin('STOR', site, server)];
  });
  afterEach(() => {
    for (const { client } of middles) client.close();
  });
  after(async () => {
    await site?.close();
    await line?.cut();
    await relay?.stop();
    await server?.close();
    await ports?.release();
    await rm(folder, { recursive: true, force: true });
  });

  const beginRelay = (...flags: string[]): Promise<Relay> => {
    const http = `--http=127.0.0.1:${ports.last}`;
    return startRelay({ dir: folder, ports, passivePorts: 8, flags: [http, ...flags] });
  };
  const openSite = (name: string, port = ports.first + 8): Promise<Site> => {
    const relayUrl = `http://${line.host}:${line.port}`;
    return Site.open(relay, server, { name, port, relayUrl });
  };

  /** Each client reads 426 and 421 with that reason. */
  async function told(reason: string): Promise<void> {
    for (const { client, data } of middles) {
      assert.equal(await data.outcome, 'rst');
      const broken = `426 Data connection broken, transfer not complete: ${reason}.`;
      assert.equal(await client.expect(426), broken);
      assert.equal(await client.expect(421), `421 Service not available: ${reason}.`);
      assert.equal(await client.control.outcome, 'fin');
    }
  }

  /** The server sees resets; of an upload after ABOR, and before its control connection ends. */
  async function broken(): Promise<void> {
    for (const { verb, serverData, session, before } of middles) {
      assert.equal(await serverData.outcome, 'rst');
      if (verb === 'STOR') assert.deepEqual(await before, { abor: true, control: true });
      await session.control.outcome;
    }
  }

  it('the agent is stopped', async () => {
    assert.equal(await site.agent.stop(), 0);
    await broken();
    await told('the agent beside the FTP server was stopped');
    await site.begin();
  });

  it('the agent is killed and started again', async () => {
    await site.agent.kill();
    await site.begin();
    const started = performance.now();
    await told('the agent beside the FTP server was started again');
    assert.ok(performance.now() - started < 1000, 'at once');
    for (const { verb, serverData } of middles) {
      // A download of a dead agent ends as it may: the client is told by the relay.
      if (verb === 'STOR') assert.equal(await serverData.outcome, 'rst');
    }
  });

  it('the relay is killed and started again: the client sees its connections break', async () => {
    const from = site.agent.events().length;
    await relay.kill();
    for (const { client, data } of middles) {
      await data.outcome;
      await client.control.outcome;
      assert.equal(client.control.received.toString().includes('226'), false);
    }
    relay = await beginRelay('--link-grace=1s', '--drain-timeout=200ms');
    await broken();
    const { msg } = await site.agent.waitFor('link-down', { from });
    assert.match(String(msg), /^the relay has no such link: it was restarted/);
    await site.back(from);
  });

  it('the line is down for longer than the grace', async () => {
    const from = site.agent.events().length;
    await line.cut();
    await told('the line to the agent beside the FTP server was down for more than 1 s');
    await broken();
    await line.mend();
    await site.back(from);
  });

  it('the relay is stopped, and transfers take longer than it waits for them', async () => {
    const stopped = relay.stop();
    await told('the relay is stopping');
    await broken();
    for (const { client } of middles) client.close();
    assert.equal(await stopped, 0);
    // It would wait before it tries again.
    await site.agent.kill();
    relay = await beginRelay();
    await site.begin();
  });

  it('the tunnel is changed', async () => {
    const from = site.agent.events().length;
    await site.update(relay, '--port', String(ports.first + 9));
    await told('the tunnel was changed');
    await broken();
    await site.back(from);
    await site.update(relay, '--port', String(site.port));
    await site.back(site.agent.events().length - 1);
  });

  it('the agent is revoked', async () => {
    await site.revoke(relay);
    await told('the access of the agent beside the FTP server was revoked');
    await broken();
    await site.close();
    site = await openSite('again', ports.first + 10);
  });

  it('the tunnel is deleted', async () => {
    await site.delete(relay);
    await told('the tunnel was deleted');
    await broken();
  });
});
