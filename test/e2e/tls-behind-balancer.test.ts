import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { after, before, describe, it } from 'node:test';
import {
  BALANCER,
  dataBehind,
  headerOf,
  implicitBehind,
  secureDataBehind,
  type HeaderVersion,
} from '../support/balancer.ts';
import { gangwayFor, type GangwayInFront } from '../support/gangway.ts';
import { reservePortBlock, type PortBlock } from '../support/ports.ts';
import { RawClient, type Address } from '../support/raw-client.ts';
import { relayTls } from '../support/relay-tls.ts';
import { ScriptedServer } from '../support/scripted-server.ts';
import { TlsRawClient } from '../support/tls-raw-client.ts';
import { beginUploadOn } from '../support/tls-upload.ts';
import type { WatchedSocket } from '../support/watched-socket.ts';

const CLIENT = { host: '198.51.100.7', port: 40_000 };
const STRANGER = { host: '198.51.100.8', port: 40_000 };
/** More than one TLS record. */
const BYTES = Buffer.alloc(100_000, 'b');

const tls = await relayTls();

describe('TLS behind a balancer that sends PROXY headers', () => {
  let server: ScriptedServer;
  let gangway: GangwayInFront;
  let ports: PortBlock;
  before(async () => {
    server = await ScriptedServer.start();
    ports = await reservePortBlock(1);
    const implicit = ['--implicit-port', String(ports.first)];
    const tunnelFlags = ['--proxy-from', BALANCER.localAddress, ...implicit];
    gangway = await gangwayFor(server, { passivePorts: 2, flags: tls.flags, tunnelFlags });
  });
  after(async () => {
    await gangway?.close();
    await server?.close();
    await ports?.release();
  });

  const login = (version: HeaderVersion): Promise<TlsRawClient> =>
    TlsRawClient.login(gangway, { ca: tls.ca, first: headerOf(CLIENT, version), ...BALANCER });

  /** Ways to a data connection with a header and TLS, by how both come. */
  const WAYS = {
    'a header, then TLS': async (client: TlsRawClient, to: Address, header: Uint8Array) =>
      client.begin(await dataBehind(to, header)),
    'a header and TLS in one segment': secureDataBehind,
  };

  for (const version of ['v1', 'v2'] as const) {
    for (const [way, connect] of Object.entries(WAYS)) {
      const open = async (client: TlsRawClient): Promise<WatchedSocket> =>
        connect(client, await client.ftp.passive(), headerOf(CLIENT, version));

      it(`${version}: a download over ${way}`, async () => {
        const from = gangway.relay.events().length;
        const client = await login(version);
        const opened = await gangway.relay.waitFor('session-opened', { from });
        assert.partialDeepStrictEqual(opened, { client: CLIENT, balancer: BALANCER.localAddress });
        const data = await open(client);
        await client.ftp.ask('RETR file', 150);
        assert.equal(await data.outcome, 'fin');
        assert.equal(data.received.toString(), 'contents');
        data.end();
        await client.ftp.expect(226);
        await client.ftp.quit();
      });

      it(`${version}: an upload over ${way}`, async () => {
        const client = await login(version);
        const data = await open(client);
        const { stored } = await beginUploadOn(server, client);
        data.send(BYTES);
        data.end();
        await client.ftp.expect(226);
        assert.deepEqual(await stored, BYTES);
        await client.ftp.quit();
      });
    }
  }

  it('a stranger behind the same balancer is reset before TLS, and takes nothing', async () => {
    const client = await login('v2');
    const to = await client.ftp.passive();
    const stranger = await secureDataBehind(client, to, headerOf(STRANGER));
    assert.equal(await stranger.outcome, 'rst');
    assert.equal(stranger.bytes, 0);
    const data = await secureDataBehind(client, to, headerOf(CLIENT));
    await client.ftp.ask('RETR file', 150);
    assert.equal(await data.outcome, 'fin');
    data.end();
    await client.ftp.expect(226);
    await client.ftp.quit();
  });

  for (const version of ['v1', 'v2'] as const) {
    it(`case 85: ${version}: implicit TLS in one segment with the header`, async () => {
      const from = gangway.relay.events().length;
      const at = { host: gangway.host, port: ports.first };
      const client = await implicitBehind(at, { ca: tls.ca }, headerOf(CLIENT, version));
      await client.ftp.expect(220);
      const opened = await gangway.relay.waitFor('session-opened', { from });
      assert.partialDeepStrictEqual(opened, { client: CLIENT, balancer: BALANCER.localAddress });
      await client.ftp.ask('USER u', 331);
      await client.ftp.ask('PASS p', 230);
      const to = await client.ftp.passive();
      const data = await secureDataBehind(client, to, headerOf(CLIENT, version));
      await client.ftp.ask('RETR file', 150);
      assert.equal(await data.outcome, 'fin');
      assert.equal(data.received.toString(), 'contents');
      data.end();
      await client.ftp.expect(226);
      await client.ftp.quit();
    });
  }

  it('AUTH in the segment of the header is answered, and TLS begins behind it', async () => {
    const client = await RawClient.connect(gangway, BALANCER);
    client.send(Buffer.concat([headerOf(CLIENT), Buffer.from('AUTH TLS\r\n')]));
    await client.expect(220);
    await client.expect(234);
    const secured = await TlsRawClient.over(client, { ca: tls.ca });
    await secured.ftp.ask('USER u', 331);
    await secured.ftp.ask('PASS p', 230);
    await secured.ftp.quit();
  });

  it('case 86: a command behind AUTH and the header reaches nobody', async () => {
    const next = server.next();
    const client = await RawClient.connect(gangway, BALANCER);
    client.send(Buffer.concat([headerOf(CLIENT), Buffer.from('AUTH TLS\r\nDELE everything\r\n')]));
    const session = await next;
    await client.expect(220);
    await client.expect(503);
    assert.deepEqual(session.commands, []);
    client.close();
  });
});
