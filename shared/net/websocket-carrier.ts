import { Buffer } from 'node:buffer';
import { randomFillSync } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Lease } from '../lease.ts';
import { WEB_SOCKET_LIMITS } from '../limits.ts';
import type { Carrier, CarrierSink } from '../mux/carrier.ts';
import { GatheredReads } from './gathered-reads.ts';
import { LeasedWrites } from './leased-writes.ts';
import { mask, maskOf, unmask } from './masking.ts';
import type { SlabPool } from './slab-pool.ts';
import { readInto, type ReadableSocket } from './slab-reads.ts';
import {
  CLOSE_CODE,
  MOST_HEADER_BYTES,
  OPCODE,
  WebSocketDecoder,
  WebSocketFault,
  decodeClose,
  encodeClose,
  encodeControl,
  writeFrameHeader,
} from './websocket-frames.ts';

/**
 * - `open`: frames go both ways. Left by a close frame in either direction, or the end of the connection.
 * - `closing`: our close frame was sent; the connection is to end, if need be by a time-out.
 * - `gone`: the connection is closed. Never left.
 */
type CarrierState = 'open' | 'closing' | 'gone';

/** Masking keys for a thousand frames, made at once. */
const KEY_POOL_BYTES = 4096;

/**
 * A WebSocket (RFC 6455) as a {@link Carrier}, from the moment its handshake is complete. One frame of
 * the multiplexer is one message; of messages that come, the boundaries are disregarded.
 */
