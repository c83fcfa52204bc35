import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { testAuthority, type TestAuthority } from '../support/certificates.ts';
import { runClient } from '../support/clients/client.ts';
import {
  runGangway,
  serveTunnel,
  startRelay,
  type Relay,
  type ServedTunnel,
} from '../support/gangway.ts';
import type { ProgramResult } from '../support/program.ts';
import { RawClient } from '../support/raw-client.ts';
import { ensureDebianPackages } from '../support/debian.ts';
import { startPyftpdlib } from '../support/servers/pyftpdlib.ts';
import type { RealServer } from '../support/servers/real-server.ts';

const HOSTS = ['shop.example.org', 'bank.example.org', 'ftp.example.org'] as const;
const NAMES = ['shop', 'bank'] as const;

/** ftplib with TLS: connects to where it is told and asks TLS for the name it is told. */
const FTP_TLS = `
import ftplib, json, ssl, sys
p = json.loads(sys.argv[1])
context = ssl.create_default_context(cafile=p['ca'])
ftp = ftplib.FTP_TLS(context=context, timeout=20)
ftp.connect(p['connect'], p['port'])
ftp.host = p['name']
ftp.login(p['user'], p['password'])
ftp.prot_p()
ftp.retrbinary('RETR who.txt', lambda chunk: print(chunk.decode(), end=''))
ftp.quit()
`;

const { missing } = await ensureDebianPackages();
const skip = missing.length === 0 ? false : missing.join(' ');

describe('TLS on ports that two tunnels share', { skip }, () => {
  let relay: Relay;
  let authority: TestAuthority;
  let folder: string;
  let ports = { explicit: 0, implicit: 0 };
  const servers: RealServer[] = [];
  const tunnels: ServedTunnel[] = [];
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gangway-shared-tls-'));
    authority = await testAuthority();
    const { certFile, keyFile } = await authority.issue({ names: [...HOSTS] });
    relay = await startRelay({ flags: [`--tls-cert=${certFile}`, `--tls-key=${keyFile}`] });
    ports = { explicit: relay.passivePorts[1] + 11, implicit: relay.passivePorts[1] + 12 };
    for (const name of NAMES) {
      const server = await startPyftpdlib();
      servers.push(server);
      await writeFile(join(server.home, 'who.txt'), name);
      const place = ['--shared', '--implicit-port', String(ports.implicit)];
      const tunnelFlags = [...place, '--host', `${name}.example.org`];
      tunnels.push(await serveTunnel(relay, server, { name, port: ports.explicit, tunnelFlags }));
    }
  });
  after(async () => {
    for (const each of tunnels) await each.close();
    await relay?.stop();
    for (const each of servers) await each.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const account = (): { user: string; password: string } => {
    const [server] = servers;
    assert.ok(server);
    return server;
  };

  /** Fetches `who.txt` with curl, which asks TLS for the host of the URL. */
  async function fetched(scheme: 'ftp' | 'ftps', host: string, user: string): Promise<string> {
    const port = scheme === 'ftp' ? ports.explicit : ports.implicit;
    const local = join(folder, `${scheme}-${host}-${user}`);
    const tls = ['-q', '-sS', '--ssl-reqd', '--cacert', authority.caFile, '--output', local];
    const to = [
      '--user',
      `${user}:${account().password}`,
      '--resolve',
      `${host}:${port}:127.0.0.1`,
    ];
    const url = `${scheme}://${host}:${port}/who.txt`;
    const { status, stderr } = await runClient('/usr/bin/curl', [...tls, ...to, url]);
    assert.equal(status, 0, stderr.toString());
    return readFile(local, 'utf8');
  }

  const ftplib = (name: string, user: string): Promise<ProgramResult> => {
    const { password } = account();
    const where = { connect: '127.0.0.1', port: ports.explicit, name, ca: authority.caFile };
    const task = JSON.stringify({ ...where, user, password });
    return runClient('/usr/bin/python3', ['-c', FTP_TLS, task]);
  };

  async function update(name: string, ...flags: string[]): Promise<void> {
    const args = ['tunnel', 'update', name, '--data-dir', relay.dataDir, ...flags];
    const { status, output } = await runGangway(args);
    assert.equal(status, 0, output);
  }

  for (const scheme of ['ftp', 'ftps'] as const) {
    it(`curl reaches each of them by the host of its ${scheme}:// address`, async () => {
      for (const name of NAMES) {
        assert.equal(await fetched(scheme, `${name}.example.org`, account().user), name);
      }
    });

    it(`where the ${scheme}:// host is nobody's, the user name says whom curl means`, async () => {
      for (const name of NAMES) {
        assert.equal(await fetched(scheme, 'ftp.example.org', `${account().user}@${name}`), name);
      }
    });
  }

  it('ftplib reaches the one TLS was asked for, and lftp as name@tunnel', async () => {
    const { user, password } = account();
    for (const name of NAMES) {
      const { status, stdout, stderr } = await ftplib(`${name}.example.org`, user);
      assert.deepEqual([status, stdout.toString()], [0, name], stderr.toString());
      const script = [
        `set ssl:ca-file ${authority.caFile}`,
        'set ssl:check-hostname no',
        'set ftp:ssl-force true',
        'set ftp:ssl-protect-data true',
        'set net:max-retries 1',
        `open -u ${user}@${name},${password} -p ${ports.explicit} 127.0.0.1`,
        'cat who.txt',
      ].join('\n');
      const lftp = await runClient('/usr/bin/lftp', ['--norc', '-c', script]);
      assert.deepEqual([lftp.status, lftp.stdout.toString()], [0, name], lftp.stderr.toString());
    }
  });

  it('data connections can resume the session of a control connection whose tunnel came later', async () => {
    await update('shop', '--require-session-reuse');
    assert.equal(await fetched('ftp', 'shop.example.org', account().user), 'shop');
    assert.equal(await fetched('ftps', 'ftp.example.org', `${account().user}@shop`), 'shop');
    const seen = relay.events().length;
    const refused = await ftplib('shop.example.org', account().user);
    assert.deepEqual([refused.status, refused.stdout.toString()], [1, ''], 'it resumes nothing');
    const ended = await relay.waitFor('session-transfer-ended', { from: seen });
    assert.equal(ended['code'], 522);
    const other = await ftplib('bank.example.org', account().user);
    assert.equal(other.stdout.toString(), 'bank', 'the other tunnel does not ask for it');
    await update('shop', '--no-require-session-reuse');
  });

  it('where one tunnel asks for TLS a login in clear fails like any other; where all do, it says so', async () => {
    await update('shop', '--tls', 'required');
    const client = await RawClient.connect({ host: '127.0.0.1', port: ports.explicit });
    await client.expect(220);
    await client.ask(`USER ${account().user}@shop`, 331);
    const seen = relay.events().length;
    assert.match(await client.ask('PASS x', 530), /^530 Login incorrect/);
    const turned = await relay.waitFor('turned-away', { from: seen > 0 ? seen - 1 : 0 });
    assert.equal(turned['why'], 'tls-required');
    await update('bank', '--tls', 'required');
    assert.match(
      await client.ask(`USER ${account().user}@shop`, 530),
      new RegExp(`TLS is required.*port ${ports.implicit}`),
    );
    assert.equal(await fetched('ftp', 'bank.example.org', account().user), 'bank');
    client.close();
    await update('shop', '--tls', 'optional');
    await update('bank', '--tls', 'optional');
  });
});

