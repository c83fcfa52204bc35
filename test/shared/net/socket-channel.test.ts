/** The same for every kind of socket: accepted or dialled, read as Node does or into slabs. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Lease } from '../../../shared/lease.ts';
import type { SlabPool } from '../../../shared/net/slab-pool.ts';
import { connectIntoSlabs, readIntoSlabs, type SlabReads } from '../../../shared/net/slab-reads.ts';
import { SocketChannel } from '../../../shared/net/socket-channel.ts';
import { StreamRecorder } from '../../support/stream-recorder.ts';
import { tcpPair } from '../../support/tcp-pair.ts';
import { tlsPair } from '../../support/tls-pair.ts';
import { poisonedPool } from '../../support/websocket-pairs.ts';

/** A channel, the socket of its peer, and the pool of its slabs. */
interface Pair {
  channel: SocketChannel;
  peer: Socket;
  pool: SlabPool;
}

function quiet(peer: Socket): Socket {
  peer.on('error', () => {});
  return peer;
}

/** Reads from here on; an accepted socket waits to be told. */
function listen(peer: Socket, heard: (chunk: Buffer) => void): void {
  peer.on('data', heard);
  peer.resume();
}

const KINDS: Record<string, () => Promise<Pair>> = {
  'an accepted socket': async () => {
    const { accepted, dialled } = await tcpPair();
    return { channel: new SocketChannel(accepted), peer: quiet(dialled), pool: poisonedPool() };
  },
  'an accepted socket read into slabs': async () => {
    const { accepted, dialled } = await tcpPair();
    const pool = poisonedPool();
    const { socket, reads } = readIntoSlabs(accepted, new Uint8Array(0), pool);
    assert.ok(reads, 'this Node lets the connection be taken over');
    return { channel: new SocketChannel(socket, { reads }), peer: quiet(dialled), pool };
  },
  'a dialled socket': async () => {
    const { accepted, dialled } = await tcpPair();
    return { channel: new SocketChannel(dialled), peer: quiet(accepted), pool: poisonedPool() };
  },
  'a dialled socket read into slabs': async () => {
    const pool = poisonedPool();
    let reads: SlabReads | undefined;
    const { accepted, dialled } = await tcpPair((options) => {
      const readable = connectIntoSlabs(options, pool);
      reads = readable.reads;
      return readable.socket;
    });
    return { channel: new SocketChannel(dialled, { reads }), peer: quiet(accepted), pool };
  },
};

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  for (const end of ['client', 'server'] as const) {
    KINDS[`the ${end} of ${version}`] = async () => {
      const { channel, peer } = await tlsPair(end, version);
      return { channel, peer: quiet(peer), pool: poisonedPool() };
    };
  }
}

/** A recorder that borrows, and copies what it keeps. */
class Borrower extends StreamRecorder {
  readonly borrows = true;
  lent = 0;
  override data(chunk: Uint8Array, lease?: Lease): void {
    if (lease !== undefined) this.lent += 1;
    super.data(Buffer.from(chunk));
  }
}

