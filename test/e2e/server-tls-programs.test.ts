import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { testAuthority } from '../support/certificates.ts';
import { curl, lftp, pythonFtplib, type Endpoint } from '../support/clients/index.ts';
import {
  ensureDebianPackages,
  TEST_ACCOUNT,
  TEST_PASSWORD_HASH,
  testAccountIds,
} from '../support/debian.ts';
import { grows } from '../support/grows.ts';
import { gangwayFor, type GangwayInFront } from '../support/gangway.ts';
import { reservePortBlock } from '../support/ports.ts';
import { RawClient } from '../support/raw-client.ts';
import { startProftpd, startVsftpd, type RealServer } from '../support/servers/index.ts';
import { TLS_LINES } from './tls-configurations.ts';

const { missing } = await ensureDebianPackages();
const skip = missing.length === 0 ? false : missing.join(' ');

const authority = await testAuthority();
const issued = await authority.issue({ names: ['ftp.test'] });
const PINNED = `--server-fingerprint=${issued.fingerprint}`;
const CONTENTS = Buffer.alloc(200_000, 'contents ');
/** Larger than every buffer on the way. */
const LARGE = Buffer.alloc(64 * 1024 * 1024, 'x');

async function inFront(
  t: TestContext,
  server: RealServer,
  at: { readonly host: string; readonly port: number },
  agentFlags: readonly string[],
): Promise<GangwayInFront> {
  t.after(() => server.stop());
  const gangway = await gangwayFor(at, { agentFlags: [...agentFlags, '--log-level=debug'] });
  t.after(() => gangway.close());
  return gangway;
}

function login(gangway: GangwayInFront, server: RealServer): Promise<RawClient> {
  const { host, port } = gangway;
  return RawClient.login({ ...server, host, port });
}

async function upAndDown(client: RawClient, home: string): Promise<void> {
  await client.ask('TYPE I', 200);
  await client.upload('STOR file', CONTENTS);
  assert.deepEqual(await readFile(join(home, 'file')), CONTENTS);
  assert.deepEqual(await client.download('RETR file'), CONTENTS);
  await client.quit();
}

describe('programs without TLS and a server that demands it and reuse', { skip }, () => {
  let server: RealServer;
  let gangway: GangwayInFront;
  let folder: string;
  let endpoint: Endpoint;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gangway-programs-'));
    await writeFile(join(folder, 'sent'), CONTENTS);
    server = await startVsftpd({ config: await TLS_LINES.vsftpd('reuse-required', issued) });
    gangway = await gangwayFor(server, { agentFlags: ['--server-tls=explicit', PINNED] });
    const { host, port } = gangway;
    endpoint = { ...server, host, port };
  });
  after(async () => {
    await gangway?.close();
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  for (const [name, make] of Object.entries({
    'curl, EPSV': () => curl(endpoint),
    'curl, PORT': () => curl(endpoint, 'PORT'),
    'lftp, PASV': () => lftp(endpoint),
    'ftplib, PASV': () => pythonFtplib(endpoint),
    'ftplib, EPRT': () => pythonFtplib(endpoint, 'EPRT'),
  })) {
    it(`${name}: lists, sends and fetches`, async () => {
      const client = make();
      const [file, fetched] = [name.replaceAll(/\W+/g, '-'), join(folder, 'fetched')];
      for (const run of [
        () => client.put(join(folder, 'sent'), file),
        () => client.list(''),
        () => client.get(file, fetched),
      ]) {
        const { status, stderr } = await run();
        assert.equal(status, 0, stderr.toString());
      }
      assert.deepEqual(await readFile(fetched), CONTENTS);
    });
  }
});

