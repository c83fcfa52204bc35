import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import type { Lease } from '../../../shared/lease.ts';
import { WebSocketCarrier } from '../../../shared/net/websocket-carrier.ts';
import {
  OPCODE,
  encodeClose,
  encodeControl,
  writeFrameHeader,
} from '../../../shared/net/websocket-frames.ts';
import { CarrierRecorder } from '../../support/carrier-recorder.ts';
import { linkSuite } from '../../support/link-suite.ts';
import {
  ownCarriers,
  ownClient,
  ownServer,
  poisonedPool,
  upgradedSockets,
} from '../../support/websocket-pairs.ts';
import { WsCarrier } from '../../support/ws-carrier.ts';

const OPTIONS = { timeout: 10_000 } as const;
const KEY = Buffer.from('abcd');

linkSuite('our WebSocket', () => ownCarriers());
linkSuite('our WebSocket read into slabs', () => ownCarriers(poisonedPool()));
linkSuite('our WebSocket read into small slabs', () => ownCarriers(poisonedPool(1000)));
linkSuite('our client and a ws server', async () => {
  const { own, other, otherSocket } = await ownClient(poisonedPool());
  return [own, new WsCarrier(other, otherSocket)];
});
linkSuite('a ws client and our server', async () => {
  const { own, other, otherSocket } = await ownServer(poisonedPool());
  return [new WsCarrier(other, otherSocket), own];
});

for (const role of ['client', 'server'] as const) {
  const against = role === 'client' ? ownClient : ownServer;
  describe(`our ${role} against ws`, OPTIONS, () => {
    test('our close code and reason arrive, and theirs come back as a close', async () => {
      const { own, other } = await against();
      const sink = CarrierRecorder.on(own);
      const closed = once(other, 'close');
      own.close(1008, 'not wanted');
      const [code, reason] = (await closed) as [number, Buffer];
      assert.deepEqual([code, reason.toString()], [1008, 'not wanted']);
      assert.equal((await sink.untilClosed()).reason, 'not wanted');
    });

    test('their close is answered with its code', async () => {
      const { own, other } = await against();
      const sink = CarrierRecorder.on(own);
      const closed = once(other, 'close');
      other.close(4321, 'enough');
      assert.equal(((await closed) as [number])[0], 4321);
      assert.equal((await sink.untilClosed()).reason, 'enough');
    });

    test('a carrier that was never started closes, too', async () => {
      const { own, other } = await against(poisonedPool());
      const closed = once(other, 'close');
      own.close(1008, 'no such tunnel');
      assert.equal(((await closed) as [number])[0], 1008);
    });

    test('fragments and empty messages are one run of bytes', async () => {
      const { own, other } = await against();
      const sink = CarrierRecorder.on(own);
      other.send('ab', { fin: false, binary: true });
      other.send('', { fin: false, binary: true });
      other.ping('between fragments');
      const answered = once(other, 'pong') as Promise<[Buffer]>;
      other.send('cd', { fin: true, binary: true });
      other.send(Buffer.alloc(0));
      other.send(Buffer.alloc(70_000, 'e'));
      await sink.until((s) => s.received.length === 70_004);
      assert.equal(sink.received.toString('latin1', 0, 6), 'abcdee');
      assert.equal((await answered)[0].toString(), 'between fragments');
      other.terminate();
      await sink.untilClosed();
    });

    test('text is refused with 1003', async () => {
      const { own, other } = await against();
      const sink = CarrierRecorder.on(own);
      const closed = once(other, 'close');
      other.send('text');
      assert.equal(((await closed) as [number])[0], 1003);
      assert.match((await sink.untilClosed()).reason ?? '', /messages are binary/);
    });

    test('a connection that is cut without a close frame is told', async () => {
      const { own, other } = await against();
      const sink = CarrierRecorder.on(own);
      other.terminate();
      await sink.untilClosed();
      assert.notEqual(sink.reason, '');
    });

    test('what is sent before close arrives before it', async () => {
      const { own, other } = await against();
      const parts: Buffer[] = [];
      other.on('message', (data) => parts.push(data as Buffer));
      const bytes = randomBytes(900_000);
      for (let i = 0; i < 10; i += 1) own.send(Buffer.from('h'), Buffer.from(bytes));
      own.close(1000, 'done');
      await once(other, 'close');
      const expected = Buffer.concat([Buffer.from('h'), bytes]);
      assert.equal(parts.length, 10);
      assert.ok(parts.every((part) => part.equals(expected)));
    });
  });
}

