import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { dialClient } from '../../../relay-server/gateway/client-dial.ts';
import type { Channel } from '../../../shared/channel.ts';
import { SocketChannel } from '../../../shared/net/socket-channel.ts';
import { reservePortBlock } from '../../support/ports.ts';

const HOST = '127.0.0.1';

interface Connected {
  channel: Channel;
  localPort: number;
}

/** How a dial ended. */
type Outcome = Connected | { reason: string };

async function listening(t: TestContext, host = HOST, port = 0): Promise<Server> {
  const server = createServer((socket) => socket.on('error', () => undefined));
  server.listen({ host, port });
  await once(server, 'listening');
  t.after(() => server.close());
  return server;
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

async function freePort(t: TestContext): Promise<number> {
  const block = await reservePortBlock(1);
  t.after(() => block.release());
  return block.first;
}

function dial(
  port: number,
  preferredPort: number,
  host = HOST,
): { ended: Promise<Outcome>; giveUp: () => void } {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const giveUp = dialClient(
    { host, port, localAddress: host, preferredPort },
    {
      connected: (socket, localPort) => resolve({ channel: new SocketChannel(socket), localPort }),
      failed: (reason) => resolve({ reason }),
    },
  );
  return { ended: promise, giveUp };
}

async function reached(attempt: { ended: Promise<Outcome> }): Promise<Connected> {
  const outcome = await attempt.ended;
  if ('reason' in outcome) assert.fail(outcome.reason);
  return outcome;
}

async function accepted(server: Server): Promise<Socket> {
  const [socket] = (await once(server, 'connection')) as [Socket];
  return socket;
}

describe('dialling a client', () => {
  it('case 53: it is dialled from the port asked for, several clients at once', async (t) => {
    const from = await freePort(t);
    for (const server of [await listening(t), await listening(t), await listening(t)]) {
      const incoming = accepted(server);
      const { channel, localPort } = await reached(dial(portOf(server), from));
      const socket = await incoming;
      assert.deepEqual([localPort, socket.remotePort], [from, from]);
      t.after(() => channel.reset('over'));
    }
  });

  it('a port that is listened on, or may not be bound, leads to any other', async (t) => {
    const held = await listening(t);
    const server = await listening(t);
    const incoming = accepted(server);
    const { channel } = await reached(dial(portOf(server), portOf(held)));
    assert.notEqual((await incoming).remotePort, portOf(held));
    channel.reset('over');
  });

  it('the same place twice from one port: the second comes from any other', async (t) => {
    const from = await freePort(t);
    const server = await listening(t);
    const first = await reached(dial(portOf(server), from));
    const second = await reached(dial(portOf(server), from));
    assert.equal(first.localPort, from);
    assert.notEqual(second.localPort, from);
    for (const { channel } of [first, second]) channel.reset('over');
  });

  it('an IPv6 client', async (t) => {
    const server = await listening(t, '::1');
    const { channel } = await reached(dial(portOf(server), await freePort(t), '::1'));
    channel.reset('over');
  });

  it('a refusal is told in words', async (t) => {
    const port = await freePort(t);
    assert.deepEqual(await dial(port, 0).ended, { reason: 'connection refused' });
  });

  it('what is given up tells nothing any more', async (t) => {
    const server = await listening(t);
    const attempt = dial(portOf(server), 0);
    attempt.giveUp();
    const { channel } = await reached(dial(portOf(server), 0));
    channel.reset('over');
    assert.equal(await Promise.race([attempt.ended, Promise.resolve('silent')]), 'silent');
  });

  it('what the client sends at once arrives, and its end', async (t) => {
    const server = await listening(t);
    server.on('connection', (socket) => socket.end('upload'));
    const { channel } = await reached(dial(portOf(server), 0));
    const { promise, resolve } = Promise.withResolvers<string>();
    let text = '';
    channel.start({
      data: (chunk) => {
        text += Buffer.from(chunk).toString();
      },
      end: () => resolve(text),
      drain: () => {},
      flushed: () => {},
      closed: () => {},
    });
    assert.equal(await promise, 'upload');
    channel.reset('over');
  });
});
