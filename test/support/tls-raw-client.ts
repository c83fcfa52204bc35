import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { RawClient, type Address, type From } from './raw-client.ts';
import { soon, WatchedSocket } from './watched-socket.ts';

/** How a test client speaks TLS. */
export type TlsClientOptions = From &
  Pick<ConnectionOptions, 'ca' | 'minVersion' | 'maxVersion' | 'session'> & {
    user?: string;
    password?: string;
    /** Sent before anything else, such as a PROXY header. */
    first?: Uint8Array;
    /** Argument of AUTH; TLS unless said. */
    mechanism?: string;
  };

/** An FTP client that speaks TLS and does exactly what a test says. */
export class TlsRawClient {
  readonly ftp: RawClient;
  readonly tls: TLSSocket;
  readonly #options: ConnectionOptions;
  #session: Buffer | undefined;

  private constructor(ftp: RawClient, tls: TLSSocket, options: ConnectionOptions) {
    this.ftp = ftp;
    this.tls = tls;
    this.#options = options;
    this.#session = tls.getSession();
    tls.on('session', (session: Buffer) => (this.#session = session));
  }

  /** Connects, reads the greeting and does AUTH with the handshake. */
  static async connect(to: Address, options: TlsClientOptions): Promise<TlsRawClient> {
    const {
      mechanism = 'TLS',
      localAddress,
      first,
      user: _u,
      password: _p,
      ...tlsOptions
    } = options;
    const ftp = await RawClient.connect(to, localAddress === undefined ? {} : { localAddress });
    if (first !== undefined) ftp.send(first);
    await ftp.expect(220);
    await ftp.ask(`AUTH ${mechanism}`, 234);
    return TlsRawClient.over(ftp, tlsOptions);
  }

  /**
   * Begins TLS on a control connection: behind the answer to AUTH, or at once on an implicit port.
   * @param on what leads to that connection, where it is not the connection itself
   */
  static async over(
    ftp: RawClient,
    options: ConnectionOptions,
    on: Duplex = ftp.control.socket,
  ): Promise<TlsRawClient> {
    const common = { servername: 'localhost', ...options };
    const tls = connect({ socket: on, ...common });
    await soon(once(tls, 'secureConnect'), 'TLS on the control connection');
    ftp.speakOn(new WatchedSocket(tls, ftp.control.socket));
    return new TlsRawClient(ftp, tls, common);
  }

  /** The same, with PBSZ, PROT P and the login. */
  static async login(to: Address, options: TlsClientOptions): Promise<TlsRawClient> {
    const client = await TlsRawClient.connect(to, options);
    await client.ftp.ask('PBSZ 0', 200);
    await client.ftp.ask('PROT P', 200);
    client.ftp.protect = (data) => client.begin(data);
    await client.ftp.ask(`USER ${options.user ?? 'u'}`, 331);
    await client.ftp.ask(`PASS ${options.password ?? 'p'}`, 230);
    return client;
  }

  /** The newest session that can be resumed; in TLS 1.3 it takes a moment to come. */
  async session(): Promise<Buffer> {
    if (this.tls.getProtocol() === 'TLSv1.3') {
      this.#session = undefined;
      // Tickets come behind the handshake, and so before the answer to a command.
      await this.ftp.ask('NOOP', 200);
    }
    const session = this.#session ?? this.tls.getSession();
    if (session === undefined) throw new Error('there is no session to resume');
    return session;
  }

  /** Begins TLS on a data connection as its client, and waits until it is agreed on. */
  async secure(data: WatchedSocket, session?: Buffer): Promise<WatchedSocket> {
    const tls = this.begin(data, session);
    await soon(once(tls.socket, 'secureConnect'), 'TLS on the data connection');
    return tls;
  }

  /**
   * The same without waiting.
   * @param on what leads to that data connection, where it is not the data connection itself
   */
  begin(data: WatchedSocket, session?: Buffer, on: Duplex = data.socket): WatchedSocket {
    const resumed = session === undefined ? {} : { session };
    const tls = connect({ socket: on, ...this.#options, ...resumed });
    return new WatchedSocket(tls, data.socket);
  }

  close(): void {
    this.ftp.close();
  }
}
