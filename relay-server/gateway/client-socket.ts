import type { Socket } from 'node:net';
import type { Channel } from '../../shared/channel.ts';
import type { ClientConnection, OpenTerms } from '../../shared/gateway/sides.ts';
import type { SlabPool } from '../../shared/net/slab-pool.ts';
import { readIntoSlabs } from '../../shared/net/slab-reads.ts';
import { SocketChannel } from '../../shared/net/socket-channel.ts';
import type { SessionTls } from './session-tls.ts';

const NOTHING: Uint8Array = new Uint8Array(0);

/** A client's data connection on a socket of this machine. Nothing is read from it until it is opened. */
export class ClientSocket implements ClientConnection {
  readonly #socket: Socket;
  readonly #head: Uint8Array;
  readonly #tls: SessionTls;
  readonly #slabs: SlabPool;

  /** @param head bytes that were read from it, and belong to its consumer */
  constructor(socket: Socket, tls: SessionTls, slabs: SlabPool, head = NOTHING) {
    this.#socket = socket;
    this.#tls = tls;
    this.#slabs = slabs;
    this.#head = head;
    // Whoever opens it finds a connection that broke meanwhile closed.
    socket.on('error', () => {});
  }

  open(terms: OpenTerms): Channel {
    if (terms.protection === 'private') {
      if (this.#head.length > 0) this.#socket.unshift(this.#head);
      return this.#tls.data(this.#socket, terms, this.#slabs);
    }
    const readable = readIntoSlabs(this.#socket, this.#head, this.#slabs);
    return new SocketChannel(readable.socket, readable);
  }

  reset(): void {
    this.#socket.resetAndDestroy();
  }
}
