/**
 * A long line between programs: passes bytes on so many milliseconds after they came, as fast as they come.
 * TCP ends here on both sides, so only what speaks above it notices the distance.
 *
 *     delay-proxy.ts FIRST-PORT PORTS TARGET-PORT DELAY-MS
 *
 * Its ports lead to as many ports in a row; the delay holds for each direction.
 */
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { Lease } from '../../../shared/lease.ts';
import { SlabPool } from '../../../shared/net/slab-pool.ts';
import {
  connectIntoSlabs,
  readIntoSlabs,
  type ReadableSocket,
} from '../../../shared/net/slab-reads.ts';
import { answerQuestions } from './answering.ts';
import { READ_BYTES } from './bulk.ts';

const HOST = '127.0.0.1';
const [first = 0, ports = 1, target = 0, delayMs = 0] = process.argv.slice(2).map(Number);
/** Spare buffers for a gigabyte a second over a tenth of a second. */
const SPARE = 512;
/** Smaller pieces are copied, so that a line of text does not keep a whole buffer. */
const SMALL_BYTES = 16 * 1024;
/** On the way in one direction; more is not read before some has come out. */
const MOST_BYTES = 512 * 1024 * 1024;
const NOTHING = new Uint8Array();

const slabs = new SlabPool({ slab: READ_BYTES, spare: SPARE });

/** Something on its way: bytes, or the end. */
interface OnTheWay {
  readonly due: number;
  readonly bytes: Uint8Array | undefined;
  readonly lease: Lease | undefined;
}

/** One direction of a connection. */
class Direction {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #queue: OnTheWay[] = [];
  #next = 0;
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor({ socket, reads }: ReadableSocket, to: Socket) {
    this.#from = socket;
    this.#to = to;
    reads?.start((chunk, lease) => this.#enter(chunk, lease));
    socket.on('data', (chunk: Buffer) => this.#enter(chunk, undefined));
    socket.on('end', () => this.#push(undefined, undefined));
    socket.on('close', () => {
      if (!socket.readableEnded) to.destroy();
    });
    socket.resume();
  }

  #enter(chunk: Uint8Array, lease: Lease | undefined): void {
    this.#bytes += chunk.length;
    if (this.#bytes > MOST_BYTES) this.#from.pause();
    if (lease === undefined || chunk.length < SMALL_BYTES) {
      this.#push(lease === undefined ? chunk : Buffer.from(chunk), undefined);
      return;
    }
    lease.retain();
    this.#push(chunk, lease);
  }

  #push(bytes: Uint8Array | undefined, lease: Lease | undefined): void {
    this.#queue.push({ due: performance.now() + delayMs, bytes, lease });
    if (this.#timer === undefined) this.#wait(delayMs);
  }

  /** Everything that is due comes out. */
  #arrive(): void {
    this.#timer = undefined;
    const now = performance.now();
    let item = this.#queue[this.#next];
    while (item !== undefined && item.due <= now) {
      this.#leave(item);
      this.#next += 1;
      item = this.#queue[this.#next];
    }
    this.#queue.splice(0, this.#next);
    this.#next = 0;
    if (item !== undefined) this.#wait(item.due - now);
  }

  #wait(ms: number): void {
    this.#timer = setTimeout(() => this.#arrive(), ms);
  }

  #leave({ bytes, lease }: OnTheWay): void {
    if (bytes === undefined) {
      this.#to.end();
      return;
    }
    this.#to.write(bytes, () => {
      lease?.release();
      this.#bytes -= bytes.length;
      if (this.#from.isPaused() && this.#bytes < MOST_BYTES / 2) this.#from.resume();
    });
  }
}

function join(accepted: Socket, port: number): void {
  const near = readIntoSlabs(accepted, NOTHING, slabs);
  const far = connectIntoSlabs({ host: HOST, port, noDelay: true, allowHalfOpen: true }, slabs);
  for (const { socket } of [near, far]) socket.on('error', () => {});
  void new Direction(near, far.socket);
  void new Direction(far, near.socket);
}

for (let offset = 0; offset < ports; offset += 1) {
  const options = { allowHalfOpen: true, noDelay: true, pauseOnConnect: true };
  const server = createServer(options, (socket) => join(socket, target + offset));
  server.listen(first + offset, HOST);
  await once(server, 'listening');
}
answerQuestions({});
