import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { after, before, beforeEach, describe, it } from 'node:test';
import { gangwayFor, type GangwayInFront } from '../support/gangway.ts';
import { runProgram } from '../support/program.ts';
import type { RawClient } from '../support/raw-client.ts';
import { PROTECTIONS, relayTls, type Login } from '../support/relay-tls.ts';
import { ScriptedServer, type ScriptedSession } from '../support/scripted-server.ts';
import type { WatchedSocket } from '../support/watched-socket.ts';

/** Larger than every buffer on the way, so that a transfer of it is in its middle until it is read. */
const LARGE = Buffer.alloc(32 * 1024 * 1024, 'x');

const tls = await relayTls('127.0.0.1');

/** Both ends of a transfer that is in its middle. */
interface Middle {
  client: RawClient;
  clientData: WatchedSocket;
  session: ScriptedSession;
  serverData: WatchedSocket;
}

/** A server that leaves the data connection of a transfer to the test. */
async function manual(session: ScriptedSession): Promise<void> {
  await session.data();
  session.reply('150 go');
}

async function middleOf(
  verb: 'RETR' | 'STOR',
  gangway: GangwayInFront,
  server: ScriptedServer,
  login: Login,
): Promise<Middle> {
  const next = server.next();
  const client = await login(gangway);
  const session = await next;
  const clientData = client.protect(await client.openData());
  await client.ask(`${verb} file`, 150);
  const serverData = await session.data();
  const [sender, receiver] = verb === 'RETR' ? [serverData, clientData] : [clientData, serverData];
  sender.send('beginning');
  await receiver.until(() => receiver.bytes === 9, 'the first bytes');
  return { client, clientData, session, serverData };
}

for (const protection of PROTECTIONS) {
  describe(`transfers that break, through relay and agent, ${protection}`, () => {
    const login = tls.login[protection];
    let server: ScriptedServer;
    let gangway: GangwayInFront;
    const middle = (verb: 'RETR' | 'STOR'): Promise<Middle> =>
      middleOf(verb, gangway, server, login);
    before(async () => {
      server = await ScriptedServer.start();
      gangway = await gangwayFor(server, { flags: tls.flags });
    });
    beforeEach(() => {
      server.script = { RETR: manual, STOR: manual };
    });
    after(async () => {
      await gangway?.close();
      await server?.close();
    });

    it('case 3: a server that calls a broken upload complete does not get its 226 through', async () => {
      const { client, clientData, session, serverData } = await middle('STOR');
      clientData.reset();
      assert.equal(await serverData.outcome, 'rst');
      session.reply('226 Transfer complete.');
      await client.expect(426);
      await client.quit();
    });

    it("case 5: the server's reset in a download reaches the client as a reset", async () => {
      const { client, clientData, session, serverData } = await middle('RETR');
      serverData.reset();
      assert.equal(await clientData.outcome, 'rst');
      session.reply('426 Failure writing network stream.');
      await client.expect(426);
      await client.ask('NOOP', 200);
      await client.quit();
    });

    it("case 6: the client's reset in an upload reaches the server as a reset", async () => {
      const { client, clientData, session, serverData } = await middle('STOR');
      clientData.reset();
      assert.equal(await serverData.outcome, 'rst');
      session.reply('451 broken');
      await client.expect(451);
      await client.quit();
    });

    it('case 6: a client that dies in an upload, control and data by FIN, leaves no complete file', async () => {
      const { client, clientData, session, serverData } = await middle('STOR');
      client.control.end();
      assert.equal(await serverData.outcome, 'rst');
      assert.equal(await clientData.outcome, 'rst');
      await session.control.outcome;
      assert.equal(await client.control.outcome, 'fin');
      client.close();
    });

    it('case 12: the end of a download is returned to the server without waiting for the client', async () => {
      const { client, clientData, session, serverData } = await middle('RETR');
      serverData.end();
      assert.equal(await serverData.outcome, 'fin');
      assert.equal(await clientData.outcome, 'fin');
      session.reply('226 done');
      clientData.end();
      await client.expect(226);
      await client.quit();
    });

    it('case 11, case 13: a client that does not read holds 226 back, and only its own data', async () => {
      const next = server.next();
      const client = await login(gangway);
      const session = await next;
      const clientData = client.protect(await client.openData());
      clientData.socket.pause();
      await client.ask('RETR file', 150);
      const serverData = await session.data();
      serverData.send(LARGE);
      serverData.end();
      session.reply('226 done, as far as this server knows');
      const other = await login(gangway);
      server.script = {};
      assert.equal((await other.download('RETR small')).toString(), 'contents');
      await other.quit();
      assert.equal(client.control.received.toString().includes('226'), false);
      clientData.socket.resume();
      assert.equal(await clientData.outcome, 'fin');
      assert.equal(clientData.bytes, LARGE.length);
      clientData.end();
      await client.expect(226);
      await client.quit();
    });

    it('case 13: all of a large download is there when 226 comes', async () => {
      server.script = {};
      server.script['RETR'] = async (session) => {
        const data = await session.data();
        // 226 before the data connection is even written to.
        session.reply('150 go', '226 done');
        data.send(LARGE);
        data.end();
      };
      const client = await login(gangway);
      assert.equal((await client.download('RETR file')).length, LARGE.length);
      await client.quit();
    });

    it('case 41: a data connection that dies after 150 leaves the session alive', async () => {
      server.script = {
        LIST: async (session) => {
          const data = await session.data();
          session.reply('150 here');
          await data.outcome;
          session.reply('426 broken');
        },
      };
      const client = await login(gangway);
      const data = client.protect(await client.openData());
      await client.ask('LIST', 150);
      data.reset();
      const { code } = await client.reply();
      // 522 if its handshake was not over.
      assert.ok(code === 426 || (code === 522 && protection === 'under TLS'));
      assert.equal((await client.download('RETR file')).toString(), 'contents');
      await client.quit();
    });
  });
}

