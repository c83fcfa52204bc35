import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Server } from 'node:net';

/** A run of ports that no other test of this machine gets while it is held. */
export interface PortBlock {
  readonly first: number;
  readonly last: number;
  /** Gives the block back. */
  release(): Promise<void>;
}

/** Ports are handed out in slots; a block is one or more slots in a row. */
const SLOT_PORTS = 16;
/** Below 32768, where Linux begins to give ports to outgoing connections. */
const FIRST_PORT = 10_240;
const SLOTS = (32_768 - FIRST_PORT) / SLOT_PORTS;
/** Slot n is taken by whoever listens on this port plus n, so that the block itself stays free. */
const FIRST_GUARD = FIRST_PORT - SLOTS;
const HOST = '127.0.0.1';

/**
 * Reserves `size` consecutive free ports, 1 to 1024. Other processes' tests see the reservation: it is a
 * listener per slot on a port apart, which the kernel gives back even if this process is killed.
 * @throws Error when no such block is free.
 */
export async function reservePortBlock(size: number): Promise<PortBlock> {
  const slots = Math.ceil(size / SLOT_PORTS);
  const start = Math.floor(Math.random() * SLOTS);
  for (let tried = 0; tried < SLOTS; tried += slots) {
    const slot = (start + tried) % SLOTS;
    if (slot + slots > SLOTS) continue;
    const block = await tryBlock(slot, slots, size);
    if (block !== undefined) return block;
  }
  throw new Error(`no ${size} free ports in a row below 32768`);
}

async function tryBlock(slot: number, slots: number, size: number): Promise<PortBlock | undefined> {
  const first = FIRST_PORT + slot * SLOT_PORTS;
  const guards = await listenOnAll(FIRST_GUARD + slot, slots);
  if (guards === undefined) return undefined;
  // A stranger may sit on a port of the block; he shows himself now.
  const probes = await listenOnAll(first, size);
  if (probes === undefined) {
    await closeAll(guards);
    return undefined;
  }
  await closeAll(probes);
  return { first, last: first + size - 1, release: () => closeAll(guards) };
}

async function listenOnAll(first: number, count: number): Promise<Server[] | undefined> {
  const ports = Array.from({ length: count }, (_, index) => first + index);
  const servers = await Promise.all(ports.map(tryListen));
  const open = servers.filter((server) => server !== undefined);
  if (open.length === count) return open;
  await closeAll(open);
  return undefined;
}

async function tryListen(port: number): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy());
  server.unref();
  try {
    server.listen({ host: HOST, port, exclusive: true });
    await once(server, 'listening');
    return server;
  } catch {
    return undefined;
  }
}

async function closeAll(servers: readonly Server[]): Promise<void> {
  await Promise.all(
    servers.map(async (server) => {
      server.close();
      await once(server, 'close');
    }),
  );
}
