import type { Server as HttpServer } from 'node:http';
import type { Socket } from 'node:net';
import {
  createSecureContext,
  createServer,
  type SecureContext,
  type Server as TlsServer,
} from 'node:tls';
import { HTTP_PORT_LIMITS } from '../../shared/limits.ts';
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
  /** Connections that are no HTTP server's yet. */
  readonly #early = new Set<Socket>();
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
    this.#tls.on('secureConnection', (socket) => this.#serve(socket));
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
    for (const socket of this.#early) socket.destroy();
  }

  #greet(socket: Socket): void {
    this.#early.add(socket);
    // Until somebody else has the connection its errors are of no interest; a close follows them.
    socket.on('error', () => {});
    socket.once('close', () => this.#early.delete(socket));
    const timer = setTimeout(() => socket.destroy(), HTTP_PORT_LIMITS.firstByte);
    const look = (): void => {
      const first = socket.read() as Buffer | null;
      // Node says `readable` at the end, too.
      if (first === null && !socket.readableEnded && socket.readable) return;
      clearTimeout(timer);
      socket.off('readable', look);
      if (first === null) socket.destroy();
      else this.#direct(socket, first);
    };
    socket.on('readable', look);
    socket.once('close', () => clearTimeout(timer));
  }

  #direct(socket: Socket, first: Buffer): void {
    socket.unshift(first);
    if (first[0] === HANDSHAKE) {
      this.#tls.emit('connection', socket);
    } else {
      this.#early.delete(socket);
      this.#serve(socket);
    }
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

/** What the server itself does with a connection, from here on done only when it is called. */
function takeOver(server: HttpServer): Serve {
  const listeners = server.listeners('connection');
  server.removeAllListeners('connection');
  return (socket) => {
    for (const listener of listeners) listener.call(server, socket);
  };
}