describe('the tunnel lost in the middle of a transfer', () => {
  const curl = (...args: string[]): ReturnType<typeof runProgram> =>
    runProgram('curl', ['-sS', '--max-time', '30', '--limit-rate', '1M', '-u', 'u:p', ...args]);
  let server: ScriptedServer;
  let gangway: GangwayInFront;
  beforeEach(async () => {
    await gangway?.close();
    await server?.close();
    server = await ScriptedServer.start();
    server.script = { RETR: manual, STOR: manual };
    gangway = await gangwayFor(server, { flags: tls.flags, agentFlags: ['--log-level=debug'] });
  });
  after(async () => {
    await gangway?.close();
    await server?.close();
  });

  /** A transfer in its middle of a client without TLS, and of one with it. */
  async function middlesOf(verb: 'RETR' | 'STOR'): Promise<Middle[]> {
    const middles: Middle[] = [];
    for (const protection of PROTECTIONS) {
      middles.push(await middleOf(verb, gangway, server, tls.login[protection]));
    }
    return middles;
  }

  /** Resolves when the guard process holds so many uploads. */
  async function guarded(uploads: number): Promise<void> {
    const { agent } = gangway;
    for (let from = 0, seen = 0; seen < uploads; seen += 1) {
      from = agent.events().indexOf(await agent.waitFor('upload-guarded', { from })) + 1;
    }
  }

  it('case 1, case 2, case 7: the agent killed: resets at the client, 426 and 421', async () => {
    const all = [...(await middlesOf('RETR')), ...(await middlesOf('STOR'))];
    await gangway.agent.kill();
    for (const { client, clientData } of all) {
      assert.equal(await clientData.outcome, 'rst');
      assert.match(await client.expect(426), /transfer not complete/);
      assert.match(await client.expect(421), /agent/);
      assert.equal(await client.control.outcome, 'fin');
      client.close();
    }
  });

  it('case 7: the agent killed in an upload: the server sees a reset, never an end', async () => {
    const uploads = await middlesOf('STOR');
    await guarded(uploads.length);
    await gangway.agent.kill();
    for (const { serverData, client } of uploads) {
      assert.equal(await serverData.outcome, 'rst');
      client.close();
    }
  });

  it('case 7: curl sees an agent killed in a download and in an upload', async () => {
    const url = `ftp://${gangway.host}:${gangway.port}/file`;
    const secured = ['--ssl-reqd', '--cacert', tls.caFile];
    const begun = [1, 2, 3, 4].map(() => server.next());
    const running = [[], secured].flatMap((flags) => [
      curl(url, ...flags, '--output', '/dev/null'),
      curl(url, ...flags, '--upload-file', '/dev/zero'),
    ]);
    for (const session of await Promise.all(begun)) {
      await session.control.until(
        () => session.commands.some((c) => /^(RETR|STOR)/.test(c)),
        'RETR, STOR',
      );
    }
    await gangway.agent.kill();
    for (const result of await Promise.all(running)) {
      assert.notEqual(result.status, 0);
      assert.notEqual(result.stderr.toString(), '');
    }
  });

  it('case 1, case 2: the relay killed: the server sees resets, never an end', async () => {
    const all = [...(await middlesOf('RETR')), ...(await middlesOf('STOR'))];
    await gangway.relay.kill();
    for (const { serverData } of all) assert.equal(await serverData.outcome, 'rst');
  });

  it('case 2: the agent stopped in an orderly way: the server sees a reset', async () => {
    const uploads = await middlesOf('STOR');
    await gangway.agent.stop();
    for (const { client, serverData, clientData } of uploads) {
      assert.equal(await serverData.outcome, 'rst');
      assert.equal(await clientData.outcome, 'rst');
      await client.expect(426);
      await client.expect(421);
      client.close();
    }
  });

  it('case 7: an agent that is frozen is noticed without help from TCP, and the transfer looks broken', async () => {
    const downloads = await middlesOf('RETR');
    process.kill(gangway.agent.pid, 'SIGSTOP');
    // Fifteen seconds of silence, looked at every second; the rest is for a busy machine.
    await gangway.relay.waitFor('agent-disconnected', { timeoutMs: 40_000 });
    for (const { client, clientData } of downloads) {
      assert.equal(await clientData.outcome, 'rst');
      await client.expect(426);
      await client.expect(421);
      client.close();
    }
    process.kill(gangway.agent.pid, 'SIGCONT');
  });

  it('case 4: the tunnel lost after the last byte and before 226: no 226', async () => {
    const downloads = await middlesOf('RETR');
    for (const { clientData, serverData } of downloads) {
      serverData.end();
      assert.equal(await clientData.outcome, 'fin');
      clientData.end();
    }
    await gangway.agent.kill();
    for (const { client } of downloads) {
      await client.expect(426);
      await client.expect(421);
      client.close();
    }
  });
});
