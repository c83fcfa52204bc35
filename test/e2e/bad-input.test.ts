import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { gangwayFor, type GangwayInFront } from '../support/gangway.ts';
import { dial, RawClient } from '../support/raw-client.ts';
import { ScriptedServer } from '../support/scripted-server.ts';

describe('bad input on the FTP port', () => {
  let server: ScriptedServer;
  let gangway: GangwayInFront;
  let witness: RawClient;
  before(async () => {
    server = await ScriptedServer.start();
    gangway = await gangwayFor(server);
  });
  /** A session that runs at the same time notices nothing. */
  beforeEach(async () => {
    server.script = {};
    witness = await RawClient.login(gangway);
  });
  afterEach(async () => {
    server.script = {};
    assert.equal((await witness.download('RETR file')).toString(), 'contents');
    await witness.quit();
  });
  after(async () => {
    await gangway?.close();
    await server?.close();
  });

  /** Waits for the log line of a session that ended for this reason, written after `from`. */
  const logged = async (from: number, reason: RegExp): Promise<void> => {
    for (let at = from; ;) {
      const line = await gangway.relay.waitFor('session-closed', { from: at });
      if (reason.test(String(line['reason']))) return;
      at = gangway.relay.events().indexOf(line) + 1;
    }
  };

  it('an HTTP request is turned away with 421, and nothing of it reaches the server', async () => {
    const from = gangway.relay.events().length;
    const peer = await dial(gangway);
    peer.send('POST / HTTP/1.1\r\nHost: a\r\n\r\nUSER u\r\nDELE file\r\n');
    assert.equal(await peer.outcome, 'fin');
    assert.match(peer.received.toString(), /421 .*another protocol/);
    peer.end();
    await logged(from, /^another protocol$/);
    assert.equal(server.sessions.flatMap(({ commands }) => commands).includes('DELE file'), false);
  });

  it('random bytes are answered with 500 and, if there is no end to them, 421', async () => {
    const from = gangway.relay.events().length;
    const peer = await dial(gangway);
    await peer.until(() => peer.bytes > 0, 'the greeting');
    for (let i = 0; i < 64 && peer.ended === undefined; i += 1) {
      // Without Telnet: one subnegotiation that never ends would swallow the rest.
      const noise = randomBytes(1024).map((byte) => (byte === 0xff ? 0 : byte));
      peer.send(Buffer.concat([noise, Buffer.from('\r\n')]));
    }
    await peer.outcome;
    assert.match(peer.received.toString('latin1'), /^220 .*\r\n500 (.*\r\n)+421 Too many lines/);
    peer.end();
    await logged(from, /not FTP commands/);
  });

  it('case 56: 1 MB without a line end: 500, then 421', async () => {
    const from = gangway.relay.events().length;
    const client = await RawClient.login(gangway);
    const chunk = Buffer.alloc(64 * 1024, 'a');
    for (let i = 0; i < 20; i += 1) client.send(chunk);
    await client.expect(500);
    await client.expect(421);
    assert.ok(['fin', 'rst'].includes(await client.control.outcome));
    client.close();
    await logged(from, /^a command line without an end$/);
  });

  it('case 55: NUL and bare CR in a command: 500, and no part of it reaches the server', async () => {
    const next = server.next();
    const client = await RawClient.login(gangway);
    const session = await next;
    for (const line of ['CWD a\0b', 'CWD a\rDELE file', 'CWD a\r\0DELE file']) {
      await client.ask(line, 500);
    }
    await client.ask('NOOP', 200);
    assert.deepEqual(session.commands.slice(2), ['NOOP']);
    assert.ok(gangway.relay.events().some((line) => line['event'] === 'session-bad-line'));
    await client.quit();
  });

  it('case 54: 10,000 pipelined NOOPs are all answered, in order', async () => {
    let count = 0;
    server.script = { NOOP: (session) => session.reply(`200 ${(count += 1)}`) };
    const client = await RawClient.login(gangway);
    client.send('NOOP\r\n'.repeat(10_000));
    for (let i = 1; i <= 10_000; i += 1) assert.equal(await client.expect(200), `200 ${i}`);
    await client.quit();
  });

  it('case 54: commands in packets of one byte', async () => {
    const client = await RawClient.login(gangway);
    for (const byte of Buffer.from('NOOP\r\nPWD\r\n')) client.send(Buffer.of(byte));
    await client.expect(200);
    await client.expect(257);
    await client.quit();
  });

  it('a client that never reads answers does not fill the memory of the relay', async () => {
    const peer = await dial(gangway);
    peer.socket.pause();
    const line = Buffer.from('AUTH TLS\r\n'.repeat(10_000));
    // Larger than all socket buffers together: 40 MB of commands, 200 MB of answers.
    for (let i = 0; i < 400; i += 1) peer.socket.write(line);
    await gangway.relay.counts();
    const before = peer.socket.writableLength;
    await (await RawClient.login(gangway)).quit();
    assert.ok(peer.socket.writableLength > 0, 'the relay stopped reading');
    assert.ok(before - peer.socket.writableLength < 8 * 1024 * 1024);
    peer.reset();
  });

  it('a 227 with an octet of 300: 425 with the text of the server', async () => {
    server.script = {
      EPSV: (session) => session.reply('500 no'),
      PASV: (session) => session.reply('227 Entering Passive Mode (127,0,0,300,19,137).'),
    };
    const client = await RawClient.login(gangway);
    assert.match(await client.ask('PASV', 425), /300,19,137/);
    await client.ask('NOOP', 200);
    await client.quit();
  });

  it('a server that closes in the middle of a reply: 421, and the log says so', async () => {
    const from = gangway.relay.events().length;
    server.script = {
      STAT: (session) => {
        session.control.send('211-Status of');
        session.control.end();
      },
    };
    const client = await RawClient.login(gangway);
    await client.ask('STAT', 421);
    assert.equal(await client.control.outcome, 'fin');
    client.close();
    await logged(from, /in the middle of a reply/);
  });

  it('case 56: a reply line of 1 MiB, and a banner of 100,000 lines: 421', async () => {
    server.script = { STAT: (session) => session.control.send(Buffer.alloc(1024 * 1024, '2')) };
    const client = await RawClient.login(gangway);
    await client.ask('STAT', 421);
    client.close();
    server.script = {
      GREETING: (session) => session.control.send(Buffer.from('220-welcome\r\n'.repeat(100_000))),
    };
    const second = await RawClient.connect(gangway);
    await second.expect(421);
    second.close();
  });

  it('what answers behind the tunnel speaks no FTP: 421 that says so', async () => {
    server.script = { GREETING: (session) => session.control.send('SSH-2.0-OpenSSH_9.2\r\n') };
    const client = await RawClient.connect(gangway);
    assert.match(await client.expect(421), /does not speak FTP/);
    client.close();
  });

  it('nothing is left of any of it', async () => {
    const { relay, agent } = gangway;
    // The witness of this test is the only session.
    while ((await relay.counts()).sessions > 1) await relay.waitFor('session-closed');
    const streams = (await relay.counts()).streams;
    assert.ok(streams <= 2, `${streams} streams: the link stream and the control connection`);
    assert.ok((await agent.counts()).streams <= 2);
  });
});
