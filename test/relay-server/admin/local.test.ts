import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { connectAdmin } from '../../../relay-server/admin/connect.ts';
import { enrolOn } from '../../../relay-server/admin/enrol.ts';
import { claimDataDir, localUrl, readControl } from '../../../relay-server/admin/local.ts';
import { StoreAdmin } from '../../../relay-server/admin/store-admin.ts';
import { buildHttp } from '../../../relay-server/http/server.ts';
import { openSqliteStore } from '../../../relay-server/store/sqlite.ts';
import { createLogger } from '../../../shared/log.ts';
import { FakeRuntime, freshDir } from '../fixtures.ts';

const target = (dataDir: string) => ({ dataDir, version: '1', create: false });

/** A relay without its FTP side, listening and published. */
async function miniRelay(
  t: TestContext,
  dataDir: string,
): Promise<{ url: string; stop: () => Promise<void> }> {
  const claim = claimDataDir(dataDir);
  const store = await openSqliteStore({ dataDir });
  const admin = new StoreAdmin({ store, version: '1', runtime: new FakeRuntime(store) });
  const { localToken } = claim;
  const logger = createLogger({ level: 'silent', format: 'json' });
  const options = {
    admin,
    store,
    enrol: enrolOn(store),
    version: '1',
    localToken,
    logger,
  };
  const app = await buildHttp(options);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const url = localUrl(app.server.address() as AddressInfo);
  claim.publish(url);
  const stop = async (): Promise<void> => {
    claim.release();
    await app.close();
    await store.close();
  };
  t.after(stop);
  return { url, stop };
}

/** An address where nothing listens. */
async function deadUrl(): Promise<string> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = localUrl(server.address() as AddressInfo);
  await once(server.close(), 'close');
  return url;
}

test('the command line goes through the running relay and past a stopped one', async (t) => {
  const dataDir = freshDir(t);
  const relay = await miniRelay(t, dataDir);
  const through = await connectAdmin(target(dataDir));
  const made = await through.admin.createTunnel({ name: 'shop' });
  assert.equal(made.publicAddress, 'ftp://relay.test:2121');
  assert.equal((await through.admin.status()).running, true);
  await through.close();
  await relay.stop();
  const beside = await connectAdmin(target(dataDir));
  assert.equal((await beside.admin.status()).running, false);
  assert.equal((await beside.admin.showTunnel('shop')).id, made.tunnel.id);
  await beside.close();
});

test('every method of the API answers as the store would', async (t) => {
  const dataDir = freshDir(t);
  const { url } = await miniRelay(t, dataDir);
  const { admin: local } = await connectAdmin(target(dataDir));
  const { token } = await local.access.createToken({ name: 'script', role: 'admin' });
  const { admin } = await connectAdmin({ ...target('/nowhere'), relay: url, apiToken: token });
  const { tunnel } = await admin.createTunnel({ name: 'shop', serverAddress: 'nas:21' });
  assert.deepEqual(await admin.listTunnels(), [tunnel]);
  assert.deepEqual(await admin.showTunnel('shop'), tunnel);
  const changed = await admin.updateTunnel(
    'shop',
    { port: 2300, serverAddress: null },
    { revision: 1 },
  );
  assert.deepEqual([changed.port, changed.serverAddress], [2300, null]);
  assert.match((await admin.agentCode('shop')).enrolmentCode, /^GW-/);
  await assert.rejects(admin.revokeAgent('nobody'), { code: 'agent-unknown', exitCode: 1 });
  await assert.rejects(admin.createTunnel({ name: 'shop' }), {
    code: 'tunnel-name-taken',
    remedy: /update/,
  });
  await admin.deleteTunnel('shop');
  await assert.rejects(admin.showTunnel('shop'), { code: 'tunnel-unknown' });
});

