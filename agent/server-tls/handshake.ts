import type { Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { AGENT_LIMITS } from '../../shared/limits.ts';
import { certificateFault } from './certificate.ts';
import { ServerTlsFault, wordsOf } from './fault.ts';
import type { ServerTlsPlan } from './plan.ts';
import type { Resumption } from './resumption.ts';

export interface HandshakeOptions {
  plan: ServerTlsPlan;
  /** Sessions of the control connection: kept there, or taken from there. */
  resumption: Resumption;
  /** Whose handshake it is: the first one of a session, or one that resumes it. */
  of: 'control' | 'data';
  /** Gives it up: the connection is reset, and neither outcome is told. */
  signal: AbortSignal;
}

/** How it ended; one of the two is called, once. */
export interface HandshakeOutcome {
  /** The server is who it should be; nothing was sent to it before this was known. Not yet read. */
  secured(socket: TLSSocket): void;
  /** The connection was reset. */
  failed(fault: ServerTlsFault): void;
}

/**
 * Begins TLS as its client on a connection with the FTP server. There every connection is ours to begin,
 * also one the server made (RFC 4217 §7).
 * @param raw made with `allowHalfOpen`, with nothing read from it that was not consumed
 * @returns limits the time from here on ({@link AGENT_LIMITS}.serverTls). Idempotent.
 */
export function shakeHands(
  raw: Socket,
  options: HandshakeOptions,
  outcome: HandshakeOutcome,
): () => void {
  const { plan, resumption, of, signal } = options;
  const session = of === 'data' ? resumption.session : undefined;
  let timer: NodeJS.Timeout | undefined;
  let isOpen = true;
  const close = (): boolean => {
    const wasOpen = isOpen;
    isOpen = false;
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    return wasOpen;
  };
  const abort = (): void => {
    if (close()) raw.resetAndDestroy();
  };
  const fail = (fault: ServerTlsFault): void => {
    if (!close()) return;
    raw.resetAndDestroy();
    outcome.failed(fault);
  };
  raw.on('error', () => {});
  const socket = connect({
    socket: raw,
    secureContext: plan.context,
    ...(plan.name !== undefined && { servername: plan.name }),
    ...(session !== undefined && { session }),
    // Judged by us, in words.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  });
  if (of === 'control') socket.on('session', (ticket) => (resumption.session = ticket));
  socket.on('error', (error) => fail(broken(error)));
  // Before Node's own listener, which would close the connection with FIN.
  socket.prependListener('end', () => fail(broken(new Error('the server ended the connection'))));
  const judge = (): void => {
    if (!isOpen) return;
    const fault = certificateFault(socket, plan.trust);
    if (fault !== undefined) fail(fault);
    else if (close()) outcome.secured(socket);
  };
  // Node counts the last flight of the handshake as under way until the next turn. An end that is sent
  // meanwhile, as that of an empty file, is FIN without close_notify.
  socket.once('secureConnect', () => setImmediate(judge));
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  return () => {
    if (isOpen) timer ??= setTimeout(() => fail(silent()), AGENT_LIMITS.serverTls);
  };
}

function broken(cause: Error): ServerTlsFault {
  const what = `the TLS handshake with the FTP server failed (${wordsOf(cause)})`;
  const remedy = 'check --server-tls; the server must speak TLS 1.2 or 1.3';
  return new ServerTlsFault('server-tls-refused', what, { remedy, cause });
}

function silent(): ServerTlsFault {
  const seconds = AGENT_LIMITS.serverTls / 1000;
  const what = `the FTP server did not finish the TLS handshake within ${seconds} seconds`;
  return new ServerTlsFault('server-tls-refused', what, { remedy: 'check --server-tls' });
}