describe('an implicit port of a tunnel alone', { skip }, () => {
  it('speaks TLS first, then for the server; what is no TLS ends it, and a change opens and closes it', async () => {
    const authority = await testAuthority();
    const { certFile, keyFile } = await authority.issue({ names: ['127.0.0.1'] });
    const server = await startPyftpdlib();
    await writeFile(join(server.home, 'who.txt'), 'alone');
    const relay = await startRelay({ flags: [`--tls-cert=${certFile}`, `--tls-key=${keyFile}`] });
    const port = relay.passivePorts[1] + 12;
    const tunnelFlags = ['--implicit-port', String(port), '--tls-data', 'required'];
    const tunnel = await serveTunnel(relay, server, { tunnelFlags });
    const flags = ['-q', '-v', '--ssl-reqd', '--cacert', authority.caFile];
    const account = `${server.user}:${server.password}`;
    const url = `ftps://127.0.0.1:${port}/who.txt`;
    const get = (): Promise<ProgramResult> =>
      runClient('/usr/bin/curl', [...flags, '--user', account, url]);
    try {
      const { stdout, stderr } = await get();
      assert.equal(stdout.toString(), 'alone', stderr.toString());
      await relay.waitFor('session-secured');
      const clear = await RawClient.connect({ host: '127.0.0.1', port });
      clear.send('USER joe\r\n');
      assert.match((await relay.waitFor('handshake-failed'))['why'] as string, /is not TLS/);
      clear.close();
      await tunnel.agent.stop();
      assert.match((await get()).stderr.toString(), /< 421 .*agent/, 'told in TLS, too');
      const update = ['tunnel', 'update', 'ftp', '--data-dir', relay.dataDir];
      assert.equal((await runGangway([...update, '--implicit-port', 'none'])).status, 0);
      await assert.rejects(RawClient.connect({ host: '127.0.0.1', port }), /ECONNREFUSED/);
    } finally {
      await tunnel.close();
      await relay.stop();
      await server.stop();
    }
  });
});
