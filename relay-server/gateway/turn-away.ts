import type { Socket } from 'node:net';
import { encodeReply, type Reply } from '../../shared/ftp/reply.ts';

/** How long a client that was turned away may take to read why. */
const TURN_AWAY_MS = 3000;

/** Tells a client why it is not served, and closes. */
export function turnAway(socket: Socket, reply: Reply): void {
  socket.on('error', () => {});
  socket.resume();
  socket.end(encodeReply(reply));
  const timer = setTimeout(() => socket.destroy(), TURN_AWAY_MS);
  timer.unref();
  socket.once('close', () => clearTimeout(timer));
}
