import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, beforeEach, describe, it } from 'node:test';
import { testAuthority, type Issued, type TestAuthority } from '../support/certificates.ts';
import { DataPort } from '../support/data-port.ts';
import { gangwayFor, type GangwayInFront } from '../support/gangway.ts';
import { RawClient } from '../support/raw-client.ts';
import { ScriptedServer } from '../support/scripted-server.ts';
import { shutDown } from '../support/tls-handshakes.ts';
import { TlsRawClient } from '../support/tls-raw-client.ts';
import { beginUpload, beginUploadInClear, sent } from '../support/tls-upload.ts';
import { soon } from '../support/watched-socket.ts';

/** The kernel takes it, and sends it, at once. */
const SMALL = Buffer.alloc(10_000, 's');
const MEGABYTE = Buffer.alloc(1_000_000, 'm');

let authority: TestAuthority;
let issued: Issued;
let server: ScriptedServer;
let gangway: GangwayInFront;
before(async () => {
  authority = await testAuthority();
  issued = await authority.issue({ names: ['localhost', '127.0.0.1'] });
  server = await ScriptedServer.start();
  const flags = [`--tls-cert=${issued.certFile}`, `--tls-key=${issued.keyFile}`];
  gangway = await gangwayFor(server, { flags });
});
beforeEach(() => {
  server.script = {};
});
after(async () => {
  await gangway?.close();
  await server?.close();
});

