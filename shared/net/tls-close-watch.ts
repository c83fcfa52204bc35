import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Lease } from '../lease.ts';
import type { SlabReads } from './slab-reads.ts';

export interface CloseWatchOptions {
  /** An end without close_notify breaks the connection; otherwise it is told, and an end like any other. */
  readonly strict: boolean;
  /** The peer ended without close_notify. */
  readonly unclosed: () => void;
  /** How the socket is read, if it was opened to be read into slabs. */
  readonly reads?: SlabReads | undefined;
}

/**
 * Tells a TLS connection that its peer ended with close_notify from one that only its TCP connection ended,
 * which anybody on the way can do to cut a file short (RFC 8446 §6.1). Node shows both as the same end.
 *
 * So the end of the TCP connection is kept from TLS: if TLS ends all the same, its peer said so, and what
 * becomes of the TCP connection then means nothing any more. If everything that came was read and it has
 * not ended, its peer said nothing.
 */
export class CloseWatch {
  /** What TLS is spoken on in place of the socket. */
  readonly stream: Duplex;
  readonly #below: Socket;
  readonly #options: CloseWatchOptions;
  /** Holds on what TLS has not taken yet, with where each ends in all that was passed. */
  readonly #held: { lease: Lease; end: number }[] = [];
  #passed = 0;
  #socket: TLSSocket | undefined;
  #state: 'open' | 'below-ended' | 'ended' = 'open';

  constructor(below: Socket, options: CloseWatchOptions) {
    this.#below = below;
    this.#options = options;
    this.stream = new Duplex({
      read: () => {
        this.#letGoOfTaken();
        below.resume();
      },
      write: (chunk: Buffer, _encoding, done) => void below.write(chunk, done),
      final: (done) => void below.end(done),
      destroy: (error, done) => {
        this.#letGo(Infinity);
        below.destroy();
        done(error);
      },
    });
    options.reads?.start((chunk, lease) => {
      lease.retain();
      this.#held.push({ lease, end: this.#passed + chunk.length });
      this.#pass(chunk);
    });
    below.on('data', (chunk) => this.#pass(chunk));
    below.on('end', () => {
      if (this.#state === 'open') this.#state = 'below-ended';
      this.check();
    });
    // Whoever closes before he has read our tickets resets the connection behind his close_notify.
    below.on('error', (error) => {
      if (this.#state !== 'ended') this.stream.destroy(error);
    });
    below.on('close', () => {
      if (this.#state === 'open') this.stream.destroy();
      // TLS sees nothing of it unless it has something to send.
      else if (this.#socket?.writableEnded === false) this.#socket.destroy();
    });
  }

  #pass(chunk: Uint8Array): void {
    this.#passed += chunk.length;
    if (!this.stream.push(chunk)) this.#below.pause();
    this.#letGoOfTaken();
  }

  /** TLS copies what it is given; what waits in the stream it has not taken yet. */
  #letGoOfTaken(): void {
    this.#letGo(this.#passed - this.stream.readableLength);
  }

  #letGo(end: number): void {
    while (this.#held[0] !== undefined && this.#held[0].end <= end)
      this.#held.shift()?.lease.release();
  }

  /** The handshake is over. */
  secured(socket: TLSSocket): void {
    this.#socket = socket;
    socket.once('end', () => this.#end());
    this.check();
  }

  /** To be called when something was read: nothing may be left by now. */
  check(): void {
    if (this.#state !== 'below-ended') return;
    // Node tells an end one turn after the last byte was read.
    setImmediate(() => {
      const left = this.stream.readableLength + (this.#socket?.readableLength ?? 0);
      if (this.#state === 'below-ended' && left === 0) this.#unclosed();
    });
  }

  #unclosed(): void {
    const { strict, unclosed } = this.#options;
    const socket = this.#socket;
    if (socket !== undefined) unclosed();
    if (socket !== undefined && !strict) {
      this.#end();
      return;
    }
    this.#below.resetAndDestroy();
    const message =
      'the TLS connection ended without close_notify: it may have been cut on the way';
    (socket ?? this.stream).destroy(
      Object.assign(new Error(message), { code: 'ERR_TLS_TRUNCATED' }),
    );
  }

  #end(): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.stream.push(null);
  }
}
