import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { curl } from '../support/clients/curl.ts';
import { runClient, type FtpClientUnderTest } from '../support/clients/client.ts';
import { lftp } from '../support/clients/lftp.ts';
import { pythonFtplib } from '../support/clients/python-ftplib.ts';
import { startRelay, serveTunnel, type Relay, type ServedTunnel } from '../support/gangway.ts';
import { RawClient } from '../support/raw-client.ts';
import { ensureDebianPackages } from '../support/debian.ts';
import { startPyftpdlib } from '../support/servers/pyftpdlib.ts';
import { startVsftpd } from '../support/servers/vsftpd.ts';
import type { RealServer } from '../support/servers/real-server.ts';

const HOST = 'shop.example.org';

const BY_HOST = `
import ftplib, json, sys
host, port, name, user, password = json.loads(sys.argv[1])
ftp = ftplib.FTP(timeout=20)
ftp.connect(host, port)
ftp.sendcmd('HOST ' + name)
ftp.login(user, password)
ftp.retrbinary('RETR who.txt', lambda chunk: print(chunk.decode(), end=''))
ftp.quit()
`;

const { missing } = await ensureDebianPackages();
const skip = missing.length === 0 ? false : missing.join(' ');

describe('a port that two tunnels share, without TLS', { skip }, () => {
  let relay: Relay;
  let folder: string;
  const servers: RealServer[] = [];
  const tunnels: ServedTunnel[] = [];
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gangway-shared-'));
    relay = await startRelay();
    servers.push(await startPyftpdlib(), await startVsftpd());
    for (const [index, name] of ['shop', 'bank'].entries()) {
      const server = servers[index];
      assert.ok(server);
      await writeFile(join(server.home, 'who.txt'), name);
      const host = name === 'shop' ? ['--host', HOST] : [];
      const port = tunnels[0]?.port;
      const options = {
        name,
        tunnelFlags: ['--shared', '--tls', 'off', ...host],
        ...(port && { port }),
      };
      tunnels.push(await serveTunnel(relay, server, options));
    }
  });
  after(async () => {
    for (const each of tunnels) await each.close();
    await relay?.stop();
    for (const each of servers) await each.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const at = (user: string): { host: string; port: number; user: string; password: string } => {
    const [server] = servers;
    assert.ok(server && tunnels[0]);
    const { host, port } = tunnels[0];
    return { host, port, user, password: server.password };
  };
  const account = (): string => servers[0]?.user ?? '';

  const clients: Readonly<Record<string, (user: string) => FtpClientUnderTest>> = {
    curl: (user) => curl(at(user)),
    lftp: (user) => lftp(at(user)),
    ftplib: (user) => pythonFtplib(at(user)),
  };
  for (const [client, make] of Object.entries(clients)) {
    it(`${client} reaches each of them as name@tunnel`, async () => {
      for (const name of ['shop', 'bank']) {
        const local = join(folder, `${client}-${name}`);
        const done = await make(`${account()}@${name}`).get('who.txt', local);
        assert.equal(done.status, 0, String(done.stderr));
        assert.equal(await readFile(local, 'utf8'), name);
      }
    });
  }

  it('ftplib reaches the one whose host it names by HOST', async () => {
    const { host, port, password } = at('');
    const task = JSON.stringify([host, port, HOST, account(), password]);
    const { status, stdout, stderr } = await runClient('/usr/bin/python3', ['-c', BY_HOST, task]);
    assert.deepEqual([status, stdout.toString()], [0, 'shop'], stderr.toString());
  });

  it('a client that says nothing is told how to say it, and may still do so', async () => {
    const client = await RawClient.connect(at(''));
    assert.doesNotMatch(await client.expect(220), /shop|bank|pyftpdlib|vsFTPd/i);
    assert.match(await client.ask(`USER ${account()}`, 530), /USER name@tunnel.*HOST/);
    await client.ask(`HOST ${HOST.toUpperCase()}`, 220);
    await client.ask(`USER ${account()}`, 331);
    await client.ask(`PASS ${at('').password}`, 230);
    assert.equal((await client.download('RETR who.txt')).toString(), 'shop');
    await client.quit();
  });
});
