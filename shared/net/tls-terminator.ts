import { constants, randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSecureContext, createServer, type SecureContext, type Server } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { TLS_LIMITS } from '../limits.ts';
import { CloseWatch, type CloseWatchOptions } from './tls-close-watch.ts';
import { tlsFailure, type TlsFailure } from './tls-failures.ts';
import type { TlsIdentity } from './tls-identity.ts';
import { TlsSessionStore } from './tls-session-store.ts';

export interface TlsTerminatorOptions {
  /** The certificate for a client that asks for this name (SNI), or for none. Asked at each handshake. */
  identityFor: (serverName: string | undefined) => TlsIdentity;
}

/** How a handshake ended; one of the two is called, once. */
export interface HandshakeOutcome {
  /** @param watch there if the way in which the client ends is to be watched */
  secured(socket: TLSSocket, watch?: CloseWatch): void;
  failed(failure: TlsFailure): void;
}

/** Suites with forward secrecy and authenticated encryption; AES of 128 bits first, as it costs least. */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

const CONTEXT = {
  minVersion: 'TLSv1.2',
  ciphers: CIPHERS,
  honorCipherOrder: true,
  sessionTimeout: TLS_LIMITS.sessionSeconds,
  // What is agreed at the beginning holds; renegotiation has been a way in and costs the server most.
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
} as const;

const TICKET_KEY_BYTES = 48;

/**
 * The server's half of TLS on connections that exist already, whichever end dialled them (RFC 4217 §7).
 * It is a server of Node's that listens nowhere: connections are put into it.
 *
 * Sessions may be resumed, by ticket or by id, at this terminator and at no other.
 */
export class TlsTerminator {
  readonly #options: TlsTerminatorOptions;
  readonly #ticketKeys = randomBytes(TICKET_KEY_BYTES);
  readonly #sessions = new TlsSessionStore();
  readonly #contexts = new WeakMap<TlsIdentity, SecureContext>();
  readonly #handshakes = new Map<Duplex, HandshakeOutcome>();
  #server: Server | undefined;
  #identity: TlsIdentity | undefined;

  constructor(options: TlsTerminatorOptions) {
    this.#options = options;
  }

  /** One that shows the same certificates and takes sessions of its own only. */
  apart(): TlsTerminator {
    return new TlsTerminator(this.#options);
  }

  /**
   * Begins TLS on a connection; what was read from it and is still there belongs to the handshake. Whoever
   * has the outcome owns both sockets; a connection whose handshake failed is closed.
   * @param watched to be told whether the client ends with close_notify (RFC 8446 §6.1). That costs a way
   *   through this program's own streams, so it is not done where it says nothing.
   */
  secure(below: Socket, outcome: HandshakeOutcome, watched?: CloseWatchOptions): void {
    if (below.destroyed) {
      outcome.failed(tlsFailure(CLOSED));
      return;
    }
    const watch = watched === undefined ? undefined : new CloseWatch(below, watched);
    const carrier: Duplex = watch?.stream ?? below;
    const failed = (error: NodeJS.ErrnoException): void => {
      this.#take(carrier)?.failed(tlsFailure(error));
    };
    below.once('error', failed);
    watch?.stream.once('close', () => failed(CLOSED));
    this.#handshakes.set(carrier, {
      secured: (socket) => {
        // From here on errors are the TLS socket's; the one below must not throw its own.
        below.off('error', failed).on('error', () => {});
        watch?.secured(socket);
        outcome.secured(socket, watch);
      },
      failed: (failure) => outcome.failed(failure),
    });
    // An end before the handshake is over is no end of anything: it closes the connection.
    if (watch === undefined) below.allowHalfOpen = false;
    this.#current().emit('connection', carrier);
  }

  /** The server with the certificate for clients that ask for no name as it is now. */
  #current(): Server {
    const identity = this.#options.identityFor(undefined);
    if (this.#server !== undefined && this.#identity === identity) return this.#server;
    this.#identity = identity;
    if (this.#server === undefined) this.#server = this.#create(identity);
    else this.#server.setSecureContext({ ...CONTEXT, ...identity, ticketKeys: this.#ticketKeys });
    return this.#server;
  }

  #create(identity: TlsIdentity): Server {
    const server = createServer({
      ...CONTEXT,
      ...identity,
      ticketKeys: this.#ticketKeys,
      handshakeTimeout: TLS_LIMITS.handshake,
      SNICallback: (name, done) => done(null, this.#contextFor(name)),
    });
    server.on('newSession', (id: Buffer, session: Buffer, done: () => void) => {
      this.#sessions.keep(id, session);
      done();
    });
    server.on('resumeSession', (id: Buffer, done: ResumeAnswer) => {
      done(null, this.#sessions.find(id));
    });
    server.on('secureConnection', (socket) => {
      socket.allowHalfOpen = true;
      this.#take(carrierOf(socket))?.secured(socket);
    });
    server.on('tlsClientError', (error, socket) => {
      this.#take(carrierOf(socket))?.failed(tlsFailure(error));
      socket.destroy();
    });
    return server;
  }

  #contextFor(name: string): SecureContext {
    const identity = this.#options.identityFor(name);
    const known = this.#contexts.get(identity);
    if (known !== undefined) return known;
    const context = createSecureContext({ ...CONTEXT, ...identity });
    this.#contexts.set(identity, context);
    return context;
  }

  #take(carrier: Duplex | undefined): HandshakeOutcome | undefined {
    if (carrier === undefined) return undefined;
    const outcome = this.#handshakes.get(carrier);
    this.#handshakes.delete(carrier);
    return outcome;
  }
}

type ResumeAnswer = (error: Error | null, session: Buffer | null) => void;

const CLOSED = Object.assign(new Error('closed'), { code: 'ECONNRESET' });

/** What Node keeps to itself of a TLS socket; optional, as another version may have it otherwise. */
interface Internals {
  readonly _parent?: Duplex;
  readonly _handle?: { readonly _parentWrap?: { readonly stream?: Duplex } } | null;
}

/** What a TLS socket was put on: a socket, or a stream in place of one. Node offers no other way to find it. */
function carrierOf(socket: TLSSocket): Duplex | undefined {
  const { _parent: below, _handle: handle } = socket as unknown as Internals;
  return below ?? handle?._parentWrap?.stream;
}