for (const [kind, open] of Object.entries(KINDS)) {
  describe(`a channel over ${kind}`, { timeout: 10_000 }, () => {
    test('bytes and orderly ends of both directions', async () => {
      const { channel, peer, pool } = await open();
      const recorder = StreamRecorder.on(channel);
      const heard: Buffer[] = [];
      listen(peer, (chunk) => heard.push(chunk));
      peer.write('question');
      peer.end();
      await recorder.until((r) => r.calls.includes('end'));
      assert.equal(recorder.text, 'question');
      assert.equal(recorder.isClosed, false, 'the other direction goes on');
      channel.write(Buffer.from('answer'));
      channel.end();
      await Promise.all([recorder.untilClosed(), once(peer, 'end')]);
      assert.equal(Buffer.concat(heard).toString(), 'answer');
      assert.equal(recorder.broken, undefined);
      assert.deepEqual(recorder.calls, ['data', 'end', 'flushed', 'closed']);
      assert.equal(pool.inUse, 0);
    });

    test('a reset by the peer is no end', async () => {
      const { channel, peer, pool } = await open();
      const recorder = StreamRecorder.on(channel);
      peer.write('x');
      await recorder.until((r) => r.bytes === 1);
      peer.resetAndDestroy();
      await recorder.untilClosed();
      assert.equal(recorder.calls.includes('end'), false);
      assert.equal(recorder.broken?.by, 'peer');
      assert.equal(recorder.broken?.code, 'ECONNRESET');
      assert.equal(pool.inUse, 0);
    });

    test('a reset by us is a reset at the peer, unread and unsent bytes or not', async () => {
      const { channel, peer, pool } = await open();
      channel.pause();
      const recorder = StreamRecorder.on(channel);
      peer.write('never read');
      channel.write(Buffer.alloc(20_000_000));
      await turn();
      const failed = once(peer, 'error') as Promise<[NodeJS.ErrnoException]>;
      peer.resume();
      channel.reset('no more');
      assert.equal((await failed)[0].code, 'ECONNRESET');
      await recorder.untilClosed();
      assert.deepEqual(recorder.broken, { by: 'self', code: 'cancelled', reason: 'no more' });
      assert.equal(pool.inUse, 0);
    });

    test('a cut by FIN before our end was sent goes on; ours then completes it', async () => {
      const { channel, peer } = await open();
      const recorder = StreamRecorder.on(channel);
      channel.end();
      await recorder.until((r) => r.calls.includes('flushed'));
      assert.equal(recorder.isClosed, false);
      peer.end();
      peer.resume();
      await recorder.untilClosed();
      assert.equal(recorder.broken, undefined);
    });

    test('paused before start: nothing comes until resume, then everything', async () => {
      const { channel, peer } = await open();
      channel.pause();
      const recorder = StreamRecorder.on(channel);
      peer.end('early bytes');
      await once(peer, 'finish');
      await turn();
      await turn();
      assert.deepEqual(recorder.calls, []);
      channel.resume();
      await recorder.until((r) => r.calls.includes('end'));
      assert.equal(recorder.text, 'early bytes');
      channel.reset('done');
      await recorder.untilClosed();
    });

    test('pause stops the peer, with one slab at most; resume brings every byte', async () => {
      const { channel, peer, pool } = await open();
      const bytes = randomBytes(8_000_000);
      const recorder = StreamRecorder.on(channel);
      let stops = 0;
      recorder.onData = () => {
        stops += 1;
        channel.pause();
        const seen = recorder.bytes;
        void turn().then(() => {
          assert.equal(recorder.bytes, seen, 'nothing while paused');
          assert.ok(pool.inUse <= 1);
          channel.resume();
        });
      };
      peer.end(bytes);
      await recorder.until((r) => r.calls.includes('end'));
      assert.ok(Buffer.concat(recorder.chunks).equals(bytes));
      assert.ok(stops > 1);
      channel.end();
      peer.resume();
      await recorder.untilClosed();
    });

    test('write answers false when the kernel is full, drain follows, all of it arrives', async () => {
      const { channel, peer } = await open();
      const recorder = StreamRecorder.on(channel);
      const chunk = randomBytes(200_000);
      let written = 0;
      while (channel.write(Buffer.from(chunk))) written += 1;
      written += 1;
      let heard = 0;
      listen(peer, (part) => (heard += part.length));
      await recorder.until((r) => r.calls.includes('drain'));
      channel.end();
      await once(peer, 'end');
      assert.equal(heard, written * chunk.length);
      assert.deepEqual(recorder.calls, ['drain', 'flushed']);
      peer.end();
      await recorder.untilClosed();
    });

    test('a large write that the kernel takes at once is no reason to stop', async () => {
      const { channel, peer } = await open();
      const recorder = StreamRecorder.on(channel);
      peer.resume();
      // Node tells one turn later that the kernel has what was encrypted.
      const isTls = kind.includes('TLS');
      assert.equal(channel.write(Buffer.alloc(100_000)), !isTls);
      await turn();
      assert.deepEqual(recorder.calls, isTls ? ['drain'] : []);
      channel.reset('done');
      await recorder.untilClosed();
    });

    test('an error before start is told by closed', async () => {
      const { channel, peer, pool } = await open();
      channel.write(Buffer.alloc(10));
      peer.resetAndDestroy();
      await once(peer, 'close');
      const recorder = StreamRecorder.on(channel);
      await recorder.untilClosed();
      assert.equal(recorder.broken?.code, 'ECONNRESET');
      assert.equal(pool.inUse, 0);
    });

    test('a consumer that borrows gets leases, one that does not keeps its chunks', async () => {
      const { channel, peer, pool } = await open();
      const isPooled = kind.endsWith('slabs');
      const recorder = new Borrower();
      channel.start(recorder);
      peer.end('on loan');
      await recorder.until((r) => r.calls.includes('end'));
      assert.equal(recorder.lent > 0, isPooled);
      assert.equal(recorder.text, 'on loan');
      channel.end();
      await recorder.untilClosed();
      peer.destroy();
      assert.equal(pool.inUse, 0);
    });

    test('leases written come back, whether the bytes are sent or given up', async () => {
      for (const end of ['sent', 'reset', 'cut'] as const) {
        const { channel, peer, pool } = await open();
        const recorder = StreamRecorder.on(channel);
        let written = 0;
        for (let more = true; more || written < 50; written += 1) {
          const slab = pool.take();
          slab.bytes.fill(1);
          more = channel.write(slab.bytes, slab);
          slab.release();
        }
        let heard = 0;
        let spoilt = false;
        listen(peer, (part) => {
          heard += part.length;
          spoilt ||= part.some((byte) => byte !== 1);
        });
        if (end === 'sent') {
          channel.end();
          await once(peer, 'end');
          assert.equal(heard, written * 64 * 1024);
          assert.equal(spoilt, false);
          peer.end();
        } else if (end === 'reset') {
          channel.reset('given up');
        } else {
          peer.resetAndDestroy();
        }
        await recorder.untilClosed();
        assert.equal(pool.inUse, 0, end);
      }
    });
  });
}

