import { createServer, type AddressInfo } from 'node:net';
import { canonicalAddress } from '../shared/net/address.ts';
import type { SlabPool } from '../shared/net/slab-pool.ts';
import { readIntoSlabs, type ReadableSocket } from '../shared/net/slab-reads.ts';

export interface ServerListenerOptions {
  /** Our address, by which the FTP server is reached. */
  host: string;
  /**
   * Whether the FTP server may connect from an address, which is canonical. A connection from any other is
   * reset, and the listening goes on.
   */
  from: (address: string) => boolean;
  /** What it is read into; undefined for a connection that is to speak TLS, from which nothing is read. */
  slabs: SlabPool | undefined;
}

/** What comes of it; `failed` is the last call, and so is `connected`. */
export interface ServerListenerOutcome {
  listening(port: number): void;
  connected(readable: ReadableSocket): void;
  failed(error: Error): void;
  /** Somebody else connected. */
  stranger(address: string): void;
}

const NOTHING_READ = new Uint8Array(0);

/**
 * Listens on a port of the system's choice for the one data connection of an FTP server in active mode.
 * @returns ends the listening. Idempotent; after `connected` it does nothing.
 */
export function listenForServer(
  options: ServerListenerOptions,
  outcome: ServerListenerOutcome,
): () => void {
  const { host, from, slabs } = options;
  const server = createServer({
    allowHalfOpen: true,
    pauseOnConnect: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
  });
  server.on('error', (error) => outcome.failed(error));
  server.on('connection', (socket) => {
    const address = canonicalAddress(socket.remoteAddress ?? '');
    // A second connection may have been accepted in the same turn as the first.
    if (from(address) && server.listening) {
      server.close();
      outcome.connected(
        slabs === undefined ? { socket } : readIntoSlabs(socket, NOTHING_READ, slabs),
      );
      return;
    }
    socket.on('error', () => {});
    socket.resetAndDestroy();
    if (server.listening) outcome.stranger(address);
  });
  server.listen({ host, port: 0, exclusive: true }, () => {
    outcome.listening((server.address() as AddressInfo).port);
  });
  return () => {
    if (server.listening) server.close();
    else server.once('listening', () => server.close());
  };
}