describe('a WebSocket carrier', OPTIONS, () => {
  /** Our carrier in a role, and the bare socket of its peer. */
  async function withRawPeer(role: 'client' | 'server') {
    const ends = await upgradedSockets();
    const own = new WebSocketCarrier({ socket: ends[role].socket }, role);
    const peer = ends[role === 'client' ? 'server' : 'client'].socket;
    const heard: Buffer[] = [];
    peer.on('data', (chunk: Buffer) => heard.push(chunk));
    peer.on('error', () => {});
    peer.on('end', () => peer.end());
    return { own, peer, heard };
  }

  test('a server refuses frames without a mask, a client frames with one', async () => {
    for (const role of ['server', 'client'] as const) {
      const { own, peer, heard } = await withRawPeer(role);
      const sink = CarrierRecorder.on(own);
      peer.write(encodeControl(OPCODE.ping, Buffer.alloc(0), role === 'client' ? KEY : undefined));
      await sink.untilClosed();
      assert.match(sink.reason ?? '', /masked/);
      assert.equal(Buffer.concat(heard)[0], 0x88, 'a close frame was sent');
      peer.destroy();
    }
  });

  test('pings are answered; a flood of them that is not read costs no memory', async () => {
    const { own, peer } = await withRawPeer('server');
    const sink = CarrierRecorder.on(own);
    peer.pause();
    const ping = encodeControl(OPCODE.ping, Buffer.alloc(125, 'p'), KEY);
    const flood = Buffer.concat(Array.from({ length: 1000 }, () => ping));
    // Until the peer itself cannot send any more: far more than our kernel takes of answers.
    let most = 0;
    for (let round = 0; round < 100; round += 1) {
      if (!peer.write(flood)) await once(peer, 'drain');
      most = Math.max(most, own.backlog);
    }
    assert.ok(most < 200_000, `${most} bytes of pongs wait`);
    own.terminate();
    await sink.untilClosed();
    peer.destroy();
  });

  test('the close handshake is not waited for without end', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { own, peer } = await withRawPeer('server');
    const sink = CarrierRecorder.on(own);
    own.close(1000, 'bye');
    await once(peer, 'data');
    t.mock.timers.tick(5_000);
    await sink.untilClosed();
    assert.equal(sink.reason, 'bye');
    peer.destroy();
  });

  test('bytes after our close are not delivered', async () => {
    const { own, peer } = await withRawPeer('client');
    const sink = CarrierRecorder.on(own);
    own.close(1000, 'bye');
    const frame = Buffer.alloc(3);
    writeFrameHeader(frame, OPCODE.binary, 1, undefined);
    peer.write(
      Buffer.concat([frame, encodeControl(OPCODE.close, encodeClose(1000, ''), undefined)]),
    );
    peer.end();
    await sink.untilClosed();
    assert.equal(sink.received.length, 0);
  });

  test('leases are held until the kernel has the bytes, and given back however it ends', async () => {
    for (const end of ['drained', 'terminated', 'cut'] as const) {
      const pool = poisonedPool();
      const { own, peer, heard } = await withRawPeer('client');
      const sink = CarrierRecorder.on(own);
      if (end !== 'drained') peer.pause();
      const expected: Buffer[] = [];
      while (own.backlog < 4_000_000) {
        const slab = pool.take();
        slab.bytes.fill(expected.length);
        expected.push(Buffer.from(slab.bytes));
        const lease: Lease = slab;
        own.send(Buffer.from('h'), slab.bytes, lease);
        slab.release();
      }
      assert.ok(pool.inUse > 0);
      if (end === 'drained') {
        await sink.until(() => own.backlog === 0);
        own.close(1000, '');
        peer.end();
        await once(peer, 'end');
      } else if (end === 'terminated') {
        own.terminate();
      } else {
        peer.resetAndDestroy();
      }
      await sink.untilClosed();
      assert.equal(pool.inUse, 0, end);
      if (end === 'drained') assert.ok(unmasked(Buffer.concat(heard), expected), 'sent unspoilt');
      peer.destroy();
    }
  });
});

/** Whether the bytes on the wire are frames with these payloads, each behind an `h`. */
function unmasked(wire: Buffer, payloads: readonly Buffer[]): boolean {
  let at = 0;
  return payloads.every((payload) => {
    const key = wire.subarray(at + 10, at + 14);
    const body = wire.subarray(at + 14, at + 15 + payload.length);
    at += 15 + payload.length;
    const plain = Buffer.from(body.map((byte, i) => byte ^ (key[i & 3] ?? 0)));
    return plain.equals(Buffer.concat([Buffer.from('h'), payload]));
  });
}
