import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { describe, test, type TestContext } from 'node:test';
import { connect, TLSSocket } from 'node:tls';
import type { CarrierSink } from '../../../shared/mux/carrier.ts';
import { readInto } from '../../../shared/net/slab-reads.ts';
import { WebSocketCarrier } from '../../../shared/net/websocket-carrier.ts';
import { testAuthority } from '../../support/certificates.ts';
import { tcpPair } from '../../support/tcp-pair.ts';
import { contextOf } from '../../support/tls-script.ts';
import { poisonedPool } from '../../support/websocket-pairs.ts';

const issued = await (await testAuthority()).issue({ names: ['relay.test'] });

async function tlsSockets(): Promise<{ client: TLSSocket; server: TLSSocket }> {
  const { accepted, dialled } = await tcpPair();
  const secureContext = contextOf(issued, 'TLSv1.3');
  const server = new TLSSocket(accepted, { isServer: true, secureContext });
  const client = connect({ socket: dialled, rejectUnauthorized: false });
  await Promise.all([once(server, 'secure'), once(client, 'secureConnect')]);
  return { client, server };
}

/** Two carriers over TLS; bytes read lie in slabs that are overwritten when they come back. */
async function carriers(t: TestContext) {
  const { client, server } = await tlsSockets();
  const pool = poisonedPool();
  const pair = {
    client: new WebSocketCarrier({ socket: client }, 'client', pool),
    server: new WebSocketCarrier({ socket: server }, 'server', pool),
  };
  t.after(() => {
    pair.client.terminate();
    pair.server.terminate();
  });
  return { ...pair, pool };
}

/** Sums up so many bytes, then resolves. Chunks that come late or altered show in the sum. */
function digestOf(carrier: WebSocketCarrier, bytes: number): Promise<string> {
  return new Promise((resolve) => {
    const hash = createHash('sha256');
    let left = bytes;
    const sink: CarrierSink = {
      bytes: (chunk) => {
        hash.update(chunk);
        left -= chunk.length;
        if (left === 0) resolve(hash.digest('hex'));
      },
      drain: () => {},
      closed: () => resolve('closed'),
    };
    carrier.start(sink);
  });
}

describe('a carrier over TLS', { timeout: 20_000 }, () => {
  test('brings every byte, in pieces of all sizes, both ways at once', async (t) => {
    const { client, server } = await carriers(t);
    const pieces = Array.from({ length: 400 }, (_, at) => randomBytes(1 + ((at * 7919) % 60_000)));
    const all = Buffer.concat(pieces);
    const expected = createHash('sha256').update(all).digest('hex');
    const seen = [digestOf(server, all.length), digestOf(client, all.length)];
    for (const piece of pieces) {
      for (const carrier of [client, server]) {
        carrier.send(Uint8Array.from(piece.subarray(0, 1)), Uint8Array.from(piece.subarray(1)));
      }
    }
    assert.deepEqual(await Promise.all(seen), [expected, expected]);
  });

  test('holds no more than a slab at rest', async (t) => {
    const { client, server, pool } = await carriers(t);
    const bytes = randomBytes(500_000);
    const seen = [digestOf(server, bytes.length + 1), digestOf(client, 1)];
    client.send(Buffer.alloc(1), Uint8Array.from(bytes));
    server.send(Buffer.alloc(1));
    await Promise.all(seen);
    assert.ok(pool.inUse <= 2, `${pool.inUse} slabs`);
  });

  test('tells that it was cut', async (t) => {
    const { client, server } = await carriers(t);
    const seen = digestOf(server, 1);
    client.terminate();
    assert.equal(await seen, 'closed');
  });

  test('is read into slabs by this Node', async (t) => {
    const { client, server } = await tlsSockets();
    t.after(() => {
      client.destroy();
      server.destroy();
    });
    const into = Buffer.alloc(64);
    const read = new Promise<number>((resolve) => {
      const callback = (bytes: number): boolean => {
        resolve(bytes);
        return true;
      };
      assert.equal(readInto(server, { buffer: () => into, callback }), true);
    });
    server.resume();
    client.write('into the buffer');
    assert.equal(into.subarray(0, await read).toString(), 'into the buffer');
    client.destroy();
    await once(client, 'close');
    assert.equal(readInto(client, { buffer: () => into, callback: () => true }), false);
  });
});
