import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { worthRetaining, type Lease } from '../lease.ts';

/** Writes to a socket of chunks that may be on loan: retained, or copied, until the kernel has them. */
export class LeasedWrites {
  readonly #socket: Socket;
  /** Leases of chunks not yet taken, in the order of the writes. */
  readonly #held: Lease[] = [];
  /** Node calls it once for each write, in order, also when the socket is destroyed. */
  readonly #taken = (): void => this.#held.shift()?.release();

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Leases held at present. */
  get held(): number {
    return this.#held.length;
  }

  write(chunk: Uint8Array, lease: Lease | undefined): void {
    if (lease === undefined) {
      this.#socket.write(chunk);
    } else if (worthRetaining(chunk, lease, this.#held.length)) {
      lease.retain();
      this.#held.push(lease);
      this.#socket.write(chunk, this.#taken);
    } else {
      this.#socket.write(Buffer.from(chunk));
    }
  }
}
