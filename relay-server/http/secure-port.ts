import type { Server as HttpServer } from 'node:http';
import type { Socket } from 'node:net';
import {
  createSecureContext,
  createServer,
  type SecureContext,
  type Server as TlsServer,
} from 'node:tls';
import { HTTP_PORT_LIMITS } from '../limits.ts';
import type { Logger } from '../../shared/log.ts';
import type { TlsIdentity } from '../../shared/net/tls-identity.ts';

/** Which certificate is shown to whom, and word of their changes. */
export interface ShownCertificates {
  identityFor(serverName: string | undefined): TlsIdentity;
  onChange(listener: () => void): () => void;
}

export interface SecurePortOptions {
  readonly certificates: ShownCertificates;
  readonly logger: Logger;
}

/** The first byte of a TLS record that begins a handshake (RFC 8446 §5.1); no HTTP request begins so. */
const HANDSHAKE = 0x16;

type Serve = (socket: Socket) => void;

/**
 * Makes an HTTP server speak HTTPS, too, on its one port: a connection that begins with a TLS handshake
 * is made a TLS one first. The server keeps all it does with connections: its time-outs, its upgrades,
 * its end.
 *
 * New certificates are shown to those who connect from then on; nobody is disconnected.
 */
export class SecurePort {
  readonly #serve: Serve;
  readonly #tls: TlsServer;
  /** Connections that are no HTTP server's yet, by where they come from: a TLS socket hides the one below. */
  readonly #early = new Map<string, Socket>();
  readonly #contexts = new WeakMap<TlsIdentity, SecureContext>();
  readonly #options: SecurePortOptions;
  readonly #unsubscribe: () => void;

  constructor(server: HttpServer, options: SecurePortOptions) {
    this.#options = options;
    const { certificates } = options;
    this.#serve = takeOver(server);
    server.on('connection', (socket) => this.#greet(socket));
    this.#tls = createServer({
      ...certificates.identityFor(undefined),
      handshakeTimeout: HTTP_PORT_LIMITS.handshake,
      ALPNProtocols: ['http/1.1'],
      SNICallback: (name, done) => done(null, this.#contextFor(name)),
    });
    this.#tls.on('secureConnection', (socket) => this.#hand(socket));
    this.#tls.on('tlsClientError', (error, socket) => {
      options.logger.debug(
        { event: 'https-handshake-failed', from: socket.remoteAddress },
        error.message,
      );
      socket.destroy();
    });
    this.#unsubscribe = certificates.onChange(() => {
      this.#tls.setSecureContext(certificates.identityFor(undefined));
    });
  }

  /** Ends connections on which nothing was asked yet, as the server does not know them. */
  close(): void {
    this.#unsubscribe();
    for (const socket of this.#early.values()) socket.destroy();
  }

  #greet(socket: Socket): void {
    const peer = peerOf(socket);
    this.#early.set(peer, socket);
    // Until somebody else has the connection its errors are of no interest; a close follows them.
    socket.on('error', () => {});
    const leave = (): void => void socket.destroy();
    const timer = setTimeout(leave, HTTP_PORT_LIMITS.firstByte);
    const look = (): void => {
      const first = socket.read() as Buffer | null;
      if (first === null) return;
      clearTimeout(timer);
      socket.off('readable', look).off('end', leave);
      this.#direct(socket, first);
    };
    socket.on('readable', look).on('end', leave);
    socket.once('close', () => {
      clearTimeout(timer);
      if (this.#early.get(peer) === socket) this.#early.delete(peer);
    });
  }

  #direct(socket: Socket, first: Buffer): void {
    socket.unshift(first);
    if (first[0] === HANDSHAKE) this.#tls.emit('connection', socket);
    else this.#hand(socket);
  }

  #hand(socket: Socket): void {
    this.#early.delete(peerOf(socket));
    this.#serve(socket);
  }

  #contextFor(name: string): SecureContext {
    const identity = this.#options.certificates.identityFor(name);
    const known = this.#contexts.get(identity);
    if (known !== undefined) return known;
    const context = createSecureContext(identity);
    this.#contexts.set(identity, context);
    return context;
  }
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

/** What the server itself does with a connection, from here on done only when it is called. */
function takeOver(server: HttpServer): Serve {
  const listeners = server.listeners('connection');
  server.removeAllListeners('connection');
  return (socket) => {
    for (const listener of listeners) listener.call(server, socket);
  };
}
