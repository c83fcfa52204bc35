/** Bulk data of the benchmark's clients and server: written from one buffer, read into few. */
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import type { Socket } from 'node:net';

/** What all sources send, over and over. */
export const CHUNK = Buffer.alloc(1024 * 1024, 'gangway');
/** Size of the buffers that sinks read into. */
export const READ_BYTES = 256 * 1024;

/**
 * Writes so many bytes as fast as they are taken.
 * @param moved told of every piece the socket has taken, in bytes
 * @returns bytes written: fewer if the connection broke
 */
export async function writeAll(
  socket: Socket,
  chunk: Buffer,
  bytes: number,
  moved: (bytes: number) => void = () => {},
): Promise<number> {
  let written = 0;
  while (written < bytes && socket.writable) {
    const piece = bytes - written < chunk.length ? chunk.subarray(0, bytes - written) : chunk;
    const full = !socket.write(piece);
    if (full && !(await drained(socket))) break;
    written += piece.length;
    moved(piece.length);
  }
  return written;
}

/** Whether everything was taken; false when the connection broke before. */
async function drained(socket: Socket): Promise<boolean> {
  const given = new AbortController();
  const { signal } = given;
  try {
    return await Promise.race([
      once(socket, 'drain', { signal }).then(() => true),
      once(socket, 'close', { signal }).then(() => false),
    ]);
  } catch {
    return false;
  } finally {
    given.abort();
  }
}
