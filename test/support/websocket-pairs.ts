/** Two ends of a WebSocket on loopback, each ours or package `ws`, for the suites of links and carriers. */
import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { SlabPool } from '../../shared/net/slab-pool.ts';
import { readIntoSlabs, type ReadableSocket } from '../../shared/net/slab-reads.ts';
import { WebSocketCarrier } from '../../shared/net/websocket-carrier.ts';
import { answer101, faultOfAnswer, requestHeaders } from '../../shared/net/websocket-handshake.ts';
import { WS_OPTIONS } from './ws-carrier.ts';

const SUBPROTOCOL = 'test.v1';

/** A pool whose slabs are overwritten when they come back. */
export function poisonedPool(slab = 64 * 1024): SlabPool {
  return new SlabPool({ slab, spare: 4 }, { poison: true });
}

/** Sockets joined by a handshake of which both halves are ours. */
export async function upgradedSockets(): Promise<{
  client: { socket: Socket; head: Buffer };
  server: { socket: Socket; head: Buffer };
}> {
  const http = createServer();
  const accepted = new Promise<{ socket: Socket; head: Buffer }>((resolve) => {
    http.on('upgrade', (incoming, socket, head) => {
      socket.write(answer101(incoming.headers, SUBPROTOCOL));
      resolve({ socket: socket as Socket, head });
    });
  });
  const port = await listening(http);
  const client = await dial(port);
  const server = await accepted;
  http.close();
  return { client, server };
}

/** Our carrier at both ends. @param pool undefined for sockets that are read as Node does */
export async function ownCarriers(
  pool?: SlabPool,
): Promise<readonly [WebSocketCarrier, WebSocketCarrier]> {
  const { client, server } = await upgradedSockets();
  return [carrierOn(client, 'client', pool), carrierOn(server, 'server', pool)];
}

/** Our carrier as the client of a `ws` server. */
export async function ownClient(
  pool?: SlabPool,
): Promise<{ own: WebSocketCarrier; other: WebSocket; otherSocket: Socket }> {
  const http = createServer();
  const wss = new WebSocketServer({ server: http, ...WS_OPTIONS });
  const accepted = once(wss, 'connection') as Promise<[WebSocket, IncomingMessage]>;
  const port = await listening(http);
  const client = await dial(port);
  const [other, incoming] = await accepted;
  http.close();
  return { own: carrierOn(client, 'client', pool), other, otherSocket: incoming.socket };
}

/** Our carrier as the server of a `ws` client. */
export async function ownServer(
  pool?: SlabPool,
): Promise<{ own: WebSocketCarrier; other: WebSocket; otherSocket: Socket }> {
  const http = createServer();
  const accepted = new Promise<WebSocketCarrier>((resolve) => {
    http.on('upgrade', (incoming, socket, head) => {
      socket.write(answer101(incoming.headers, SUBPROTOCOL));
      resolve(carrierOn({ socket: socket as Socket, head }, 'server', pool));
    });
  });
  const port = await listening(http);
  const other = new WebSocket(`ws://127.0.0.1:${port}`, [SUBPROTOCOL], WS_OPTIONS);
  const upgrade = once(other, 'upgrade') as Promise<[IncomingMessage]>;
  await once(other, 'open');
  const [answer] = await upgrade;
  http.close();
  return { own: await accepted, other, otherSocket: answer.socket };
}

function carrierOn(
  end: { socket: Socket; head: Buffer },
  role: 'client' | 'server',
  pool: SlabPool | undefined,
): WebSocketCarrier {
  if (pool !== undefined) {
    return new WebSocketCarrier(readIntoSlabs(end.socket, end.head, pool, 'carrier'), role);
  }
  if (end.head.length > 0) end.socket.unshift(end.head);
  const readable: ReadableSocket = { socket: end.socket };
  return new WebSocketCarrier(readable, role);
}

async function listening(http: ReturnType<typeof createServer>): Promise<number> {
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return (http.address() as AddressInfo).port;
}

/** Our half of the handshake as the client. @throws Error if the answer is no agreement to it */
async function dial(port: number): Promise<{ socket: Socket; head: Buffer }> {
  const { key, headers } = requestHeaders(SUBPROTOCOL);
  const asking = request({ host: '127.0.0.1', port, headers, agent: false }).end();
  const [answer, socket, head] = (await once(asking, 'upgrade')) as [
    IncomingMessage,
    Socket,
    Buffer,
  ];
  const fault = faultOfAnswer(answer.headers, key, SUBPROTOCOL);
  if (fault !== undefined) throw new Error(fault);
  return { socket, head };
}
