import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { formatProxyHeader, V2_SIGNATURE } from '../../relay-server/proxy-protocol/header.ts';
import { BALANCER, dataBehind, FRONT, headerOf, loginBehind } from '../support/balancer.ts';
import {
  gangwayFor,
  updateTunnel,
  startAgent,
  type GangwayInFront,
  type LogEvent,
} from '../support/gangway.ts';
import { dial, RawClient } from '../support/raw-client.ts';
import { ScriptedServer } from '../support/scripted-server.ts';

const CLIENT = { host: '198.51.100.7', port: 40_000 };
const STRANGER = { host: '198.51.100.8', port: 40_000 };
/** A version 2 header of a health check. */
const OWN = Buffer.concat([V2_SIGNATURE, Buffer.of(0x20, 0, 0, 0)]);

function update(gangway: GangwayInFront, ...flags: string[]): Promise<void> {
  return updateTunnel(gangway.relay, flags);
}

describe('the PROXY protocol of a balancer in front of the relay', () => {
  let server: ScriptedServer;
  let gangway: GangwayInFront;
  before(async () => {
    server = await ScriptedServer.start();
    gangway = await gangwayFor(server, { passivePorts: 2 });
    await update(gangway, '--proxy-from', '127.0.0.4');
  });
  afterEach(() => update(gangway, '--deny', 'none', '--data-source', 'same'));
  after(async () => {
    await gangway?.close();
    await server?.close();
  });

  const logged = (event: string, from: number): Promise<LogEvent> =>
    gangway.relay.waitFor(event, { from });

  for (const version of ['v1', 'v2'] as const) {
    it(`the client that a ${version} header names is the client for everything`, async () => {
      const seen = gangway.relay.events().length;
      const client = await loginBehind(gangway, headerOf(CLIENT, version));
      const opened = await logged('session-opened', seen);
      assert.partialDeepStrictEqual(opened, { client: CLIENT, balancer: '127.0.0.4' });
      assert.match(
        await client.ask('PORT 127,0,0,4,200,10', 500),
        /it is 198\.51\.100\.7 from here/,
      );
      await client.ask('PORT 198,51,100,7,200,10', 200);
      client.send('PASV\r\n');
      const { lines } = await client.reply();
      assert.match(lines.join(), /\(127,0,0,3,/, 'its own address of the balancer');
      await client.quit();

      await update(gangway, '--deny', CLIENT.host);
      const denied = await RawClient.connect(gangway, BALANCER);
      denied.send(headerOf(CLIENT, version));
      assert.match(await denied.expect(421), /198\.51\.100\.7 is not allowed/);
      await (await loginBehind(gangway, headerOf(STRANGER, version))).quit();
    });

    it(`data connections with a ${version} header belong to the client it names`, async () => {
      const client = await loginBehind(gangway, headerOf(CLIENT, version));
      const promised = await client.passive();
      const stranger = await dataBehind(promised, headerOf(STRANGER, version));
      assert.equal(await stranger.outcome, 'rst');
      const data = await dataBehind(promised, headerOf(CLIENT, version));
      await client.ask('RETR file', 150);
      assert.equal(await data.outcome, 'fin');
      assert.equal(data.received.toString(), 'contents');
      data.end();
      await client.expect(226);
      await client.quit();
    });
  }

  it('a file, its header and its end in one segment arrive whole', async () => {
    const next = server.next();
    const client = await loginBehind(gangway, headerOf(CLIENT));
    const session = await next;
    let stored = '';
    server.script = {
      STOR: async (one) => {
        const data = await one.data();
        one.reply('150 send');
        const outcome = await data.finished;
        data.end();
        stored = data.received.toString();
        one.reply(outcome === 'fin' ? '226 stored' : '426 broken');
      },
    };
    const data = await dataBehind(await client.passive(), headerOf(CLIENT), Buffer.from('whole'));
    data.end();
    await client.ask('STOR file', 150);
    await client.expect(226);
    assert.equal(stored, 'whole');
    assert.ok(session.commands.includes('STOR file'));
    server.script = {};
    await client.quit();
  });

  it('a command in the segment of the header is not lost, nor is a header in pieces', async () => {
    const client = await RawClient.connect(gangway, BALANCER);
    client.send(Buffer.concat([headerOf(CLIENT, 'v1'), Buffer.from('USER u\r\n')]));
    await client.expect(220);
    await client.expect(331);
    client.close();
    const slow = await RawClient.connect(gangway, BALANCER);
    for (const byte of headerOf(CLIENT)) slow.send(Buffer.of(byte));
    await slow.expect(220);
    await slow.quit();
  });

  it("a health check is the balancer's own connection", async () => {
    for (const header of [OWN, Buffer.from('PROXY UNKNOWN\r\n')]) {
      const seen = gangway.relay.events().length;
      const client = await RawClient.connect(gangway, BALANCER);
      client.send(header);
      await client.expect(220);
      const opened = await logged('session-opened', seen);
      assert.partialDeepStrictEqual(opened, { client: { host: '127.0.0.4' } });
      await client.quit();
    }
  });

  it('a malformed header, or none in time, resets the connection and is logged', async () => {
    const [port] = gangway.relay.passivePorts;
    for (const to of [gangway, { host: gangway.host, port }]) {
      for (const text of ['USER u\r\n', 'PROXY TCP4 1.2.3.4\r\n', 'PROXY TCP4 1.2']) {
        const seen = gangway.relay.events().length;
        const control = await dial(to, BALANCER);
        control.send(text);
        if (text.endsWith('2')) control.end();
        assert.equal(await control.outcome, 'rst');
        const line = await logged('proxy-header-refused', seen);
        assert.equal(line['balancer'], '127.0.0.4');
      }
    }
    const seen = gangway.relay.events().length;
    const silent = await dial(gangway, BALANCER);
    assert.equal(await silent.outcome, 'rst');
    assert.match(String((await logged('proxy-header-refused', seen))['why']), /within 5 seconds/);
    assert.equal(silent.bytes, 0, 'nothing is said before the header');
  });

  it('from anybody else a header is a line that is no FTP command, and goes nowhere', async () => {
    const next = server.next();
    const client = await RawClient.connect(gangway);
    client.send(headerOf(CLIENT, 'v1'));
    await client.expect(220);
    assert.match(await client.expect(500), /not an FTP command/);
    await client.ask('USER u', 331);
    await client.ask('PASS p', 230);
    assert.match(await client.ask('PORT 198,51,100,7,200,10', 500), /127\.0\.0\.1/);
    await client.quit();
    assert.deepEqual((await next).commands, ['USER u', 'PASS p', 'QUIT']);
    const binary = await RawClient.connect(gangway);
    binary.send(headerOf(CLIENT));
    await binary.expect(220);
    await binary.expect(500);
    binary.close();
  });

  it('a balancer is not believed about clients of a tunnel that does not list it', async () => {
    const stateDir = await mkdtemp(join(tmpdir(), 'gangway-agent-'));
    const address = `${server.host}:${server.port}`;
    const tunnel = await gangway.relay.createTunnel('other', { server: address });
    const code = tunnel.enrolmentCode;
    const relay = gangway.relay.url;
    const agent = await startAgent({ relay, code, server: address, stateDir });
    try {
      const client = await RawClient.login(tunnel);
      const promised = await client.passive();
      const forged = await dataBehind(promised, headerOf({ host: '127.0.0.1', port: 1 }));
      assert.equal(await forged.outcome, 'rst');
      const data = await dial(promised);
      await client.ask('RETR file', 150);
      assert.equal(await data.outcome, 'fin');
      data.end();
      await client.expect(226);
      await client.quit();
    } finally {
      await agent.stop();
      await rm(stateDir, { recursive: true, force: true });
    }
  });
});

describe('the PROXY protocol towards the FTP server', () => {
  let server: ScriptedServer;
  let gangway: GangwayInFront;
  before(async () => {
    server = await ScriptedServer.start();
    server.wantsProxyHeader = true;
    gangway = await gangwayFor(server, { passivePorts: 2 });
  });
  after(async () => {
    await gangway?.close();
    await server?.close();
  });

  for (const version of ['v1', 'v2'] as const) {
    it(`${version}: the server knows the client by its header, on data connections if asked for`, async () => {
      await update(gangway, '--proxy-protocol', version, '--no-proxy-protocol-data');
      const next = server.next();
      const client = await RawClient.login(gangway, { localAddress: '127.0.0.2' });
      const session = await next;
      const { localPort = 0 } = client.control.socket;
      const ends = {
        source: { host: '127.0.0.2', port: localPort },
        destination: { host: gangway.host, port: gangway.port },
      };
      assert.deepEqual(session.proxyHeader, { kind: 'proxied', ends });
      assert.deepEqual(session.commands, ['USER u', 'PASS p']);
      assert.equal((await client.download('RETR file')).toString(), 'contents');
      await client.upload('STOR file', Buffer.from('more'));
      assert.equal((await session.data()).received.toString(), 'more', 'no header there');
      await client.quit();

      await update(gangway, '--proxy-protocol-data');
      const both = server.next();
      const again = await RawClient.login(gangway);
      await again.upload('STOR file', Buffer.from('more'));
      const { proxyHeader, ...other } = await both;
      assert.ok(proxyHeader?.kind === 'proxied', JSON.stringify(other));
      const received = (await (await both).data()).received;
      const expected = formatProxyHeader(version, proxyHeader.ends);
      assert.deepEqual(received, Buffer.concat([expected, Buffer.from('more')]));
      assert.equal((await again.download('RETR file')).toString(), 'contents');
      await again.quit();
    });
  }

  it('the client behind a balancer and what it connected to are handed on', async () => {
    await update(gangway, '--proxy-protocol', 'v2', '--proxy-from', '127.0.0.4');
    const next = server.next();
    const client = await loginBehind(gangway, headerOf(CLIENT, 'v1'));
    const ends = { source: CLIENT, destination: FRONT };
    assert.deepEqual((await next).proxyHeader, { kind: 'proxied', ends });
    await client.quit();
  });
});
