import { GangwayError } from '../../shared/errors.ts';
import type { Tunnel } from './store.ts';

/** What of a tunnel says which public ports are its own, and with whom it may share them. */
export type PortHolder = Pick<Tunnel, 'name' | 'listenHost' | 'port' | 'implicitPort' | 'shared'>;

/** A port that a tunnel cannot have. */
export class PortError extends GangwayError {
  readonly port: number;

  constructor(port: number, code: string, message: string, remedy?: string) {
    super(code, message, { remedy });
    this.port = port;
  }
}

/**
 * Makes sure that a tunnel's ports are its own, or shared by all that have them. Tunnels share a port only
 * where they listen at the same address, and as the same kind: on a port TLS begins at once, or it does not.
 * @throws PortError `port-taken` that names the port and the tunnel in the way.
 */
export function checkPorts(tunnel: PortHolder, others: readonly PortHolder[]): void {
  if (tunnel.implicitPort === tunnel.port) {
    throw taken(
      tunnel.port,
      `port ${tunnel.port} cannot be the tunnel's FTP port and its implicit port`,
    );
  }
  for (const other of others) {
    for (const kind of ['port', 'implicitPort'] as const) {
      const port = tunnel[kind];
      if (port === null || (port !== other.port && port !== other.implicitPort)) continue;
      const isShared = tunnel.shared && other.shared && port === other[kind];
      if (!isShared || tunnel.listenHost !== other.listenHost) throw collision(port, tunnel, other);
    }
  }
}

function collision(port: number, tunnel: PortHolder, other: PortHolder): PortError {
  const text = `port ${port} belongs to tunnel ${other.name}`;
  if (!tunnel.shared || !other.shared) return taken(port, text);
  if (tunnel.listenHost === other.listenHost)
    return taken(port, `${text} as a port of the other kind`);
  return taken(port, `${text}, which listens on ${other.listenHost}, not ${tunnel.listenHost}`);
}

function taken(port: number, message: string): PortError {
  const remedy =
    'Choose another port (`gangway tunnel list` shows which are taken), or let all its tunnels share it: --shared, with the same --listen-host.';
  return new PortError(port, 'port-taken', message, remedy);
}
