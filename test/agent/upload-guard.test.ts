import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { UploadGuard } from '../../agent/upload-guard.ts';
import type { Logger } from '../../shared/log.ts';

/** Uploads of one test; the last one lives. */
const LAST = 20;
const FIXTURE = join(import.meta.dirname, 'fixtures', 'guarded-upload.ts');

/** A guarded upload as its server sees it; `fate` is how the connection ended for the server. */
interface GuardedUpload {
  uploader: ChildProcess;
  connection: Socket;
  fate: Promise<string>;
}

async function guardedUpload(t: TestContext): Promise<GuardedUpload> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const uploader = fork(FIXTURE, [String(port)]);
  const guarded = once(uploader, 'message');
  const [connection] = (await once(server, 'connection')) as [Socket];
  t.after(() => {
    uploader.kill('SIGKILL');
    connection.destroy();
    server.close();
  });
  connection.resume();
  const fate = new Promise<string>((resolve) => {
    connection.once('end', () => resolve('FIN'));
    connection.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
  });
  await guarded;
  return { uploader, connection, fate };
}

test('an upload of a killed agent ends with a reset at the FTP server', async (t) => {
  const { uploader, fate } = await guardedUpload(t);
  uploader.kill('SIGKILL');
  assert.equal(await fate, 'ECONNRESET');
});

test('a guarded upload that ends in an orderly way ends with FIN, at once', async (t) => {
  const { uploader, connection, fate } = await guardedUpload(t);
  uploader.send('end');
  assert.equal(await fate, 'FIN');
  connection.end();
  const [code] = (await once(uploader, 'exit')) as [number];
  assert.equal(code, 0);
});

test('a guarded upload that is broken off ends with a reset, although a duplicate is held', async (t) => {
  const { uploader, fate } = await guardedUpload(t);
  uploader.send('reset');
  assert.equal(await fate, 'ECONNRESET');
});

test('the guard process takes no byte that comes on a guarded connection', async (t) => {
  const { uploader, connection, fate } = await guardedUpload(t);
  uploader.send('count');
  const counted = once(uploader, 'message');
  connection.end(Buffer.alloc(1_000_000));
  assert.deepEqual(await counted, [1_000_000, undefined]);
  uploader.send('end');
  assert.equal(await fate, 'FIN');
});

test('the half-close of an FTP server is not answered by the guard process', async (t) => {
  const { uploader, connection, fate } = await guardedUpload(t);
  connection.end();
  // A shutdown by the guard would be a FIN here; a kill afterwards must still be a reset.
  await once(connection, 'finish');
  uploader.kill('SIGKILL');
  assert.equal(await fate, 'ECONNRESET');
});

test('uploads that are over before the guard process is up are let go without a word', async (t) => {
  const server = createServer((socket) => socket.on('error', () => {}).resume());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const { promise: guarded, resolve } = Promise.withResolvers<void>();
  const faults: unknown[] = [];
  const logger = {
    warn: (line: unknown) => faults.push(line),
    debug: (line: { event: string; id: number }) => {
      if (line.id === LAST) resolve();
    },
  } as unknown as Logger;
  const guard = new UploadGuard(logger);
  t.after(() => guard.close());
  for (let id = 1; id <= LAST; id += 1) {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    await once(socket, 'connect');
    guard.protect(socket);
    if (id < LAST) socket.destroy();
    else t.after(() => socket.destroy());
  }
  await guarded;
  assert.deepEqual(faults, []);
});
