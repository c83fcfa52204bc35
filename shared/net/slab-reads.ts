import type { Buffer } from 'node:buffer';
import { Socket, connect, type NetConnectOpts, type OnReadOpts } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Lease } from '../lease.ts';
import type { Slab, SlabPool } from './slab-pool.ts';

/**
 * What a socket is: a carrier, or a data connection. What is read of the latter goes on in one frame, and a
 * frame is to fit into one read at the other end: two halves would be two writes there.
 */
export type ReadFrom = 'carrier' | 'data';

/** Bytes of the longest WebSocket header and of a frame's own. */
const FRAME_OVERHEAD = 32;

/**
 * Reads of one socket into slabs of a pool: one slab belongs to the socket, and is replaced only if
 * somebody retained what was read. {@link SlabReads.onread} goes into the options of the socket; Node
 * then emits no `data`, except for what is put back with `unshift`.
 */
export class SlabReads {
  readonly #pool: SlabPool;
  readonly #most: number;
  #slab: Slab | undefined;
  #receive: ((chunk: Uint8Array, lease: Lease) => void) | undefined;
  #missing: (() => number) | undefined;
  /** Option of `net.connect` and `new Socket`. */
  readonly onread: OnReadOpts = {
    buffer: () => this.#vacant().bytes.subarray(0, this.#wanted()),
    callback: (size) => {
      this.#read(size);
      return true;
    },
  };

  constructor(pool: SlabPool, source: ReadFrom) {
    this.#pool = pool;
    this.#most = source === 'carrier' ? pool.slabBytes : pool.slabBytes - FRAME_OVERHEAD;
  }

  /**
   * Delivers reads from here on; to be called before the socket reads.
   * @param missing bytes of what has come in part; the next read ends there, and what follows begins a read
   */
  start(receive: (chunk: Uint8Array, lease: Lease) => void, missing?: () => number): void {
    this.#receive = receive;
    this.#missing = missing;
  }

  /** Gives the slab back; the socket reads no more. */
  close(): void {
    this.#receive = undefined;
    this.#slab?.release();
    this.#slab = undefined;
  }

  #wanted(): number {
    const missing = this.#missing?.() ?? 0;
    return missing > 0 && missing < this.#most ? missing : this.#most;
  }

  #read(size: number): void {
    const slab = this.#slab;
    if (slab !== undefined) this.#receive?.(slab.bytes.subarray(0, size), slab);
  }

  #vacant(): Slab {
    if (this.#slab?.sole === true) return this.#slab;
    this.#slab?.release();
    this.#slab = this.#pool.take();
    return this.#slab;
  }
}

/** A socket, and how it is read: into slabs, or as Node does by itself. */
export interface ReadableSocket {
  readonly socket: Socket;
  readonly reads?: SlabReads | undefined;
}

/** An outgoing data connection, read into slabs. It reads nothing before it is told to. */
export function connectIntoSlabs(options: NetConnectOpts, pool: SlabPool): ReadableSocket {
  const reads = new SlabReads(pool, 'data');
  const socket = connect({ ...options, onread: reads.onread });
  socket.once('close', () => reads.close());
  return { socket, reads };
}

/** What Node keeps to itself of a socket; optional, as another version may have it otherwise. */
interface Internals {
  _handle?: { readStop?: () => number; useUserBuffer?: unknown; reading?: boolean } | null;
}

/**
 * A connection that a server accepted, read into slabs from here on. Node offers that for outgoing
 * connections only, so this takes the connection out of its socket and puts it into a new one, half-open
 * ends allowed. Where that cannot be (TLS, another Node, an end or error already seen) the socket
 * comes back as it is. Bytes it has read already are delivered first, in both cases.
 *
 * The new socket is no longer counted by the server: `server.close` does not wait for it.
 * @param head bytes that were read from the connection and belong to its consumer
 */
export function readIntoSlabs(
  socket: Socket,
  head: Uint8Array,
  pool: SlabPool,
  source: ReadFrom = 'data',
): ReadableSocket {
  const handle = handleOf(socket);
  if (handle === undefined) {
    if (head.length > 0) socket.unshift(head);
    return { socket };
  }
  handle.readStop?.();
  handle.reading = false;
  const early: Uint8Array[] = [head];
  for (let more = takeRead(socket); more !== null; more = takeRead(socket)) early.push(more);
  // From here on the old socket has no connection, and its end is none.
  (socket as unknown as Internals)._handle = null;
  socket.destroy();
  const reads = new SlabReads(pool, source);
  // `handle` and `manualStart` are what net.Server itself passes; the types do not list them.
  const options = { handle, onread: reads.onread, allowHalfOpen: true, manualStart: true };
  const reopened = new Socket(options as unknown as ConstructorParameters<typeof Socket>[0]);
  reopened.once('close', () => reads.close());
  const first = early.filter((chunk) => chunk.length > 0);
  for (const chunk of first.toReversed()) reopened.unshift(chunk);
  return { socket: reopened, reads };
}

/**
 * Has what a socket receives from here on put into buffers of one's own, where the socket cannot be replaced:
 * TLS. Node offers that for sockets it makes itself only; here it is told of a socket that exists. What was
 * read before still comes as `data`.
 * @param onread `buffer` must be a function
 * @returns false where that cannot be: then everything comes as `data`
 */
export function readInto(
  socket: Socket,
  onread: OnReadOpts & { buffer: () => Uint8Array },
): boolean {
  const { _handle: handle } = socket as unknown as Internals;
  if (socket.destroyed || typeof handle?.useUserBuffer !== 'function') return false;
  const model = new Socket({ onread });
  const keys = Object.getOwnPropertySymbols(model).filter(({ description = '' }) =>
    USER_BUFFER_KEYS.has(description),
  );
  if (keys.length < USER_BUFFER_KEYS.size) return false;
  for (const key of keys) Object.assign(socket, { [key]: Reflect.get(model, key) as unknown });
  Reflect.apply(handle.useUserBuffer, handle, [onread.buffer()]);
  return true;
}

/** What Node keeps of the option `onread`. */
const USER_BUFFER_KEYS: ReadonlySet<string> = new Set(['kBuffer', 'kBufferCb', 'kBufferGen']);

/** The handle, if this socket is in a state in which it can change hands. */
function handleOf(socket: Socket): NonNullable<Internals['_handle']> | undefined {
  if (socket instanceof TLSSocket || socket.constructor !== Socket) return undefined;
  const isIdle = socket.writableLength === 0 && !socket.writableEnded && !socket.connecting;
  if (socket.destroyed || !socket.readable || !isIdle) return undefined;
  const handle = (socket as unknown as Internals)._handle;
  const isKnown =
    typeof handle?.readStop === 'function' && typeof handle.useUserBuffer === 'function';
  return isKnown ? handle : undefined;
}

function takeRead(socket: Socket): Buffer | null {
  return socket.readableLength === 0 ? null : (socket.read() as Buffer | null);
}
