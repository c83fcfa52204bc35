import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { after, afterEach, before, describe, it } from 'node:test';
import { gangwayFor, updateTunnel, type GangwayInFront } from '../support/gangway.ts';
import { reservePortBlock, type PortBlock } from '../support/ports.ts';
import { RawClient } from '../support/raw-client.ts';
import { relayTls } from '../support/relay-tls.ts';
import { download, ScriptedServer } from '../support/scripted-server.ts';
import { TlsRawClient } from '../support/tls-raw-client.ts';

const RATE = 2_000_000;
const BYTES = Buffer.alloc(3 * RATE, 'held to its limit');
/** In three seconds what a full bucket adds weighs more than in ten. */
const TOLERANCE = 0.2;

const tls = await relayTls();

describe('limits of a tunnel hold under TLS', () => {
  let server: ScriptedServer;
  let gangway: GangwayInFront;
  let ports: PortBlock;
  before(async () => {
    server = await ScriptedServer.start();
    ports = await reservePortBlock(1);
    const tunnelFlags = ['--implicit-port', String(ports.first)];
    gangway = await gangwayFor(server, { flags: tls.flags, tunnelFlags });
  });
  const DEFAULTS =
    '--deny none --no-read-only --max-sessions default --idle-timeout default ' +
    '--login-timeout default --stall-timeout default --session-bandwidth none';
  afterEach(async () => {
    server.script = {};
    await update(...DEFAULTS.split(' '));
  });
  after(async () => {
    await gangway?.close();
    await server?.close();
    await ports?.release();
  });

  const login = (): Promise<RawClient> => tls.login['under TLS'](gangway);

  async function update(...flags: string[]): Promise<void> {
    await updateTunnel(gangway.relay, flags);
  }

  /** The relay has noticed that every session is over. */
  async function gone(): Promise<void> {
    while ((await gangway.relay.counts()).sessions > 0);
  }

  it('a download and an upload are held to the bandwidth of their sessions', async (t) => {
    await update('--session-bandwidth', '2M');
    server.script = { RETR: download(BYTES) };
    const began = performance.now();
    const rateOf = async (transfer: (client: RawClient) => Promise<unknown>): Promise<number> => {
      const client = await login();
      await transfer(client);
      const rate = BYTES.length / ((performance.now() - began) / 1000);
      await client.quit();
      return rate;
    };
    const rates = await Promise.all([
      rateOf(async (client) => assert.deepEqual(await client.download('RETR file'), BYTES)),
      rateOf((client) => client.upload('STOR file', BYTES)),
    ]);
    t.diagnostic(`bytes per second: ${rates.map(Math.round).join(', ')}`);
    for (const rate of rates) {
      assert.ok(Math.abs(rate - RATE) <= TOLERANCE * RATE, `${Math.round(rate)} B/s`);
    }
  });

  it('read-only: an upload whose data connection has begun TLS is refused, a download works', async () => {
    const client = await login();
    const data = client.protect(await client.openData());
    await update('--read-only');
    assert.match(await client.ask('STOR file', 550), /read-only/);
    assert.match(await client.ask('DELE file', 550), /read-only/);
    await client.ask('RETR file', 150);
    assert.equal(await data.outcome, 'fin');
    assert.equal(data.received.toString(), 'contents');
    data.end();
    await client.expect(226);
    await client.quit();
  });

  it('one session too many is told so: in clear before AUTH, under TLS on the implicit port', async () => {
    await gone();
    await update('--max-sessions', '1');
    const first = await login();
    const second = await RawClient.connect(gangway);
    assert.match(await second.expect(421), /Too many sessions/);
    second.close();
    const third = await implicit();
    assert.match(await third.expect(421), /Too many sessions/);
    assert.equal(await third.control.outcome, 'fin');
    third.close();
    await first.quit();
    await gone();
    const next = await implicit();
    await next.expect(220);
    await next.quit();
  });

  it('an address that is denied reads so under TLS on the implicit port', async () => {
    await update('--deny', '127.0.0.0/8');
    const client = await implicit();
    assert.match(await client.expect(421), /not allowed here/);
    client.close();
  });

  it('who is idle reads 421 under TLS, and then its end', async () => {
    await update('--idle-timeout', '1s');
    const client = await login();
    assert.match(await client.expect(421), /No command for 1 seconds/);
    assert.equal(await client.control.outcome, 'fin');
    client.close();
  });

  it('who does not log in reads 421 under TLS', async () => {
    await update('--login-timeout', '1s');
    const { ftp } = await TlsRawClient.connect(gangway, { ca: tls.ca });
    assert.match(await ftp.expect(421), /No login within 1 seconds/);
    ftp.close();
  });

  it('who is told to begin TLS and does not is gone after the login time-out, without a word in clear', async () => {
    await update('--login-timeout', '1s');
    const next = server.next();
    const client = await RawClient.connect(gangway);
    const session = await next;
    await client.expect(220);
    await client.ask('AUTH TLS', 234);
    const before = client.control.bytes;
    await client.control.outcome;
    assert.equal(client.control.bytes, before);
    await session.control.outcome;
    assert.deepEqual(session.commands, []);
    client.close();
  });

  it('a transfer that stalls under TLS is reset', async () => {
    await update('--stall-timeout', '1s');
    server.script = {
      RETR: async (session) => {
        const data = await session.data();
        session.reply('150 here');
        data.send('half');
        session.reply((await data.finished) === 'fin' ? '226 sent' : '426 the server saw a reset');
      },
    };
    const client = await login();
    const data = client.protect(await client.openData());
    await client.ask('RETR file', 150);
    assert.equal(await data.outcome, 'rst');
    assert.equal(data.received.toString(), 'half');
    await client.expect(426);
    await client.quit();
  });

  it('case 9: a download whose client never begins TLS stalls, and is no empty file', async () => {
    await update('--stall-timeout', '1s');
    const client = await login();
    const data = await client.openData();
    await client.ask('RETR file', 150);
    assert.equal(await data.outcome, 'rst');
    assert.equal(data.bytes, 0);
    await client.expect(426);
    assert.equal((await client.download('RETR file')).toString(), 'contents');
    await client.quit();
  });

  it('ABOR to a transfer whose client has not begun TLS yet ends it', async () => {
    const client = await login();
    const data = await client.openData();
    await client.ask('RETR file', 150);
    client.send('ABOR\r\n');
    await client.expect(426);
    await client.expect(226);
    assert.equal(await data.outcome, 'rst');
    assert.equal((await client.download('RETR file')).toString(), 'contents');
    await client.quit();
  });

  /** A client on the implicit port that has begun TLS. */
  async function implicit(): Promise<RawClient> {
    const client = await RawClient.connect({ host: gangway.host, port: ports.first });
    return (await TlsRawClient.over(client, { ca: tls.ca })).ftp;
  }
});
