import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { ChannelDuplex, ChannelFault } from '../../../relay-server/doctor/channel-duplex.ts';
import { SocketChannel } from '../../../shared/net/socket-channel.ts';
import { tcpPairFor } from '../../support/tcp-pair.ts';

test('bytes and ends pass both ways, and what is written is not altered for its writer', async (t) => {
  const { dialled: near, accepted: far } = await tcpPairFor(t);
  const duplex = new ChannelDuplex(new SocketChannel(near));
  const content = Buffer.alloc(300_000, 7);
  duplex.end(content);
  let received = 0;
  far.on('data', (chunk: Buffer) => (received += chunk.length)).resume();
  await once(far, 'end');
  assert.equal(received, content.length);
  assert.ok(content.every((byte) => byte === 7));
  far.end('back');
  const said: Buffer[] = [];
  for await (const chunk of duplex as AsyncIterable<Buffer>) said.push(chunk);
  assert.equal(Buffer.concat(said).toString(), 'back');
});

test('a reset is an error that says who, and destroying resets the other end', async (t) => {
  const first = await tcpPairFor(t);
  const broken = new ChannelDuplex(new SocketChannel(first.dialled));
  const failure = once(broken, 'error');
  first.accepted.resetAndDestroy();
  const [error] = (await failure) as [unknown];
  assert.ok(error instanceof ChannelFault);
  assert.equal(error.broken.code, 'ECONNRESET');
  const second = await tcpPairFor(t);
  const given = new ChannelDuplex(new SocketChannel(second.dialled));
  second.accepted.resume();
  const reset = once(second.accepted, 'error');
  given.destroy();
  const [seen] = (await reset) as [NodeJS.ErrnoException];
  assert.equal(seen.code, 'ECONNRESET');
});
