import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import { get as getTls } from 'node:https';
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { before, test, type TestContext } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { SecurePort } from '../../../relay-server/http/secure-port.ts';
import { HTTP_PORT_LIMITS } from '../../../relay-server/limits.ts';
import { createLogger } from '../../../shared/log.ts';
import type { TlsIdentity } from '../../../shared/net/tls-identity.ts';
import { testAuthority, type Issued, type TestAuthority } from '../../support/certificates.ts';

const HOST = '127.0.0.1';
const NAME = 'relay.example.org';
const logger = createLogger({ level: 'silent', format: 'json' });
let authority: TestAuthority;
let first: Issued;
before(async () => {
  authority = await testAuthority();
  first = await authority.issue({ names: [NAME] });
});

/** An HTTP server that says how it was reached, with TLS on the same port. */
async function opened(t: TestContext) {
  const shown = { identity: first as TlsIdentity, listener: (): void => {} };
  const server = createServer((request, response) => {
    response.end(`${'encrypted' in request.socket ? 'https' : 'http'} ${request.url}`);
  });
  const port = new SecurePort(server, {
    certificates: {
      identityFor: () => shown.identity,
      onChange: (listener) => {
        shown.listener = listener;
        return () => {};
      },
    },
    logger,
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  t.after(() => {
    port.close();
    server.closeAllConnections();
    server.close();
  });
  const at = (server.address() as AddressInfo).port;
  const change = (identity: TlsIdentity): void => {
    shown.identity = identity;
    shown.listener();
  };
  return { server, port, at, change };
}

async function bodyOf(request: ReturnType<typeof get>): Promise<string> {
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return text(response);
}

const plain = (port: number, path: string): Promise<string> =>
  bodyOf(get({ host: HOST, port, path, agent: false }));

const secure = (port: number, path: string): Promise<string> =>
  bodyOf(getTls({ host: HOST, port, path, agent: false, servername: NAME, ca: authority.ca }));

async function raw(t: TestContext, port: number): Promise<Socket> {
  const socket = connect({ host: HOST, port });
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

const connectionsOf = (server: Server): Promise<number> =>
  new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
  });

test('http and https are answered on one port, many at once', async (t) => {
  const { at } = await opened(t);
  const asked = Array.from({ length: 40 }, (_, index) =>
    index % 2 === 0 ? plain(at, `/${index}`) : secure(at, `/${index}`),
  );
  const expected = asked.map((_, index) => `${index % 2 === 0 ? 'http' : 'https'} /${index}`);
  assert.deepEqual(await Promise.all(asked), expected);
});

test('a request and a handshake whose first byte comes alone are understood', async (t) => {
  const { at } = await opened(t);
  const byHand = await raw(t, at);
  byHand.setNoDelay(true);
  byHand.write('G');
  await new Promise(setImmediate);
  byHand.write('ET /slow HTTP/1.1\r\nhost: relay\r\nconnection: close\r\n\r\n');
  assert.match(await text(byHand), /http \/slow$/);
  // What a client's TLS writes is carried to the relay byte by byte.
  const [client, relay] = [await pairOf(t), await raw(t, at)];
  relay.setNoDelay(true);
  client.far.on('data', (chunk: Buffer) => {
    for (const byte of chunk) relay.write(Uint8Array.of(byte));
  });
  relay.on('data', (chunk: Buffer) => client.far.write(chunk));
  const socket = connectTls({ socket: client.near, servername: NAME, ca: authority.ca });
  await once(socket, 'secureConnect');
  socket.write('GET /bytes HTTP/1.1\r\nhost: relay\r\nconnection: close\r\n\r\n');
  assert.match(String((await once(socket, 'data'))[0]), /^HTTP\/1\.1 200/);
});

/** Two ends of a connection. */
async function pairOf(t: TestContext): Promise<{ near: Socket; far: Socket }> {
  const server = createTcpServer();
  server.listen(0, HOST);
  await once(server, 'listening');
  const near = connect({ host: HOST, port: (server.address() as AddressInfo).port });
  const [far] = (await once(server, 'connection')) as [Socket];
  t.after(() => {
    near.destroy();
    far.destroy();
    server.close();
  });
  return { near, far };
}

test('a connection that says nothing is closed in time', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { server, at } = await opened(t);
  const accepted = once(server, 'connection');
  const silent = await raw(t, at);
  await accepted;
  const closed = once(silent, 'close');
  t.mock.timers.tick(HTTP_PORT_LIMITS.firstByte - 1);
  await new Promise(setImmediate);
  assert.equal(await connectionsOf(server), 1);
  t.mock.timers.tick(1);
  silent.resume();
  await closed;
});

