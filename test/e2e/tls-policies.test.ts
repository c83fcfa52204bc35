import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { testAuthority, type TestAuthority } from '../support/certificates.ts';
import {
  updateTunnel,
  serveTunnel,
  startRelay,
  type Relay,
  type ServedTunnel,
} from '../support/gangway.ts';
import { RawClient } from '../support/raw-client.ts';
import { ScriptedServer } from '../support/scripted-server.ts';
import { shutDown } from '../support/tls-handshakes.ts';
import { TlsRawClient, type TlsClientOptions } from '../support/tls-raw-client.ts';
import { beginUpload, sent } from '../support/tls-upload.ts';

const BYTES = Buffer.alloc(300_000, 'b');

let authority: TestAuthority;
let server: ScriptedServer;
let relay: Relay;
let tunnel: ServedTunnel;
let other: ServedTunnel;
before(async () => {
  authority = await testAuthority();
  const issued = await authority.issue({ names: ['localhost'] });
  server = await ScriptedServer.start();
  relay = await startRelay({
    flags: [`--tls-cert=${issued.certFile}`, `--tls-key=${issued.keyFile}`],
  });
  tunnel = await serveTunnel(relay, server);
  other = await serveTunnel(relay, server, { name: 'other' });
});
beforeEach(async () => {
  server.script = {};
  await change(
    '--tls=default',
    '--tls-data=default',
    '--no-require-session-reuse',
    '--no-strict-close',
  );
});
after(async () => {
  await tunnel?.close();
  await other?.close();
  await relay?.stop();
  await server?.close();
});

/** Changes the policy of both tunnels. */
async function change(...flags: string[]): Promise<void> {
  for (const name of ['ftp', 'other']) {
    await updateTunnel(relay, flags, name);
  }
}

describe('TLS that is required', () => {
  it('nobody logs in without it, and is told what to switch on', async () => {
    await change('--tls=required');
    const next = server.next();
    const client = await RawClient.connect(tunnel);
    const session = await next;
    await client.expect(220);
    const said = await client.ask('USER u', 530);
    assert.match(said, /TLS is required here: .*explicit FTP over TLS/);
    assert.deepEqual(session.commands, []);
    const secured = await TlsRawClient.login(tunnel, { ca: authority.ca });
    assert.equal((await secured.ftp.ask('NOOP', 200)).length > 0, true);
    secured.close();
    client.close();
  });

  it('case 89: nothing is transferred in clear, and the transfer goes on after PROT P', async () => {
    await change('--tls-data=required');
    const client = await TlsRawClient.connect(tunnel, { ca: authority.ca });
    await client.ftp.ask('USER u', 331);
    await client.ftp.ask('PASS p', 230);
    const open = await client.ftp.openData();
    await client.ftp.ask('RETR file', 521);
    await client.ftp.ask('PBSZ 0', 200);
    await client.ftp.ask('PROT C', 521);
    await client.ftp.ask('PROT P', 200);
    client.ftp.send('RETR file\r\n');
    const data = await client.secure(open);
    await client.ftp.expect(150);
    await data.outcome;
    assert.equal(data.received.toString(), 'contents');
    data.end();
    await client.ftp.expect(226);
    client.close();
  });

  it('case 95: where it is off AUTH is refused, and never passed on', async () => {
    await change('--tls=off');
    const next = server.next();
    const client = await RawClient.connect(tunnel);
    const session = await next;
    await client.expect(220);
    await client.ask('AUTH TLS', 502);
    assert.deepEqual(session.commands, []);
    client.close();
  });
});

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  describe(`session reuse that is required, in ${version}`, () => {
    const login = (at = tunnel, more: Partial<TlsClientOptions> = {}): Promise<TlsRawClient> =>
      TlsRawClient.login(at, {
        ca: authority.ca,
        minVersion: version,
        maxVersion: version,
        ...more,
      });

    /** A download whose data connection resumes that session; the code of its last reply. */
    async function download(client: TlsRawClient, session?: Buffer): Promise<number> {
      const open = await client.ftp.openData();
      client.ftp.send('RETR file\r\n');
      const data = client.begin(open, session);
      const whole = (await data.outcome) === 'fin';
      if (whole) assert.equal(data.received.toString(), 'contents');
      data.end();
      const first = await client.ftp.reply();
      // One that is refused may be so before the server has said that it begins.
      return first.code === 150 ? (await client.ftp.reply()).code : first.code;
    }

    it('case 92: data connections that resume it are served, again and again', async () => {
      await change('--require-session-reuse');
      const client = await login();
      const session = await client.session();
      for (let time = 0; time < 10; time += 1) assert.equal(await download(client, session), 226);
      client.close();
    });

    it('those without, and with tickets of another session or tunnel, are refused with 522', async () => {
      await change('--require-session-reuse');
      const client = await login();
      const strangers = [await login(), await login(other)];
      assert.equal(await download(client), 522);
      for (const stranger of strangers) {
        assert.equal(await download(client, await stranger.session()), 522);
        stranger.close();
      }
      assert.equal(await download(client, await client.session()), 226);
      client.close();
    });

    it('case 92: where it is not required, clients that never resume are served', async () => {
      const client = await login();
      assert.equal(await download(client), 226);
      client.close();
    });
  });

  describe(`how an upload ends, in ${version}`, () => {
    for (const strict of [true, false]) {
      it(`without close_notify it is ${strict ? 'broken' : 'taken and logged'}`, async () => {
        if (strict) await change('--strict-close');
        const from = relay.events().length;
        const client = await TlsRawClient.login(tunnel, {
          ca: authority.ca,
          minVersion: version,
          maxVersion: version,
        });
        const { tls, below, outcome } = await beginUpload(server, client);
        await sent(tls, BYTES);
        shutDown(below.socket);
        const said = await client.ftp.expect(strict ? 426 : 226);
        if (strict) assert.match(said, /close_notify/);
        assert.equal(await outcome, strict ? 'rst' : 'fin');
        await relay.waitFor('session-unclosed', { from });
        client.close();
      });
    }

    it('with close_notify it is whole, strictly too', async () => {
      await change('--strict-close');
      const client = await TlsRawClient.login(tunnel, {
        ca: authority.ca,
        minVersion: version,
        maxVersion: version,
      });
      const { tls, stored } = await beginUpload(server, client);
      tls.socket.end(BYTES);
      await client.ftp.expect(226);
      assert.deepEqual(await stored, BYTES);
      client.close();
    });
  });
}
