import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { CHUNK, READ_BYTES, writeAll } from './bulk.ts';
import type { FtpSession } from './ftp-session.ts';

/** D for download, from server to client; U for upload. */
export type Direction = 'D' | 'U';

/** More than is ever moved: the transfer is broken off when it has lasted long enough. */
export const ENDLESS = Number.MAX_SAFE_INTEGER;

/** What is read is counted and forgotten, so all sockets can read into the same memory. */
const SINK = Buffer.alloc(READ_BYTES);

/** One transfer under way. */
export interface Transfer {
  /** Payload moved so far, as the client sees it, in bytes. */
  readonly moved: () => number;
  /** Resolves when the server has said 226 and, for a download, everything has come. */
  readonly done: Promise<void>;
  /** Resets it; `done` never resolves then. */
  abort(): void;
}

/** Connects to a data port that EPSV has named and begins; `bytes` may be {@link ENDLESS}. */
export function startTransfer(
  session: FtpSession,
  at: { host: string; port: number },
  direction: Direction,
  bytes: number,
): Transfer {
  let moved = 0;
  let aborted = false;
  const count = (more: number): void => {
    moved += more;
  };
  const data =
    direction === 'D'
      ? connect({ ...at, noDelay: true, onread: { buffer: SINK, callback: counting(count) } })
      : connect({ ...at, noDelay: true });
  data.on('error', () => {});
  const over =
    direction === 'D' ? download(session, data, bytes) : upload(session, data, bytes, count);
  const done = over.catch((error: unknown) => {
    if (aborted) return new Promise<void>(() => {});
    throw error;
  });
  const abort = (): void => {
    aborted = true;
    data.resetAndDestroy();
    session.abandon();
  };
  return { moved: () => moved, done, abort };
}

function counting(count: (bytes: number) => void): (bytes: number) => boolean {
  return (bytes) => {
    count(bytes);
    return true;
  };
}

async function download(session: FtpSession, data: Socket, bytes: number): Promise<void> {
  const ended = once(data, 'end');
  // Whoever awaits the replies first shall not leave its failure to nobody.
  ended.catch(() => {});
  await session.ask(`RETR ${bytes}`, 150);
  await session.reply(226);
  await ended;
}

async function upload(
  session: FtpSession,
  data: Socket,
  bytes: number,
  count: (bytes: number) => void,
): Promise<void> {
  await session.ask('STOR', 150);
  const written = await writeAll(data, CHUNK, bytes, count);
  if (written < bytes) throw new Error('the data connection broke');
  data.end();
  await session.reply(226);
}
