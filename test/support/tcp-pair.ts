import { once } from 'node:events';
import {
  connect,
  createServer,
  type AddressInfo,
  type NetConnectOpts,
  type Socket,
} from 'node:net';
import type { TestContext } from 'node:test';

/** A connection on loopback, both ends half-open, the accepted one not yet read. */
export async function tcpPair(
  dial: (options: NetConnectOpts) => Socket = connect,
): Promise<{ accepted: Socket; dialled: Socket }> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const connection = once(server, 'connection') as Promise<[Socket]>;
  const dialled = dial({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true });
  const [[accepted]] = await Promise.all([connection, once(dialled, 'connect')]);
  server.close();
  return { accepted, dialled };
}

/** The same for a test, after which both ends are gone. */
export async function tcpPairFor(t: TestContext): Promise<{ accepted: Socket; dialled: Socket }> {
  const ends = await tcpPair();
  t.after(() => {
    ends.dialled.destroy();
    ends.accepted.destroy();
  });
  return ends;
}