test('one that ends or breaks before its first byte is forgotten', async (t) => {
  const { server, at } = await opened(t);
  for (const leave of [(s: Socket) => s.end(), (s: Socket) => s.resetAndDestroy()]) {
    const accepted = once(server, 'connection');
    const socket = await raw(t, at);
    const [far] = (await accepted) as [Socket];
    // Not `once`, which would make an error of a reset.
    const closed = new Promise((resolve) => far.on('close', resolve));
    leave(socket);
    await closed;
  }
  assert.equal(await connectionsOf(server), 0);
  assert.equal(await plain(at, '/alive'), 'http /alive');
});

test('garbage, in clear and after the first byte of a handshake, ends its connection alone', async (t) => {
  const { at } = await opened(t);
  for (const bytes of [
    Buffer.from('\u0000\u0001\u0002 nonsense\r\n\r\n'),
    Buffer.from('\u0016nonsense that is no TLS at all\r\n\r\n'),
    Buffer.from([0x16, 0x03, 0x01, 0x00, 0x05, 0xff, 0xff, 0xff, 0xff, 0xff]),
  ]) {
    const socket = await raw(t, at);
    socket.resume();
    const closed = once(socket, 'close');
    socket.write(bytes);
    await closed;
  }
  assert.equal(await secure(at, '/alive'), 'https /alive');
});

test('TLS 1.2 and 1.3 are spoken, and nothing older', async (t) => {
  const { at } = await opened(t);
  const reach = async (version: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3') => {
    const versions = { minVersion: version, maxVersion: version };
    const old = version === 'TLSv1.1' ? { ciphers: 'DEFAULT@SECLEVEL=0' } : {};
    const target = { host: HOST, port: at, servername: NAME, ca: authority.ca };
    const socket = connectTls({ ...target, ...versions, ...old });
    t.after(() => socket.destroy());
    await once(socket, 'secureConnect');
    return socket.getProtocol();
  };
  assert.equal(await reach('TLSv1.2'), 'TLSv1.2');
  assert.equal(await reach('TLSv1.3'), 'TLSv1.3');
  await assert.rejects(reach('TLSv1.1'), { code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' });
});

test('a new certificate is shown to new clients, and who is connected stays', async (t) => {
  const { at, change } = await opened(t);
  const shownTo = async () => {
    const socket = connectTls({ host: HOST, port: at, servername: NAME, ca: authority.ca });
    t.after(() => socket.destroy());
    await once(socket, 'secureConnect');
    return socket;
  };
  const before = await shownTo();
  const second = await authority.issue({ names: [NAME] });
  change(second);
  const after = await shownTo();
  const fingerprints = [before, after].map((socket) =>
    socket.getPeerX509Certificate()?.fingerprint256.replaceAll(':', '').toLowerCase(),
  );
  assert.deepEqual(fingerprints, [first.fingerprint, second.fingerprint]);
  before.write('GET /still HTTP/1.1\r\nhost: relay\r\n\r\n');
  assert.match(String((await once(before, 'data'))[0]), /^HTTP\/1\.1 200/);
});

test('a client that names no server is shown the new certificate as well', async (t) => {
  const { at, change } = await opened(t);
  const second = await authority.issue({ names: [NAME, HOST] });
  change(second);
  const socket = connectTls({ host: HOST, port: at, ca: authority.ca });
  t.after(() => socket.destroy());
  await once(socket, 'secureConnect');
  assert.equal(socket.authorized, true);
});

test('the end of the port leaves a request that is being answered to the server', async (t) => {
  const { port, at } = await opened(t);
  const socket = connectTls({ host: HOST, port: at, servername: NAME, ca: authority.ca });
  t.after(() => socket.destroy());
  await once(socket, 'secureConnect');
  socket.write('GET /in-time HTTP/1.1\r\n');
  // The answer to this one shows that the relay has read as far as there.
  assert.equal(await secure(at, '/other'), 'https /other');
  port.close();
  socket.write('host: relay\r\n\r\n');
  assert.match(String((await once(socket, 'data'))[0]), /^HTTP\/1\.1 200/);
});

test('the end of the port ends connections on which nothing was asked', async (t) => {
  const { server, port, at } = await opened(t);
  const accepted = once(server, 'connection');
  const silent = await raw(t, at);
  await accepted;
  silent.resume();
  const closed = once(silent, 'close');
  port.close();
  server.close();
  await Promise.all([closed, once(server, 'close')]);
});
