import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';

/**
 * Tells a TLS connection that its peer ended with close_notify from one that only its TCP connection ended,
 * which anybody on the way can do to cut a file short (RFC 8446 §6.1). Node shows both as the same end.
 *
 * So the end of the TCP connection is kept from TLS: if TLS ends all the same, it was told to by its peer.
 * If everything that came has been read and it has not ended, the connection is broken.
 */
export class CloseWatch {
  /** What TLS is spoken on in place of the socket. */
  readonly stream: Duplex;
  readonly #below: Socket;
  #socket: TLSSocket | undefined;
  #belowEnded = false;
  #ended = false;

  constructor(below: Socket) {
    this.#below = below;
    this.stream = new Duplex({
      read: () => void below.resume(),
      write: (chunk: Buffer, _encoding, done) => void below.write(chunk, done),
      final: (done) => void below.end(done),
      destroy: (error, done) => {
        below.destroy();
        done(error);
      },
    });
    below.on('data', (chunk) => {
      if (!this.stream.push(chunk)) below.pause();
    });
    below.on('end', () => {
      this.#belowEnded = true;
      this.check();
    });
    below.on('error', (error) => this.stream.destroy(error));
    below.on('close', () => {
      if (!this.#belowEnded) this.stream.destroy();
    });
  }

  /** The handshake is over. */
  secured(socket: TLSSocket): void {
    this.#socket = socket;
    socket.once('end', () => {
      this.#ended = true;
      this.stream.push(null);
    });
    this.check();
  }

  /** To be called when something was read: nothing may be left by now. */
  check(): void {
    if (!this.#belowEnded || this.#ended) return;
    // Node tells an end one turn after the last byte was read.
    setImmediate(() => {
      const socket = this.#socket;
      if (this.#ended || this.stream.readableLength > 0 || (socket?.readableLength ?? 0) > 0)
        return;
      this.#below.resetAndDestroy();
      const message = 'the TLS connection was cut: it ended without close_notify';
      const error = Object.assign(new Error(message), { code: 'ERR_TLS_TRUNCATED' });
      (socket ?? this.stream).destroy(error);
    });
  }
}