describe('what else there is between an agent and its server', { skip }, () => {
  it('case 85: implicit TLS with session reuse', async (t) => {
    const ports = await reservePortBlock(1);
    const folder = await mkdtemp(join(tmpdir(), 'gangway-implicit-'));
    t.after(async () => {
      await ports.release();
      await rm(folder, { recursive: true, force: true });
    });
    const { uid, gid } = await testAccountIds();
    await chown(folder, uid, gid);
    const account = `${TEST_ACCOUNT}:${TEST_PASSWORD_HASH}:${uid}:${gid}::${folder}:/bin/sh\n`;
    await writeFile(join(folder, 'passwd'), account, { mode: 0o600 });
    const lines = await TLS_LINES.proftpd('reuse-required', issued);
    // The main server greets in clear: that is how it is known to be up.
    const server = await startProftpd({
      config: [
        ...lines.slice(0, 2),
        '<VirtualHost 127.0.0.1>',
        `Port ${ports.first}`,
        `AuthUserFile ${join(folder, 'passwd')}`,
        ...lines.slice(2),
        'TLSOptions UseImplicitSSL',
        '</VirtualHost>',
      ],
    });
    const flags = ['--server-tls=implicit', PINNED];
    const gangway = await inFront(t, server, { host: server.host, port: ports.first }, flags);
    await upAndDown(await login(gangway, server), folder);
  });

  it('case 94: a server that wants a certificate of its client', async (t) => {
    const own = await authority.issue({ names: ['agent.test'] });
    const lines = await TLS_LINES.vsftpd('required', issued);
    const wants = ['require_cert=YES', 'validate_cert=YES', `ca_certs_file=${authority.caFile}`];
    const server = await startVsftpd({ config: [...lines, ...wants] });
    const cert = [`--server-client-cert=${own.certFile}`, `--server-client-key=${own.keyFile}`];
    const gangway = await inFront(t, server, server, ['--server-tls=explicit', PINNED, ...cert]);
    await upAndDown(await login(gangway, server), server.home);
  });

  it('data in clear, where its owner wants it', async (t) => {
    const server = await startVsftpd({ config: await TLS_LINES.vsftpd('optional', issued) });
    const flags = ['--server-tls=explicit', PINNED, '--server-data-tls=off'];
    const gangway = await inFront(t, server, server, flags);
    await upAndDown(await login(gangway, server), server.home);
    assert.equal(gangway.agent.log().includes('data-secured'), false);
  });

  it('case 7: an agent killed in an upload leaves no file that its server takes for whole', async (t) => {
    const lines = await TLS_LINES.vsftpd('required', issued);
    const lenient = [...lines, 'strict_ssl_read_eof=NO'];
    const server = await startVsftpd({ config: lenient });
    const gangway = await inFront(t, server, server, ['--server-tls=explicit', PINNED]);
    const client = await login(gangway, server);
    const data = await client.openData();
    await client.ask('STOR part', 150);
    data.send(CONTENTS);
    await grows(join(server.home, 'part'));
    await gangway.agent.waitFor('upload-guarded');
    await gangway.agent.kill();
    assert.equal(await data.outcome, 'rst');
    await client.expect(426);
    client.close();
    await logs(server, /FAIL UPLOAD/);
    assert.doesNotMatch(await server.log(), /OK UPLOAD/);
  });

  it('a server killed in the middle of a download: 426, with FIN or RST as the system has it', async (t) => {
    const server = await startVsftpd({ config: await TLS_LINES.vsftpd('required', issued) });
    const path = join(server.home, 'large');
    await writeFile(path, LARGE);
    await chown(path, server.owner.uid, server.owner.gid);
    const gangway = await inFront(t, server, server, ['--server-tls=explicit', PINNED]);
    const client = await login(gangway, server);
    const data = await client.openData();
    data.socket.pause();
    await client.ask('RETR large', 150);
    await server.stop();
    data.socket.resume();
    await data.outcome;
    assert.ok(data.bytes < LARGE.length);
    await client.expect(426);
    client.close();
  });
});

/** A server that logs sends nobody an event; it was cut off, so it does so soon. */
async function logs(server: RealServer, what: RegExp): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!what.test(await server.log())) assert.ok(performance.now() < deadline, 'nothing logged');
}
