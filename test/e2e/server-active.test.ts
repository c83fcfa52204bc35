import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { gangwayFor, type GangwayInFront } from '../support/gangway.ts';
import { reservePortBlock } from '../support/ports.ts';
import { dial, RawClient, type Address } from '../support/raw-client.ts';
import { download, ONLY_PORT, ScriptedServer, type Script } from '../support/scripted-server.ts';

describe('an FTP server that knows only PORT', () => {
  let server: ScriptedServer;
  let gangway: GangwayInFront;
  before(async () => {
    server = await ScriptedServer.start();
    gangway = await gangwayFor(server, { flags: ['--log-level=debug'] });
  });
  beforeEach(() => {
    server.script = { ...ONLY_PORT };
  });
  after(async () => {
    await gangway?.close();
    await server?.close();
  });

  it('serves a passive client in both directions', async () => {
    const client = await RawClient.login(gangway);
    assert.equal((await client.download('RETR file')).toString(), 'contents');
    await client.upload('STOR file', Buffer.alloc(100_000));
    await client.quit();
  });

  it('a connection to the agent from any other address is reset and takes nothing', async () => {
    server.script['LIST'] = async (session) => {
      const stranger = await dial(session.target, { localAddress: '127.0.0.2' });
      assert.equal(await stranger.outcome, 'rst');
      await download(Buffer.from('listing'))(session, '');
      await assert.rejects(dial(session.target), { code: 'ECONNREFUSED' });
    };
    const from = gangway.agent.events().length;
    const client = await RawClient.login(gangway);
    assert.equal((await client.download('LIST')).toString(), 'listing');
    const seen = await gangway.agent.waitFor('data-stranger', { from });
    assert.equal(seen['address'], '127.0.0.2');
    await client.quit();
  });

  it('the agent listens no longer than anybody waits for it', async () => {
    const next = server.next();
    const client = await RawClient.login(gangway);
    const session = await next;
    await client.passive();
    const first = session.target;
    await client.passive();
    const second = session.target;
    await refused(first);
    client.close();
    await refused(second);
  });

  it('case 2, case 6: an upload that breaks is a reset for the server', async () => {
    server.script['STOR'] = async (session) => {
      const data = await session.data();
      session.reply('150 send');
      session.reply((await data.finished) === 'fin' ? '226 stored' : '426 broken');
    };
    const client = await RawClient.login(gangway);
    const data = await client.openData();
    await client.ask('STOR file', 150);
    data.send('half');
    data.reset();
    await client.expect(426);
    await client.quit();
  });

  it('case 1: a reset of the server is a reset for the client', async () => {
    const { promise: arrived, resolve } = Promise.withResolvers<void>();
    server.script['RETR'] = async (session) => {
      const data = await session.data();
      session.reply('150 here');
      data.send('half');
      await arrived;
      data.reset();
      session.reply('226 as if nothing had happened');
    };
    const client = await RawClient.login(gangway);
    const data = await client.openData();
    await client.ask('RETR file', 150);
    await data.until(() => data.bytes === 4, 'the first bytes');
    resolve();
    assert.equal(await data.outcome, 'rst');
    await client.expect(426);
    await client.quit();
  });

  it('one that cannot reach its agent says 425, and the session goes on', async () => {
    server.script['RETR'] = (session) => session.reply('425 Failed to establish connection.');
    const client = await RawClient.login(gangway);
    const data = await client.openData();
    await client.ask('RETR file', 425);
    data.end();
    delete server.script['RETR'];
    assert.equal((await client.download('RETR file')).toString(), 'contents');
    await client.quit();
  });

  it('another server in its place is learnt, whatever it knows', async () => {
    const onlyPasv: Script = {
      EPSV: (session) => session.reply('500 no EPSV'),
      PORT: (session) => session.reply('500 no PORT'),
    };
    const asked: string[][] = [];
    for (const script of [{}, onlyPasv, ONLY_PORT, {}]) {
      server.script = { ...script };
      const next = server.next();
      const client = await RawClient.login(gangway);
      const session = await next;
      assert.equal((await client.download('RETR file')).toString(), 'contents');
      assert.equal((await client.download('RETR file')).toString(), 'contents');
      asked.push(session.commands.flatMap((line) => /^(EPSV|PASV|PORT)/.exec(line)?.[0] ?? []));
      await client.quit();
    }
    assert.deepEqual(asked, [
      ['PORT', 'EPSV', 'EPSV'],
      ['EPSV', 'PASV', 'PASV'],
      ['PASV', 'EPSV', 'PORT', 'PORT'],
      ['PORT', 'EPSV', 'EPSV'],
    ]);
  });
});

describe('case 45: an FTP server that names a port in 229 where nobody answers', () => {
  it('serves every client with PASV', async (t) => {
    const server = await ScriptedServer.start();
    t.after(() => server.close());
    const closed = await reservePortBlock(1);
    t.after(() => closed.release());
    server.script = { EPSV: (session) => session.reply(`229 Entering (|||${closed.first}|)`) };
    const gangway = await gangwayFor(server);
    t.after(() => gangway.close());
    const client = await RawClient.login(gangway);
    assert.equal((await client.download('RETR file')).toString(), 'contents');
    await client.upload('STOR file', Buffer.alloc(1000));
    await client.quit();
  });
});

describe('case 7: an agent that is killed', () => {
  it('resets the upload of a server in active mode', async (t) => {
    const server = await ScriptedServer.start();
    t.after(() => server.close());
    const flags = ['--server-mode=active'];
    const agentFlags = ['--log-level=debug'];
    const gangway = await gangwayFor(server, { tunnelFlags: flags, agentFlags });
    t.after(() => gangway.close());
    server.script = { ...ONLY_PORT };
    const { promise: outcome, resolve } = Promise.withResolvers<string>();
    server.script['STOR'] = async (session) => {
      const data = await session.data();
      session.reply('150 send');
      resolve(await data.finished);
    };
    const client = await RawClient.login(gangway);
    const data = await client.openData();
    await client.ask('STOR file', 150);
    data.send('half');
    await gangway.agent.waitFor('upload-guarded');
    await gangway.agent.kill();
    assert.equal(await outcome, 'rst');
    assert.equal(await data.outcome, 'rst');
    await client.expect(426);
  });
});

/** Resolves when nobody listens there any more: who stops to listen sends nobody an event. */
async function refused(target: Address): Promise<void> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    try {
      (await dial(target, { localAddress: '127.0.0.2' })).socket.destroy();
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ECONNREFUSED');
      return;
    }
    assert.ok(performance.now() < deadline, `port ${target.port} is still listened on`);
    await delay(10);
  }
}
