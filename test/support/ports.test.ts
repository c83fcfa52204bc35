import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { it } from 'node:test';
import { reservePortBlock } from './ports.ts';
import type { PortBlock } from './ports.ts';

function portsOf(block: PortBlock): number[] {
  return Array.from({ length: block.last - block.first + 1 }, (_, index) => block.first + index);
}

it('hands out no port twice while it is held', async () => {
  const sizes = [1, 16, 17, 64, 300, 5, 33, 80, 1, 1];
  const blocks = await Promise.all(sizes.map(reservePortBlock));
  const all = blocks.flatMap(portsOf);
  assert.equal(
    all.length,
    sizes.reduce((sum, size) => sum + size),
  );
  assert.equal(new Set(all).size, all.length);
  assert.ok(all.every((port) => port >= 10_240 && port < 32_768));
  await Promise.all(blocks.map((block) => block.release()));
});

it('leaves every port of the block free to listen on', async () => {
  const block = await reservePortBlock(20);
  const servers = portsOf(block).map((port) => createServer().listen(port, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  for (const server of servers) server.close();
  await block.release();
});
