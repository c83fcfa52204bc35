import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { encodeReply, reply } from '../../../shared/ftp/reply.ts';
import { DEMO_FTP_LIMITS } from '../../limits.ts';
import { FileTree } from './files.ts';
import { Session, type SessionOptions } from './session.ts';
import type { DemoLimits } from './visit.ts';

/** What the demo's FTP server serves, and to whom. */
export interface DemoFtpServerOptions {
  /** Address to listen on; default 127.0.0.1. */
  host?: string;
  /** Port to listen on; default 0, which takes a free one. */
  port?: number;
  /** The folder that is served; nothing outside of it can be reached. */
  root: string;
  user: string;
  password: string;
  /** Other bounds than DEMO_FTP_LIMITS, for tests. */
  limits?: Partial<DemoLimits>;
}

/** A server that accepts. */
export interface DemoFtpServer {
  host: string;
  port: number;
  /** Stops listening and ends all sessions; resolves when all are gone. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts a small FTP server: passive mode, no TLS, one account that may read and write. For
 * demonstration and tests only.
 * @throws the system's error if the folder is not there or the port cannot be had
 */
export async function startDemoFtpServer(options: DemoFtpServerOptions): Promise<DemoFtpServer> {
  const files = await FileTree.at(options.root);
  const limits = { ...DEMO_FTP_LIMITS, ...options.limits };
  const account = { user: options.user, password: options.password };
  const connections: Connections = { sessions: new Set(), turnedAway: new Set() };
  // Half-open: a client that pipes its commands in and ends still gets its replies.
  const server = createServer({ allowHalfOpen: true }, (socket) =>
    accept(socket, connections, { files, account, limits }),
  );
  server.listen(options.port ?? 0, options.host ?? '127.0.0.1');
  await once(server, 'listening');
  let closing: Promise<void> | undefined;
  return { ...addressOf(server), close: () => (closing ??= close(server, connections)) };
}

/** The control connections there are. */
interface Connections {
  sessions: Set<Socket>;
  /** Those over the bound: told so, and waiting to be closed. */
  turnedAway: Set<Socket>;
}

function accept(socket: Socket, connections: Connections, options: SessionOptions): void {
  // A client may be gone before it was accepted; then it has no address.
  if (socket.remoteAddress === undefined || socket.localAddress === undefined) {
    socket.destroy();
    return;
  }
  const { sessions, turnedAway } = connections;
  const full = sessions.size >= options.limits.sessions;
  const kind = full ? turnedAway : sessions;
  kind.add(socket);
  socket.once('close', () => kind.delete(socket));
  if (!full) return Session.start(socket, options);
  if (turnedAway.size > options.limits.sessions) socket.destroy();
  else turnAway(socket, options.limits.dataLinger);
}

/** Says why, and waits a little for the client to close: closing first could lose the reply. */
function turnAway(socket: Socket, patience: number): void {
  socket.on('error', () => {});
  socket.setTimeout(patience, () => socket.destroy());
  socket.resume();
  socket.end(encodeReply(reply(421, 'Too many sessions; try again later.')));
}

async function close(server: Server, connections: Connections): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  // A session notices that its socket is gone, and resets its transfer.
  for (const socket of connections.sessions) socket.destroy();
  for (const socket of connections.turnedAway) socket.destroy();
  await closed;
}

function addressOf(server: Server): { host: string; port: number } {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no address');
  return { host: address.address, port: address.port };
}