describe('the control connection', () => {
  it('case 86: commands behind AUTH in one segment reach nobody, and the session ends', async () => {
    const from = gangway.relay.events().length;
    const next = server.next();
    const client = await RawClient.connect(gangway);
    const session = await next;
    await client.expect(220);
    client.send('AUTH TLS\r\nUSER mallory\r\nDELE everything\r\n');
    await client.expect(503);
    await client.control.outcome;
    await session.control.outcome;
    assert.deepEqual(session.commands, []);
    await gangway.relay.waitFor('session-closed', { from });
    client.close();
  });

  it('case 86: what comes in clear behind the 234 is no command either', async () => {
    const from = gangway.relay.events().length;
    const next = server.next();
    const client = await RawClient.connect(gangway);
    const session = await next;
    await client.expect(220);
    await client.ask('AUTH TLS', 234);
    client.send('USER mallory\r\n');
    await client.control.outcome;
    await session.control.outcome;
    assert.deepEqual(session.commands, []);
    const closed = await gangway.relay.waitFor('session-closed', { from });
    assert.match(String(closed['reason']), /not TLS/);
    client.close();
  });

  it('a renegotiation is refused', async () => {
    const said = await openssl(['-tls1_2'], 'R\n');
    assert.match(said, /no renegotiation/);
  });

  for (const version of ['-tls1', '-tls1_1']) {
    it(`${version.slice(1)} is refused, with an alert that says so`, async () => {
      const said = await openssl([version, '-cipher', 'ALL:@SECLEVEL=0'], '');
      assert.match(said, /alert protocol version/);
    });
  }

  it('case 94: a client that has a certificate is not asked for it, and served', async () => {
    const said = await openssl(['-cert', issued.certFile, '-key', issued.keyFile], 'QUIT\r\n');
    assert.match(said, /No client certificate CA names sent/);
    assert.match(said, /Verify return code: 0 \(ok\)/);
  });

  for (const [version, name] of [
    ['-tls1_2', 'TLSv1.2'],
    ['-tls1_3', 'TLSv1.3'],
  ] as const) {
    it(`${name} is spoken, with a chain that the root vouches for`, async () => {
      const said = await openssl([version, '-verify_return_error'], 'QUIT\r\n');
      assert.match(said, /Verify return code: 0 \(ok\)/);
      assert.match(said, new RegExp(`${name.replace('.', '\\.')}, Cipher is`));
    });
  }
});

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  describe(`transfers in ${version}`, () => {
    const login = (): Promise<TlsRawClient> =>
      TlsRawClient.login(gangway, { ca: authority.ca, minVersion: version, maxVersion: version });

    it('case 9: a download ends with close_notify, then 226', async () => {
      const client = await login();
      const open = await client.ftp.openData();
      client.ftp.send('RETR file\r\n');
      const data = await client.secure(open);
      await client.ftp.expect(150);
      assert.equal(await data.outcome, 'fin');
      assert.equal(data.received.toString(), 'contents');
      data.end();
      await client.ftp.expect(226);
      client.close();
    });

    it('case 8: a client that closes without close_notify after a download is tolerated', async () => {
      const client = await login();
      const open = await client.ftp.openData();
      client.ftp.send('RETR file\r\n');
      const data = await client.secure(open);
      await client.ftp.expect(150);
      await data.outcome;
      shutDown(open.socket);
      await client.ftp.expect(226);
      client.close();
    });

    it('case 8: an upload that ends without close_notify is taken, as most servers do', async () => {
      const client = await login();
      const { tls, below, stored } = await beginUpload(server, client);
      await sent(tls, MEGABYTE);
      shutDown(below.socket);
      await client.ftp.expect(226);
      assert.equal((await stored).length, MEGABYTE.length);
      client.close();
    });

    it('an upload that is reset is broken for both ends', async () => {
      const client = await login();
      const { tls, below, outcome } = await beginUpload(server, client);
      await sent(tls, MEGABYTE);
      below.reset();
      await client.ftp.expect(426);
      assert.equal(await soon(outcome, "the end of the server's connection"), 'rst');
      client.close();
    });

    it('a download that the server breaks off is a reset, never an end', async () => {
      const cut = Promise.withResolvers<undefined>();
      server.script = {
        RETR: async (session) => {
          const data = await session.data();
          session.reply('150 here');
          data.send(MEGABYTE);
          await cut.promise;
          data.reset();
          session.reply('426 broken');
        },
      };
      const client = await login();
      const open = await client.ftp.openData();
      client.ftp.send('RETR file\r\n');
      const data = await client.secure(open);
      await client.ftp.expect(150);
      await data.until(() => data.bytes === MEGABYTE.length, 'a megabyte');
      cut.resolve(undefined);
      await client.ftp.expect(426);
      assert.equal(await data.outcome, 'rst');
      client.close();
    });

    it('an active client is the client of TLS, too', async () => {
      const client = await login();
      const open = await DataPort.open();
      await client.ftp.ask(open.command(), 200);
      client.ftp.send('RETR file\r\n');
      const data = await client.secure(await open.accept());
      await client.ftp.expect(150);
      assert.equal(await data.outcome, 'fin');
      assert.equal(data.received.toString(), 'contents');
      data.end();
      await client.ftp.expect(226);
      open.close();
      client.close();
    });

    it('what is not TLS on a private data connection ends the transfer with 522', async () => {
      const client = await login();
      const { below, outcome } = await beginUploadInClear(server, client);
      below.send('this is no TLS at all, but it is long enough to be judged');
      const said = await client.ftp.expect(522);
      assert.match(said, /not TLS/);
      assert.equal(await soon(outcome, "the end of the server's connection"), 'rst');
      client.close();
    });

    it('case 93: an upload whose client closes at once, with tickets unread, is whole', async () => {
      for (let time = 0; time < 20; time += 1) {
        const client = await login();
        const { tls, below, stored } = await beginUpload(server, client);
        tls.socket.end(SMALL, () => below.socket.destroy());
        await client.ftp.expect(226);
        assert.equal((await stored).length, SMALL.length);
        client.close();
      }
    });

    it('case 93: what its system drops by that is never taken for whole', async () => {
      for (let time = 0; time < 10; time += 1) {
        const client = await login();
        const { tls, below, stored } = await beginUpload(server, client);
        tls.socket.end(MEGABYTE, () => below.socket.destroy());
        const { code } = await client.ftp.reply();
        assert.ok(code === 426 || (code === 226 && (await stored).length === MEGABYTE.length));
        client.close();
      }
    });
  });
}

/** `openssl s_client`, which does AUTH TLS itself, with that input; everything it printed. */
async function openssl(args: readonly string[], input: string): Promise<string> {
  const to = ['-starttls', 'ftp', '-connect', `127.0.0.1:${gangway.port}`];
  const trust = ['-CAfile', authority.caFile, '-servername', 'localhost'];
  const child = spawn('/usr/bin/openssl', ['s_client', ...to, ...trust, ...args]);
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stdin.on('error', () => {});
  child.stdin.write(input);
  const over = once(child, 'close');
  const timer = setTimeout(() => child.kill(), 8_000);
  await over;
  clearTimeout(timer);
  return said;
}
