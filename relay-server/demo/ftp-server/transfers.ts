import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { Refusal } from './refusal.ts';

/** Times of a transfer, in ms. */
export interface TransferTimes {
  /** Longest time in which nothing moves. */
  dataIdle: number;
  /** Longest wait for the client to close its side after a download. */
  dataLinger: number;
}

/** The data connection broke, went silent or was aborted. */
export function brokenConnection(): Refusal {
  return new Refusal(426, 'The data connection broke; the transfer is incomplete.');
}

/**
 * Sends all of `source` and an orderly end. Resolves only when the client closed its side in an
 * orderly way too, or took its time about it after everything was sent.
 * @throws Refusal 426 if the connection broke, the source's error if reading failed. In both cases
 *   the connection is reset: the client must never take what it has for the whole.
 */
export async function sendAll(
  source: Readable,
  socket: Socket,
  times: TransferTimes,
  stop: AbortSignal,
): Promise<void> {
  await guarded(socket, source, times, stop, async () => {
    // Nothing is expected from the client, but its end or reset is only seen by reading.
    socket.resume();
    source.pipe(socket);
    await Promise.all([finished(source), socketDone(socket, 'sent')]);
    await closed(socket, times.dataLinger, stop);
  });
}

/**
 * Receives into `sink` until the client ends in an orderly way, and until everything is written.
 * @throws Refusal 426 if the connection broke, the sink's error if writing failed; then the
 *   connection is reset
 */
export async function receiveAll(
  socket: Socket,
  sink: Writable,
  times: TransferTimes,
  stop: AbortSignal,
): Promise<void> {
  await guarded(socket, sink, times, stop, async () => {
    socket.pipe(sink);
    await Promise.all([socketDone(socket, 'received'), finished(sink)]);
    socket.end();
  });
}

/** Runs a transfer; whatever breaks it off resets the connection and closes the file. */
async function guarded(
  socket: Socket,
  file: Readable | Writable,
  times: TransferTimes,
  stop: AbortSignal,
  transfer: () => Promise<void>,
): Promise<void> {
  const breakOff = () => {
    socket.resetAndDestroy();
    file.destroy();
  };
  socket.setTimeout(times.dataIdle, breakOff);
  stop.addEventListener('abort', breakOff, { once: true });
  try {
    if (stop.aborted) throw brokenConnection();
    await transfer();
  } catch (error) {
    breakOff();
    throw stop.aborted || isCutOff(error) ? brokenConnection() : error;
  } finally {
    stop.removeEventListener('abort', breakOff);
    file.destroy();
    if (!file.closed) await once(file, 'close').catch(() => {});
  }
}

/** What a stream says that was destroyed before its end, here always because the connection was. */
function isCutOff(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}

async function socketDone(socket: Socket, what: 'sent' | 'received'): Promise<void> {
  const side = what === 'sent' ? { readable: false } : { writable: false };
  await finished(socket, side).catch(() => {
    throw brokenConnection();
  });
}

/** A client that resets after our end did not read it all. */
async function closed(socket: Socket, timeout: number, stop: AbortSignal): Promise<void> {
  if (!socket.closed) {
    const patience = AbortSignal.timeout(timeout);
    const signal = AbortSignal.any([stop, patience]);
    await once(socket, 'close', { signal }).catch(() => {
      if (!patience.aborted) throw brokenConnection();
    });
  }
  if (socket.errored !== null) throw brokenConnection();
  socket.destroy();
}
