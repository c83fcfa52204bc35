/** The port on which an active FTP client waits for its data connection. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { formatEprtArgument, formatPortArgument } from '../../shared/ftp/address.ts';
import { soon, WatchedSocket } from './watched-socket.ts';

const HOST = '127.0.0.1';

export class DataPort {
  readonly host: string;
  readonly port: number;
  readonly #server: Server;
  readonly #accepted: Promise<WatchedSocket>;
  connections = 0;

  private constructor(server: Server) {
    this.#server = server;
    const { address, port } = server.address() as AddressInfo;
    this.host = address;
    this.port = port;
    this.#accepted = new Promise((resolve) => {
      server.on('connection', (socket: Socket) => {
        this.connections += 1;
        resolve(new WatchedSocket(socket));
      });
    });
  }

  static async open(host = HOST): Promise<DataPort> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    server.listen(0, host);
    await once(server, 'listening');
    return new DataPort(server);
  }

  /** The connection that came. @throws Error when none comes */
  accept(): Promise<WatchedSocket> {
    return soon(this.#accepted, 'an active data connection');
  }

  /** The command that names this port. */
  command(verb: 'PORT' | 'EPRT' = 'PORT'): string {
    const at = { host: this.host, port: this.port };
    return verb === 'PORT' ? `PORT ${formatPortArgument(at)}` : `EPRT ${formatEprtArgument(at)}`;
  }

  close(): void {
    this.#server.close();
  }
}