describe('taking over an accepted connection', { timeout: 10_000 }, () => {
  test('bytes read before come first, in order', async () => {
    const { accepted, dialled } = await tcpPair();
    dialled.write('second ');
    accepted.resume();
    accepted.pause();
    await once(accepted, 'readable');
    const { socket, reads } = readIntoSlabs(accepted, Buffer.from('first '), poisonedPool());
    assert.ok(reads);
    const recorder = StreamRecorder.on(new SocketChannel(socket, { reads }));
    dialled.end('third');
    await recorder.until((r) => r.calls.includes('end'));
    assert.equal(recorder.text, 'first second third');
    socket.destroy();
    dialled.destroy();
  });

  test('an end that came before is told all the same', async () => {
    const { accepted, dialled } = await tcpPair();
    dialled.end('all of it');
    accepted.resume();
    accepted.pause();
    await once(accepted, 'readable');
    for (let i = 0; i < 20; i += 1) await turn();
    const { socket, reads } = readIntoSlabs(accepted, new Uint8Array(0), poisonedPool());
    const recorder = StreamRecorder.on(new SocketChannel(socket, { reads }));
    await recorder.until((r) => r.calls.includes('end'));
    assert.equal(recorder.text, 'all of it');
    socket.destroy();
    dialled.destroy();
  });

  test('the server no longer counts it, and closes while it lives', async () => {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const dialled = quiet(connect((server.address() as AddressInfo).port, '127.0.0.1'));
    const [accepted] = (await once(server, 'connection')) as [Socket];
    const { socket, reads } = readIntoSlabs(accepted, new Uint8Array(0), poisonedPool());
    server.close();
    await once(server, 'close');
    const recorder = StreamRecorder.on(new SocketChannel(socket, { reads }));
    dialled.write('still here');
    await recorder.until((r) => r.text === 'still here');
    assert.notEqual(socket.remoteAddress, undefined);
    socket.destroy();
    dialled.destroy();
  });

  test('where Node keeps no handle, or another one, the socket stays as it is', async () => {
    const { accepted, dialled } = await tcpPair();
    const handle = Object.getOwnPropertyDescriptor(accepted, '_handle');
    Object.defineProperty(accepted, '_handle', { value: {}, configurable: true });
    const { socket, reads } = readIntoSlabs(accepted, Buffer.from('head '), poisonedPool());
    assert.equal(socket, accepted);
    assert.equal(reads, undefined);
    if (handle === undefined) Reflect.deleteProperty(accepted, '_handle');
    else Object.defineProperty(accepted, '_handle', handle);
    const recorder = StreamRecorder.on(new SocketChannel(socket));
    dialled.end('body');
    await recorder.until((r) => r.calls.includes('end'));
    assert.equal(recorder.text, 'head body');
    socket.destroy();
    dialled.destroy();
  });
});
