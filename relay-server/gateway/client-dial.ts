import type { DialOutcome } from '../../shared/gateway/sides.ts';
import type { SlabPool } from '../../shared/net/slab-pool.ts';
import { connectIntoSlabs, type ReadableSocket } from '../../shared/net/slab-reads.ts';
import { SocketChannel } from '../../shared/net/socket-channel.ts';

/** Where a client is dialled, and from where. */
export interface ClientDialOptions {
  host: string;
  port: number;
  /** This machine's address the client knows: that of its control connection. Undefined for any. */
  localAddress: string | undefined;
  /** The port to dial from where it may be bound; otherwise any. 0 for any. */
  preferredPort: number;
  slabs: SlabPool;
}

/** The port may not be bound, is listened on, or still remembers a connection to the same place. */
const PORT_NOT_TO_BE_HAD: ReadonlySet<string> = new Set(['EACCES', 'EADDRINUSE', 'EADDRNOTAVAIL']);

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'connection refused'],
  ['ECONNRESET', 'connection reset'],
  ['ETIMEDOUT', 'no answer'],
  ['EHOSTUNREACH', 'host unreachable'],
  ['ENETUNREACH', 'network unreachable'],
]);

/**
 * Opens an active data connection to a client.
 * @returns gives the attempt up: neither outcome is told after it. After an outcome it does nothing.
 */
export function dialClient(options: ClientDialOptions, outcome: DialOutcome): () => void {
  let over = false;
  let attempt: ReadableSocket;
  const dialFrom = (localPort: number): void => {
    attempt = connectFrom(options, localPort);
    const { socket, reads } = attempt;
    const failed = (error: NodeJS.ErrnoException): void => {
      if (over) return;
      if (localPort !== 0 && PORT_NOT_TO_BE_HAD.has(error.code ?? '')) {
        dialFrom(0);
        return;
      }
      over = true;
      outcome.failed(REASONS.get(error.code ?? '') ?? error.message);
    };
    socket.on('error', failed);
    socket.once('connect', () => {
      socket.off('error', failed);
      over = true;
      outcome.connected(new SocketChannel(socket, { reads }), socket.localPort ?? 0);
    });
  };
  dialFrom(options.preferredPort);
  return () => {
    if (over) return;
    over = true;
    attempt.socket.destroy();
  };
}

function connectFrom(options: ClientDialOptions, localPort: number): ReadableSocket {
  const { host, port, localAddress, slabs } = options;
  const from = { ...(localAddress && { localAddress }), ...(localPort !== 0 && { localPort }) };
  const connection = { host, port, ...from, allowHalfOpen: true, noDelay: true, keepAlive: true };
  return connectIntoSlabs(connection, slabs);
}