test('control.json is for its owner and goes with the relay', async (t) => {
  const dataDir = freshDir(t);
  const relay = await miniRelay(t, dataDir);
  const path = join(dataDir, 'control.json');
  for (const file of [path, join(dataDir, 'relay.lock')]) {
    assert.equal(statSync(file).mode & 0o777, 0o600, file);
  }
  assert.equal(readControl(dataDir)?.pid, process.pid);
  await relay.stop();
  assert.equal(readControl(dataDir), undefined);
});

test('a second relay on the same data is refused and told whose they are', async (t) => {
  const dataDir = freshDir(t);
  const claim = claimDataDir(dataDir);
  claim.publish('http://127.0.0.1:1');
  const taken = {
    code: 'data-dir-in-use',
    message: new RegExp(`process ${process.pid}\\).*${dataDir}`),
  };
  assert.throws(() => claimDataDir(dataDir), taken);
  claim.release();
  claim.release();
  claimDataDir(dataDir).release();
});

test('a relay that was killed leaves nothing that stops the next', async (t) => {
  const dataDir = freshDir(t);
  const url = await deadUrl();
  const local = new URL('../../../relay-server/admin/local.ts', import.meta.url).href;
  const code = `
    const { claimDataDir } = await import(${JSON.stringify(local)});
    claimDataDir(${JSON.stringify(dataDir)}).publish(${JSON.stringify(url)});
    console.log('claimed');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  const taken = { code: 'data-dir-in-use', message: new RegExp(`process ${child.pid}\\)`) };
  assert.throws(() => claimDataDir(dataDir), taken);
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal(readControl(dataDir)?.pid, child.pid, 'the dead relay left its word');
  const { admin, close } = await connectAdmin(target(dataDir));
  assert.equal((await admin.status()).running, false);
  await close();
  claimDataDir(dataDir).release();
});

test('another program on the port of a dead relay is not taken for it', async (t) => {
  const dataDir = freshDir(t);
  await (await openSqliteStore({ dataDir })).close();
  const stranger = createServer((_request, response) => response.end('<h1>hello</h1>'));
  await once(stranger.listen(0, '127.0.0.1'), 'listening');
  t.after(() => void stranger.close());
  const url = localUrl(stranger.address() as AddressInfo);
  writeFileSync(join(dataDir, 'control.json'), JSON.stringify({ url, token: 'x', pid: 1 }));
  const { admin, close } = await connectAdmin(target(dataDir));
  assert.deepEqual(await admin.listTunnels(), []);
  await close();
  const remote = await connectAdmin({ ...target(dataDir), relay: url, apiToken: 'x' });
  await assert.rejects(remote.admin.status(), { code: 'not-a-relay' });
});

test('half a control.json is none', (t) => {
  const dataDir = freshDir(t);
  for (const content of [
    '',
    '{"url": "http://',
    'null',
    '[]',
    '{"url": "x", "token": "y", "pid": 1}',
  ]) {
    writeFileSync(join(dataDir, 'control.json'), content);
    assert.equal(readControl(dataDir), undefined);
  }
});

test('a relay elsewhere needs a token, a good one, and must be there', async (t) => {
  const dataDir = freshDir(t);
  const { url, stop } = await miniRelay(t, dataDir);
  const named = { ...target(dataDir), relay: url };
  await assert.rejects(connectAdmin(named), { code: 'api-token-missing', exitCode: 2 });
  const { admin } = await connectAdmin({ ...named, apiToken: 'gwt_wrong' });
  await assert.rejects(admin.status(), { code: 'unauthorized' });
  await stop();
  await assert.rejects(admin.status(), { code: 'relay-unreachable', message: /ECONNREFUSED/ });
});

test('the local URL is one that can be dialled', () => {
  assert.equal(localUrl({ address: '0.0.0.0', port: 8080 }), 'http://127.0.0.1:8080');
  assert.equal(localUrl({ address: '::', port: 8080 }), 'http://[::1]:8080');
  assert.equal(localUrl({ address: '192.0.2.1', port: 80 }), 'http://192.0.2.1:80');
});
