import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { it, type TestContext } from 'node:test';
import { SocketChannel } from '../../../shared/net/socket-channel.ts';
import { StreamRecorder } from '../../support/stream-recorder.ts';
import { dial } from '../../support/raw-client.ts';
import { tlsPair } from '../../support/tls-pair.ts';
import { soon, type WatchedSocket } from '../../support/watched-socket.ts';

/** A channel over a socket that was accepted, and the other end of it. */
async function pair(
  t: TestContext,
): Promise<{ server: Server; socket: Socket; peer: WatchedSocket }> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const peer = await dial({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  const [socket] = await accepted;
  t.after(() => {
    peer.socket.destroy();
    server.close();
  });
  return { server, socket, peer };
}

// libuv refuses to reset a socket whose shutdown is under way (EINVAL); Node then never closes it.
for (const when of ['in the same turn', 'in the next tick', 'in the next turn']) {
  it(`a reset ${when} after the end closes the socket and tells the consumer`, async (t) => {
    const { server, socket, peer } = await pair(t);
    const channel = new SocketChannel(socket);
    const recorder = StreamRecorder.on(channel);
    channel.write(Buffer.from('x'));
    channel.end();
    const reset = (): void => channel.reset('given up');
    if (when === 'in the same turn') reset();
    else if (when === 'in the next tick') process.nextTick(reset);
    else setImmediate(reset);
    await soon(recorder.untilClosed(), 'the end of the channel', 2000);
    assert.equal(recorder.broken?.by, 'self');
    await soon(peer.finished, 'an end');
    peer.socket.destroy();
    server.close();
    await soon(once(server, 'close'), 'the end of the last connection', 2000);
  });
}

const LATER: readonly ((run: () => void) => void)[] = [
  (run) => run(),
  (run) => process.nextTick(run),
  (run) => setImmediate(run),
];

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  it(`under ${version} a reset at any moment after the end closes the socket, too`, async () => {
    for (const later of LATER) {
      const { channel, peer } = await tlsPair('client', version);
      peer.on('error', () => {});
      const recorder = StreamRecorder.on(channel);
      channel.write(Buffer.from('x'));
      channel.end();
      later(() => channel.reset('given up'));
      await soon(recorder.untilClosed(), 'the end of the channel', 2000);
      assert.equal(recorder.broken?.by, 'self');
      peer.destroy();
    }
  });
}
