import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { after, before, beforeEach, describe, it } from 'node:test';
import { testAuthority } from '../support/certificates.ts';
import { gangwayFor, runGangway, type GangwayInFront } from '../support/gangway.ts';
import { RawClient } from '../support/raw-client.ts';
import { ScriptedServer, type Script, type ScriptedSession } from '../support/scripted-server.ts';
import { contextOf, explicitTls, secureData, secureDownload } from '../support/tls-script.ts';
import type { WatchedSocket } from '../support/watched-socket.ts';

const authority = await testAuthority();
const issued = await authority.issue({ names: ['ftp.test'] });
const context = contextOf(issued);
const TLS: Script = explicitTls(context);
const CONTENTS = Buffer.from('contents');
/** A record of 32 bytes that no key of the connection made. */
const FORGED = Buffer.concat([Buffer.of(23, 3, 3, 0, 32), Buffer.alloc(32, 'x')]);

describe('an FTP server that gets TLS wrong', () => {
  let server: ScriptedServer;
  let gangway: GangwayInFront;
  before(async () => {
    server = await ScriptedServer.start();
    const agentFlags = ['--server-tls=explicit', `--server-fingerprint=${issued.fingerprint}`];
    gangway = await gangwayFor(server, { agentFlags: [...agentFlags, '--log-level=debug'] });
  });
  beforeEach(() => {
    server.script = { ...TLS, RETR: secureDownload(context, CONTENTS) };
  });
  after(async () => {
    await gangway?.close();
    await server?.close();
  });

  /** What a client reads in place of a greeting, and what the server was sent. */
  async function turnedAway(): Promise<{ text: string; commands: string[] }> {
    const next = server.next();
    const client = await RawClient.connect(gangway);
    const text = await client.expect(421);
    assert.equal(await client.control.outcome, 'fin');
    client.close();
    const session = await next;
    await session.control.finished;
    return { text, commands: session.commands };
  }

  /** A transfer that has its 150, with both ends of its data connection; the server's is not under TLS. */
  async function begun(
    verb: 'RETR' | 'STOR',
  ): Promise<{ client: RawClient; data: WatchedSocket; session: ScriptedSession }> {
    server.script[verb] = async (session) => {
      await session.data();
      session.reply('150 go');
    };
    const next = server.next();
    const client = await RawClient.login(gangway);
    const data = await client.openData();
    await client.ask(`${verb} file`, 150);
    return { client, data, session: await next };
  }

  it('a server that refuses AUTH: no login in clear, and the client is told what it said', async () => {
    server.script['AUTH'] = (session) => session.reply('502 Command not implemented.');
    const { text, commands } = await turnedAway();
    assert.match(text, /refuses AUTH TLS: 502 Command not implemented\.; switch TLS on there, or/);
    assert.deepEqual(commands, ['AUTH TLS']);
  });

  it('case 87: what comes in clear behind 234 in its segment is refused', async () => {
    server.script['AUTH'] = (session) => {
      session.reply('234 go ahead', '230 you are logged in already');
      session.secure(context);
    };
    const { text } = await turnedAway();
    assert.match(text, /sent more than was asked for while TLS was agreed on/);
  });

  it('case 87: and so is what comes in clear in a segment of its own', async () => {
    server.script['AUTH'] = (session) => {
      session.reply('234 go ahead');
      setImmediate(() => session.reply('230 you are logged in already'));
    };
    // The system may join it to the 234 all the same.
    const refused = /handshake .* failed \(wrong version number\)|more than was asked for/;
    assert.match((await turnedAway()).text, refused);
  });

  it('a server that refuses PROT P is not asked to log anybody in', async () => {
    server.script['PROT'] = (session) => session.reply('536 not supported');
    const { text, commands } = await turnedAway();
    assert.match(text, /refuses PROT P: 536 not supported; .*--server-data-tls off/);
    assert.deepEqual(commands, ['AUTH TLS', 'PBSZ 0', 'PROT P']);
  });

  it('a server that sends no FTP', async () => {
    server.script['GREETING'] = (session) => session.reply('SSH-2.0-OpenSSH_9.2');
    assert.match((await turnedAway()).text, /not an FTP reply; check --server-tls/);
  });

  it('a server that ends the connection in place of the handshake', async () => {
    server.script['AUTH'] = (session) => {
      session.reply('234 go ahead');
      session.control.end();
    };
    assert.match((await turnedAway()).text, /TLS handshake with the FTP server failed/);
  });

  it('case 58: "wait" is passed on at once, and the greeting after TLS', async () => {
    const waiting = Promise.withResolvers<undefined>();
    server.script['GREETING'] = async (session) => {
      session.reply('120 one moment');
      await waiting.promise;
      session.reply('220-behind it', ' a banner', '220 ready');
    };
    const client = await RawClient.connect(gangway);
    await client.expect(120);
    waiting.resolve(undefined);
    assert.match(await client.expect(220), /behind it\n a banner\n220 ready/);
    await client.quit();
  });

  it('a server that does not want to serve says so to the client, in its own words', async () => {
    server.script['GREETING'] = (session) => {
      session.reply('421 Too many users.');
      session.control.end();
    };
    const { text, commands } = await turnedAway();
    assert.match(text, /421 Too many users\./);
    assert.deepEqual(commands, []);
  });

  it("the server's reset in a download is a reset for the client", async () => {
    const { client, data, session } = await begun('RETR');
    const serverData = await secureData(session, context);
    serverData.send('beginning');
    await data.until(() => data.bytes > 0, 'the first bytes');
    serverData.reset();
    assert.equal(await data.outcome, 'rst');
    session.reply('226 sent, as far as this server knows');
    await client.expect(426);
    await client.quit();
  });

  it('a server that falls out of TLS in a download: a reset, and a reply that says so', async () => {
    const { client, data, session } = await begun('RETR');
    const raw = await session.data();
    const serverData = raw.secure(context, raw.received);
    serverData.send('beginning');
    await data.until(() => data.bytes > 0, 'the first bytes');
    raw.send(FORGED);
    assert.equal(await data.outcome, 'rst');
    session.reply('226 sent, as far as this server knows');
    assert.match(await client.expect(426), /TLS: /);
    await client.quit();
  });

  it("the client's reset in an upload is a reset for the server, not an end", async () => {
    const { client, data, session } = await begun('STOR');
    const serverData = await secureData(session, context);
    data.send('beginning');
    await serverData.until(() => serverData.bytes > 0, 'the first bytes');
    data.reset();
    assert.equal(await serverData.outcome, 'rst');
    session.reply('226 stored, as far as this server knows');
    await client.expect(426);
    await client.quit();
  });

  for (const verb of ['RETR', 'STOR'] as const) {
    it(`${verb}: an end before the handshake is no empty file`, async () => {
      const { client, data, session } = await begun(verb);
      const raw = await session.data();
      raw.end();
      assert.equal(await data.outcome, 'rst');
      session.reply('226 done, as far as this server knows');
      assert.match(await client.expect(426), /TLS/);
      assert.equal(await raw.outcome, 'rst');
      await client.quit();
    });
  }

  it('a handshake that is never answered holds nothing when the client gives up', async () => {
    const { client, data, session } = await begun('STOR');
    data.send(CONTENTS);
    data.end();
    client.close();
    assert.equal(await (await session.data()).outcome, 'rst');
    await session.control.finished;
    const deadline = performance.now() + 10_000;
    while ((await gangway.agent.counts()).streams > 1) {
      assert.ok(performance.now() < deadline, 'more than the link stream is left');
    }
  });

  it('case 91: a session that the server has forgotten is begun anew', async () => {
    const from = gangway.agent.events().length;
    // To this one tickets of the control connection mean nothing.
    server.script['RETR'] = secureDownload(contextOf(issued), CONTENTS);
    const client = await RawClient.login(gangway);
    for (let time = 0; time < 3; time += 1) {
      assert.deepEqual(await client.download('RETR file'), CONTENTS);
    }
    await client.quit();
    const line = await gangway.agent.waitFor('data-secured', { from });
    assert.equal(line['resumed'], false);
  });

  it('case 93: an upload whose end comes before the session tickets is whole at the server', async () => {
    server.script['STOR'] = async (session) => {
      const data = await secureData(session, context);
      session.reply('150 send');
      const outcome = await data.outcome;
      data.end();
      session.reply(outcome === 'fin' && data.received.equals(CONTENTS) ? '226 all' : '426 part');
    };
    const client = await RawClient.login(gangway);
    await client.upload('STOR file', CONTENTS);
    await client.quit();
  });

  it('the PROXY header comes in clear, before TLS, on control and data connections', async () => {
    const { dataDir } = gangway.relay;
    const change = (...flags: string[]): ReturnType<typeof runGangway> =>
      runGangway(['tunnel', 'update', 'ftp', '--data-dir', dataDir, ...flags]);
    await change('--proxy-protocol', 'v1', '--proxy-protocol-data');
    server.wantsProxyHeader = true;
    try {
      server.script['RETR'] = async (session) => {
        const data = await session.data();
        await data.until(() => data.received.includes('\r\n'), 'a header');
        const end = data.received.indexOf('\r\n') + 2;
        assert.match(data.received.toString('latin1', 0, end), /^PROXY TCP4 127\.0\.0\.1 /);
        const secured = data.secure(context, data.received.subarray(end));
        session.reply('150 here');
        secured.send(CONTENTS);
        secured.end();
        await secured.finished;
        session.reply('226 sent');
      };
      const next = server.next();
      const client = await RawClient.login(gangway);
      assert.equal((await next).proxyHeader?.kind, 'proxied');
      assert.deepEqual(await client.download('RETR file'), CONTENTS);
      await client.quit();
    } finally {
      server.wantsProxyHeader = false;
      await change('--proxy-protocol', 'off', '--no-proxy-protocol-data');
    }
  });
});
