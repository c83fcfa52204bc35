import { connect, type Socket } from 'node:net';

/** Where a client is dialled, and from where. */
export interface ClientDialOptions {
  host: string;
  port: number;
  /** This machine's address the client knows: that of its control connection. Undefined for any. */
  localAddress: string | undefined;
  /** The port to dial from where it may be bound; otherwise any. 0 for any. */
  preferredPort: number;
}

/** How a dial ended; one of the two is called, once. */
export interface ClientDialOutcome {
  /**
   * @param socket nothing is read from it yet
   * @param localPort the port it was dialled from
   */
  connected(socket: Socket, localPort: number): void;
  /** @param reason for the client's user, without address and port */
  failed(reason: string): void;
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
export function dialClient(options: ClientDialOptions, outcome: ClientDialOutcome): () => void {
  let over = false;
  let attempt: Socket;
  const dialFrom = (localPort: number): void => {
    const socket = connectFrom(options, localPort);
    attempt = socket;
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
      outcome.connected(socket, socket.localPort ?? 0);
    });
  };
  dialFrom(options.preferredPort);
  return () => {
    if (over) return;
    over = true;
    attempt.destroy();
  };
}

function connectFrom(options: ClientDialOptions, localPort: number): Socket {
  const { host, port, localAddress } = options;
  const from = { ...(localAddress && { localAddress }), ...(localPort !== 0 && { localPort }) };
  const connection = { host, port, ...from, allowHalfOpen: true, noDelay: true, keepAlive: true };
  return connect(connection).pause();
}
