/** The data connections of `ftp-server.ts`, in a thread of their own. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { SlabPool } from '../../../shared/net/slab-pool.ts';
import { readIntoSlabs } from '../../../shared/net/slab-reads.ts';
import { CHUNK, READ_BYTES, writeAll } from './bulk.ts';

/** What to do at a data port; neither field: reset what is there, forget it, and say that it is clear. */
export interface DataOrder {
  readonly port: number;
  /** Bytes to send. */
  readonly send?: number;
  /** Count what comes until its end. */
  readonly receive?: true;
}

/** What became of an order to send or receive, in bytes. */
export interface DataOutcome {
  readonly port: number;
  readonly sent: number;
  readonly received: number;
  readonly broken: boolean;
}

/** Nothing is left at a data port. */
export interface PortClear {
  readonly port: number;
  readonly clear: true;
}

interface Place {
  socket?: Socket;
  order?: DataOrder;
}

const NOTHING = new Uint8Array();
const { host, firstPort, ports } = workerData as { host: string; firstPort: number; ports: number };
const slabs = new SlabPool({ slab: READ_BYTES, spare: ports });
const places = new Map<number, Place>();

function placeAt(port: number): Place {
  const place = places.get(port) ?? {};
  places.set(port, place);
  return place;
}

/** Whichever of connection and order comes last begins the transfer. */
function begin(port: number): void {
  const { socket, order } = placeAt(port);
  if (socket === undefined || order === undefined) return;
  places.set(port, { socket });
  if (order.send === undefined) receive(port, socket);
  else void send(port, socket, order.send);
}

async function send(port: number, socket: Socket, bytes: number): Promise<void> {
  const sent = await writeAll(socket, CHUNK, bytes);
  if (sent === bytes) {
    socket.end();
    await once(socket, 'finish').catch(() => {});
  }
  const broken = sent < bytes || socket.errored !== null;
  socket.resume();
  tell(socket, { port, sent, received: 0, broken });
}

function receive(port: number, accepted: Socket): void {
  let received = 0;
  const { socket, reads } = readIntoSlabs(accepted, NOTHING, slabs);
  const count = (chunk: Uint8Array): void => {
    received += chunk.length;
  };
  places.set(port, { socket });
  reads?.start(count);
  socket.on('data', count);
  socket.on('error', () => {});
  socket.once('close', () => {
    tell(socket, { port, sent: 0, received, broken: !socket.readableEnded });
  });
  socket.once('end', () => socket.end());
  socket.resume();
}

/** A connection that was forgotten meanwhile interests nobody. */
function tell(socket: Socket, outcome: DataOutcome): void {
  if (places.get(outcome.port)?.socket !== socket) return;
  places.delete(outcome.port);
  parentPort?.postMessage(outcome, []);
}

function forget(port: number): void {
  placeAt(port).socket?.resetAndDestroy();
  places.delete(port);
}

parentPort?.on('message', (order: DataOrder) => {
  if (order.send === undefined && order.receive === undefined) {
    forget(order.port);
    parentPort?.postMessage({ port: order.port, clear: true } satisfies PortClear, []);
    return;
  }
  placeAt(order.port).order = order;
  begin(order.port);
});

for (let port = firstPort; port < firstPort + ports; port += 1) {
  const options = { allowHalfOpen: true, noDelay: true, pauseOnConnect: true };
  const server = createServer(options, (socket) => {
    socket.on('error', () => {});
    const place = placeAt(port);
    place.socket?.resetAndDestroy();
    place.socket = socket;
    begin(port);
  });
  server.listen(port, host);
  await once(server, 'listening');
}
parentPort?.postMessage('listening', []);
