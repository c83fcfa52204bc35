/** Bytes on loan all the way: socket, link, WebSocket, link, socket, as in relay and agent. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Channel } from '../../../shared/channel.ts';
import { SpliceEnd } from '../../../shared/gateway/splice.ts';
import type { SlabPool } from '../../../shared/net/slab-pool.ts';
import { readIntoSlabs } from '../../../shared/net/slab-reads.ts';
import { SocketChannel } from '../../../shared/net/socket-channel.ts';
import { LinkEnd } from '../../support/link-suite.ts';
import { ownCarriers, poisonedPool } from '../../support/websocket-pairs.ts';

/** A socket of the test's own, and a channel read into slabs at its other end. */
async function edge(pool: SlabPool): Promise<{ outside: Socket; channel: Channel }> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const outside = connect({
    port: (server.address() as AddressInfo).port,
    host: '127.0.0.1',
    allowHalfOpen: true,
  });
  const [accepted] = (await once(server, 'connection')) as [Socket];
  server.close();
  outside.on('error', () => {});
  const { socket, reads } = readIntoSlabs(accepted, new Uint8Array(0), pool);
  return { outside, channel: new SocketChannel(socket, { reads }) };
}

/** Joins two channels; resolves when both are closed. */
function splice(a: Channel, b: Channel): Promise<unknown> {
  const watch = (channel: () => SpliceEnd) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const watcher = {
      ended: () => channel().finish(),
      flushed: () => {},
      moved: () => {},
      closed: (broken?: { reason: string }) => {
        if (broken !== undefined) channel().reset(broken.reason);
        resolve();
      },
    };
    return { promise, watcher };
  };
  const atA = watch(() => endB);
  const atB = watch(() => endA);
  const endA: SpliceEnd = new SpliceEnd(a, atA.watcher);
  const endB: SpliceEnd = new SpliceEnd(b, atB.watcher);
  SpliceEnd.join(endA, endB);
  return Promise.all([atA.promise, atB.promise]);
}

async function tunnel(pool: SlabPool, streams: number) {
  const [clientSide, serverSide] = await ownCarriers(pool);
  const agent = new LinkEnd('agent');
  const relay = new LinkEnd('relay');
  agent.link.attach(clientSide);
  relay.link.attach(serverSide);
  const paths = [];
  for (let i = 0; i < streams; i += 1) {
    const near = await edge(pool);
    const far = await edge(pool);
    const over = [
      splice(near.channel, relay.open('')),
      splice(await agent.accepted(i), far.channel),
    ];
    paths.push({ near: near.outside, far: far.outside, over: Promise.all(over) });
  }
  const close = async (): Promise<void> => {
    agent.link.close('done', 'test over');
    await Promise.all([agent, relay].map((end) => end.until(() => end.closes.length === 1)));
    for (let i = 0; i < 100 && pool.inUse > 0; i += 1) await turn();
    assert.equal(pool.inUse, 0, 'every slab came back');
  };
  return { paths, close };
}

/** Writes in pieces of changing size and ends. */
async function pour(socket: Socket, bytes: Buffer, sizes: readonly number[]): Promise<void> {
  for (let at = 0, n = 0; at < bytes.length; n += 1) {
    const size = sizes[n % sizes.length]!;
    if (!socket.write(bytes.subarray(at, at + size))) await once(socket, 'drain');
    at += size;
  }
  socket.end();
}

/** Hash of all a socket receives; a slow one stops after each chunk. */
async function drink(socket: Socket, slow: boolean): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    hash.update(chunk);
    if (slow) for (let i = 0; i < 3; i += 1) await turn();
  }
  return hash.digest('hex');
}

describe('bytes on loan from end to end', { timeout: 30_000 }, () => {
  for (const slab of [4096, 64 * 1024, 256 * 1024]) {
    test(`both ways at once, quick and slow readers, slabs of ${slab} bytes that are poisoned`, async () => {
      const pool = poisonedPool(slab);
      const { paths, close } = await tunnel(pool, 3);
      const bytes = randomBytes(6_000_000);
      const expected = createHash('sha256').update(bytes).digest('hex');
      const sizes = [70_000, 1, 300_000, 4097, 131_072, 17];
      const runs = paths.map(async ({ near, far, over }, i) => {
        const [up, down] = await Promise.all([
          drink(far, i === 0),
          drink(near, i === 1),
          pour(near, bytes, sizes),
          pour(far, bytes, sizes.toReversed()),
        ]);
        assert.equal(up, expected);
        assert.equal(down, expected);
        await over;
      });
      await Promise.all(runs);
      await close();
    });
  }

  test('breaks in the middle give every slab back', async () => {
    const pool = poisonedPool();
    const { paths, close } = await tunnel(pool, 3);
    const bytes = randomBytes(3_000_000);
    // Nobody reads, so that every queue between the two ends is full.
    for (const { near, far } of paths) {
      near.write(bytes);
      far.write(bytes);
    }
    for (let i = 0; i < 50; i += 1) await turn();
    assert.ok(pool.inUse > 3);
    paths[0]?.near.resetAndDestroy();
    await paths[0]?.over;
    paths[1]?.far.resetAndDestroy();
    await paths[1]?.over;
    await close();
    await paths[2]?.over;
    for (const { near, far } of paths) {
      near.destroy();
      far.destroy();
    }
    for (let i = 0; i < 100 && pool.inUse > 0; i += 1) await turn();
    assert.equal(pool.inUse, 0);
  });
});
