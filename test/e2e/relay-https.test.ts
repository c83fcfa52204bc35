import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { testAuthority, type Issued, type TestAuthority } from '../support/certificates.ts';
import { ensureDebianPackages } from '../support/debian.ts';
import { startRelay, type Relay } from '../support/gangway.ts';
import { startPebble } from '../support/pebble.ts';
import { runProgram } from '../support/program.ts';

const HOST = '127.0.0.1';
const NAME = 'relay.gangway.test';
const { missing } = await ensureDebianPackages();
const skip = missing.length > 0 ? missing.join(' ') : false;

async function curl(...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await runProgram('/usr/bin/curl', ['-q', '-sS', ...args]);
  assert.equal(status, 0, stderr.toString());
  return stdout.toString();
}

describe("HTTPS on the relay's HTTP port", () => {
  let authority: TestAuthority;
  let folder: string;
  let files: { cert: string; key: string };
  let relay: Relay;
  let port: number;
  before(async () => {
    authority = await testAuthority();
    folder = await mkdtemp(join(tmpdir(), 'gangway-https-'));
    files = { cert: join(folder, 'fullchain.pem'), key: join(folder, 'privkey.pem') };
    await install(await issue());
    relay = await startRelay({ flags: [`--tls-cert=${files.cert}`, `--tls-key=${files.key}`] });
    port = Number(new URL(relay.url).port);
  });
  after(async () => {
    await relay?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const issue = (): Promise<Issued> => authority.issue({ names: [NAME, HOST] });
  /** Key and certificate one after the other, each in one step. */
  const install = async ({ certFile, keyFile }: Issued): Promise<void> => {
    for (const [from, to] of [
      [keyFile, files.key],
      [certFile, files.cert],
    ] as const) {
      await copyFile(from, `${to}.new`);
      await rename(`${to}.new`, to);
    }
  };

  it(
    'curl checks the chain of the files and is answered, by address and by name',
    { skip },
    async () => {
      const trust = ['--cacert', authority.caFile];
      assert.match(await curl(...trust, `https://${HOST}:${port}/healthz`), /"ok":true/);
      const named = ['--resolve', `${NAME}:${port}:${HOST}`, `https://${NAME}:${port}/healthz`];
      assert.match(await curl(...trust, ...named), /"ok":true/);
      assert.match(await curl(`http://${HOST}:${port}/healthz`), /"ok":true/);
      await assert.rejects(curl(`https://${HOST}:${port}/healthz`), /certificate/);
    },
  );

  it('files exchanged under load cost no connection, and new clients see the new ones', async () => {
    const open = (): Promise<TLSSocket> => shake(port, authority.ca);
    const state = { going: true, made: 0 };
    const load = Array.from({ length: 8 }, async () => {
      while (state.going) {
        const socket = await open();
        assert.match(await ask(socket), /^HTTP\/1\.1 200/);
        socket.destroy();
        state.made += 1;
      }
    });
    for (let exchanges = 0; exchanges < 5; exchanges += 1) {
      const lasting = await Promise.all(Array.from({ length: 20 }, open));
      const from = relay.events().length;
      const next = await issue();
      await install(next);
      await relay.waitFor('certificate-loaded', { from, timeoutMs: 30_000 });
      const fresh = await open();
      assert.equal(fingerprintOf(fresh), next.fingerprint);
      for (const socket of [...lasting, fresh]) {
        assert.match(await ask(socket), /^HTTP\/1\.1 200/);
        socket.destroy();
      }
    }
    state.going = false;
    await Promise.all(load);
    assert.ok(state.made > 50, `${state.made} connections`);
  });

  it('SIGHUP: what does not fit is told of at once, and the certificate of before is shown', async () => {
    const before = await shake(port, authority.ca);
    const from = relay.events().length;
    await writeFile(files.key, 'no key');
    process.kill(relay.pid, 'SIGHUP');
    const { file, msg } = await relay.waitFor('certificate-unfit', { from });
    assert.equal(file, files.key);
    assert.match(String(msg), /holds no PEM private key; the certificate of before stays in use/);
    const socket = await shake(port, authority.ca);
    assert.equal(fingerprintOf(socket), fingerprintOf(before));
    for (const one of [before, socket]) one.destroy();
  });
});

it('--http-tls off: no TLS, and codes carry no key', async (t) => {
  const relay = await startRelay({ flags: ['--http-tls=off'] });
  t.after(() => relay.stop());
  assert.equal((await relay.waitFor('ready'))['http'], relay.url);
  const { enrolmentCode } = await relay.createTunnel('ftp', { server: '127.0.0.1:21' });
  assert.ok(!enrolmentCode.includes('.'));
  await assert.rejects(shake(Number(new URL(relay.url).port), ''), /wrong version number/);
});

it('--acme: a relay has its certificate issued by pebble and shows it', { skip }, async (t) => {
  const pebble = await startPebble();
  t.after(() => pebble.stop());
  const folder = await mkdtemp(join(tmpdir(), 'gangway-hosts-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const hosts = join(folder, 'hosts');
  await writeFile(hosts, `${HOST} localhost ${NAME}\n`);
  const mounted = `mount --bind ${hosts} /etc/hosts && exec "$@"`;
  const relay = await startRelay({
    within: ['unshare', '--mount', 'sh', '-c', mounted, 'sh'],
    flags: [
      `--public-host=${NAME}`,
      '--acme',
      `--acme-directory=${pebble.directory}`,
      `--acme-ca=${pebble.caFile}`,
      `--acme-http=${HOST}:${pebble.httpPort}`,
      '--acme-email=webmaster@gangway.test',
    ],
  });
  t.after(() => relay.stop());
  await relay.waitFor('acme-issued', { timeoutMs: 30_000 });
  const root = join(folder, 'root.pem');
  await writeFile(root, pebble.root);
  const { port } = new URL(relay.url);
  const place = ['--resolve', `${NAME}:${port}:${HOST}`, `https://${NAME}:${port}/healthz`];
  assert.match(await curl('--cacert', root, ...place), /"ok":true/);
});

async function shake(port: number, ca: string): Promise<TLSSocket> {
  const socket = connect({ host: HOST, port, ca });
  await once(socket, 'secureConnect');
  return socket;
}

async function ask(socket: TLSSocket): Promise<string> {
  socket.write(`GET /healthz HTTP/1.1\r\nhost: ${HOST}\r\n\r\n`);
  return String((await once(socket, 'data'))[0]);
}

function fingerprintOf(socket: TLSSocket): string | undefined {
  return socket.getPeerX509Certificate()?.fingerprint256.replaceAll(':', '').toLowerCase();
}