export class WebSocketCarrier implements Carrier {
  readonly #socket: Socket;
  readonly #role: 'client' | 'server';
  readonly #writes: LeasedWrites;
  readonly #decoder: WebSocketDecoder;
  readonly #keys: Buffer | undefined;
  #keyAt = KEY_POOL_BYTES;
  #state: CarrierState = 'open';
  #sink: CarrierSink | undefined;
  #isReading = false;
  /** Where Node reads by itself, in small pieces: TLS. */
  readonly #gathered: GatheredReads | undefined;
  /** Whether that is done here, with what comes as `data`. */
  readonly #gathersData: boolean = false;
  /** Lease of the chunk being decoded. */
  #lease: Lease | undefined;
  #reason = '';
  #unansweredPing: Uint8Array | undefined;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param readable the connection below, owned by the carrier from here on
   * @param slabs what small reads are gathered in, if it is not read into slabs itself
   */
  constructor(readable: ReadableSocket, role: 'client' | 'server', slabs?: SlabPool) {
    const { socket, reads } = readable;
    this.#socket = socket;
    this.#role = role;
    this.#keys = role === 'client' ? Buffer.allocUnsafe(KEY_POOL_BYTES) : undefined;
    this.#writes = new LeasedWrites(socket);
    this.#decoder = new WebSocketDecoder(role, {
      payload: (bytes) => this.#received(bytes),
      control: (opcode, payload) => this.#control(opcode, payload),
    });
    reads?.start(
      (chunk, lease) => this.#push(chunk, lease),
      () => this.#decoder.missing,
    );
    if (reads === undefined && slabs !== undefined) {
      const push = (chunk: Uint8Array, lease: Lease): void => this.#push(chunk, lease);
      const gathered = new GatheredReads(slabs, push, () => gathered.flush());
      this.#gathered = gathered;
      this.#gathersData = !readInto(socket, {
        buffer: () => gathered.space(WEB_SOCKET_LIMITS.record),
        callback: (bytes) => {
          const isAlone = bytes < WEB_SOCKET_LIMITS.gathered && !gathered.waiting;
          gathered.filled(bytes);
          if (isAlone) gathered.flush();
          return true;
        },
      });
    }
    socket.on('error', (error) => {
      this.#reason ||= error.message;
    });
    socket.on('close', () => this.#gone());
  }

  start(sink: CarrierSink): void {
    this.#sink = sink;
    if (this.#state === 'gone') process.nextTick(() => sink.closed(this.#reason));
    else this.#read();
  }

  send(header: Uint8Array, payload?: Uint8Array, lease?: Lease): number {
    if (this.#state !== 'open') return 0;
    const key = this.#key();
    const head = Buffer.allocUnsafe(MOST_HEADER_BYTES + header.length);
    const length = header.length + (payload?.length ?? 0);
    const at = writeFrameHeader(head, OPCODE.binary, length, key);
    head.set(header, at);
    const end = at + header.length;
    if (key !== undefined) {
      mask(head.subarray(at, end), key, 0);
      if (payload !== undefined) mask(payload, key, header.length);
    }
    this.#socket.write(head.subarray(0, end));
    if (payload === undefined || payload.length === 0) return 0;
    this.#writes.write(payload, lease);
    return key === undefined ? 0 : maskOf(key, header.length);
  }

  restore(payload: Uint8Array, mask: number): void {
    unmask(payload, mask);
  }

  get backlog(): number {
    return this.#socket.writableLength;
  }

  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  close(code: number, reason: string): void {
    if (this.#state !== 'open') return;
    this.#reason ||= reason;
    this.#sendClose(encodeClose(code, reason));
    // The other end's close frame, or its end, must be heard also by a carrier that was never started.
    this.#read();
  }

  terminate(): void {
    this.#socket.destroy();
  }

  // Incoming.

  #read(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    const socket = this.#socket;
    socket.on('drain', () => {
      this.#answerPing();
      if (this.#state === 'open') this.#sink?.drain();
    });
    socket.on('end', () => {
      this.#gathered?.flush();
      this.#reason ||= 'the connection was cut';
      this.#hangUp();
    });
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.resume();
  }

  /** What is small and alone is taken at once: it is control, or the last of something. */
  #take(chunk: Buffer): void {
    const gathered = this.#gathersData ? this.#gathered : undefined;
    const isSmall = chunk.length < WEB_SOCKET_LIMITS.gathered && gathered?.waiting !== true;
    if (gathered === undefined || isSmall) this.#push(chunk, undefined);
    else gathered.push(chunk);
  }

  #push(chunk: Uint8Array, lease: Lease | undefined): void {
    this.#lease = lease;
    try {
      this.#decoder.push(chunk);
    } catch (error) {
      if (!(error instanceof WebSocketFault)) throw error;
      this.#reason ||= `the other end broke the WebSocket protocol: ${error.message}`;
      if (this.#state === 'open') this.#sendClose(encodeClose(error.closeCode, error.message));
      this.#hangUp();
    } finally {
      this.#lease = undefined;
    }
  }

  #received(bytes: Uint8Array): void {
    if (this.#state === 'open') this.#sink?.bytes(bytes, this.#lease);
  }

  #control(opcode: number, payload: Uint8Array): void {
    if (opcode === OPCODE.ping) {
      this.#unansweredPing = payload;
      if (this.#socket.writableLength < WEB_SOCKET_LIMITS.pongBacklog) this.#answerPing();
    } else if (opcode === OPCODE.close) {
      this.#closeCame(payload);
    }
  }

  #answerPing(): void {
    const ping = this.#unansweredPing;
    this.#unansweredPing = undefined;
    if (ping === undefined || this.#state !== 'open') return;
    this.#socket.write(encodeControl(OPCODE.pong, ping, this.#key()));
  }

  #closeCame(payload: Uint8Array): void {
    const { code, reason } = decodeClose(payload);
    this.#decoder.stop();
    this.#reason ||= reason || `closed with code ${code ?? 'none'}`;
    if (this.#state === 'open') {
      this.#sendClose(encodeClose(code ?? CLOSE_CODE.normal, ''));
    }
    // The server closes the connection; a client waits for that (§7.1.1).
    if (this.#role === 'server') this.#hangUp();
  }

  // The end.

  #sendClose(payload: Uint8Array): void {
    this.#state = 'closing';
    this.#socket.write(encodeControl(OPCODE.close, payload, this.#key()));
    this.#expectGone();
  }

  /** Ends our direction after what was sent. */
  #hangUp(): void {
    if (this.#state === 'open') this.#state = 'closing';
    this.#socket.end();
    this.#expectGone();
  }

  #expectGone(): void {
    this.#timer ??= setTimeout(() => this.#socket.destroy(), WEB_SOCKET_LIMITS.close);
  }

  #gone(): void {
    clearTimeout(this.#timer);
    this.#gathered?.close();
    this.#state = 'gone';
    this.#reason ||= 'the connection was cut';
    this.#sink?.closed(this.#reason);
  }

  /** A fresh key nobody can foresee for each frame (§5.3); none for a server. */
  #key(): Uint8Array | undefined {
    if (this.#keys === undefined) return undefined;
    if (this.#keyAt === KEY_POOL_BYTES) {
      randomFillSync(this.#keys);
      this.#keyAt = 0;
    }
    this.#keyAt += 4;
    return this.#keys.subarray(this.#keyAt - 4, this.#keyAt);
  }
}
