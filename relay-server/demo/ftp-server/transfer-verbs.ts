import type { FileHandle } from 'node:fs/promises';
import type { Socket } from 'node:net';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { reply, type Reply } from '../../../shared/ftp/reply.ts';
import { type Entry, virtualPath } from './files.ts';
import { listingStream, machineLine, unixLine } from './listings.ts';
import { brokenConnection, receiveAll, sendAll } from './transfers.ts';
import { failureReply, Refusal } from './refusal.ts';
import type { Visit, VerbRow } from './visit.ts';

/** Bytes read from a file at once: large enough that a fast transfer is not made of system calls. */
const READ_SIZE = 256 * 1024;
/** Names STOU tries. */
const UNIQUE_TRIES = 100;

/** Runs a transfer between its 150 and its final reply. The promise of a data connection is used up. */
async function overData(
  visit: Visit,
  opening: string,
  move: (socket: Socket, stop: AbortSignal) => Promise<void>,
): Promise<Reply> {
  const passive = visit.passive;
  if (passive === undefined) throw new Refusal(425, 'PASV or EPSV comes first.');
  const stop = new AbortController();
  if (visit.aborted()) stop.abort();
  visit.passive = undefined;
  visit.transfer = stop;
  visit.send(reply(150, opening));
  try {
    const socket = await passive.connection(visit.limits.dataConnect, stop.signal);
    await move(socket, stop.signal);
    return reply(226, 'Transfer complete.');
  } catch (error) {
    return failureReply(stop.signal.aborted ? brokenConnection() : error);
  } finally {
    passive.close();
    visit.transfer = undefined;
  }
}

async function sendFrom(visit: Visit, opening: string, source: Readable): Promise<Reply> {
  // Without a consumer an error of the source would end the program.
  source.on('error', () => {});
  try {
    return await overData(visit, opening, (socket, stop) =>
      sendAll(source, socket, visit.limits, stop),
    );
  } finally {
    source.destroy();
  }
}

/** The offset of REST holds for one transfer. */
function takeRestart(visit: Visit): number {
  const restart = visit.restart;
  visit.restart = 0;
  return restart;
}

async function retr(visit: Visit, argument: Buffer): Promise<Reply> {
  const start = takeRestart(visit);
  const file = await visit.files.openToRead(virtualPath(visit.cwd, argument));
  try {
    const { size } = await file.stat();
    if (start > size) throw new Refusal(554, `The file ends at ${size}.`);
    const source = file.createReadStream({ start, highWaterMark: READ_SIZE });
    return await sendFrom(visit, `Sending ${size - start} bytes.`, source);
  } finally {
    await file.close();
  }
}

async function stor(visit: Visit, argument: Buffer): Promise<Reply> {
  const start = takeRestart(visit);
  const virtual = virtualPath(visit.cwd, argument);
  const file = await visit.files.openToWrite(virtual, start === 0 ? 'create' : 'existing');
  return receiveInto(visit, file, 'Send the file.', async () => {
    const { size } = await file.stat();
    if (start > size) throw new Refusal(554, `The file ends at ${size}.`);
    return start;
  });
}

async function appe(visit: Visit, argument: Buffer): Promise<Reply> {
  takeRestart(visit);
  const file = await visit.files.openToWrite(virtualPath(visit.cwd, argument), 'create');
  return receiveInto(visit, file, 'Send what to append.', async () => (await file.stat()).size);
}

async function stou(visit: Visit): Promise<Reply> {
  takeRestart(visit);
  for (let attempt = 1; attempt <= UNIQUE_TRIES; attempt += 1) {
    const name = `file-${Date.now()}-${attempt}`;
    const opened = visit.files.openToWrite(path.posix.join(visit.cwd, name), 'new');
    const file = await opened.catch(ignoreExisting);
    // The form of RFC 1123 §4.1.2.9.
    if (file !== undefined) return receiveInto(visit, file, `FILE: ${name}`, async () => 0);
  }
  throw new Refusal(450, 'No free name was found.');
}

function ignoreExisting(error: unknown): undefined {
  if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
}

/** Receives into a file from an offset on; from 0 on it replaces the file, else it changes it in place. */
async function receiveInto(
  visit: Visit,
  file: FileHandle,
  opening: string,
  startOf: () => Promise<number>,
): Promise<Reply> {
  try {
    const start = await startOf();
    return await overData(visit, opening, async (socket, stop) => {
      // Not before there is a data connection: a client that cannot connect must not empty the file.
      if (start === 0) await file.truncate(0);
      const sink = file.createWriteStream({ start });
      await receiveAll(socket, sink, visit.limits, stop);
    });
  } finally {
    await file.close();
  }
}

/** Clients send options of `ls`; a name that begins with a hyphen is a name if it exists. */
async function listedPath(
  visit: Visit,
  argument: Buffer,
): Promise<{ virtual: string; given: string }> {
  const whole = virtualPath(visit.cwd, argument);
  const text = argument.toString();
  const options = /^-[A-Za-z1]+(?: +|$)/.exec(text)?.[0];
  const exists = () =>
    visit.files.existing(whole).then(
      () => true,
      () => false,
    );
  if (options === undefined || (await exists())) return { virtual: whole, given: text };
  const given = text.slice(options.length);
  return { virtual: virtualPath(visit.cwd, Buffer.from(given)), given };
}

async function* one(entry: Entry): AsyncGenerator<Entry> {
  yield entry;
}

async function list(visit: Visit, argument: Buffer): Promise<Reply> {
  takeRestart(visit);
  const { virtual, given } = await listedPath(visit, argument);
  const stats = await visit.files.stats(virtual);
  const entries = stats.isDirectory() ? visit.files.list(virtual) : one({ name: given, stats });
  const now = Date.now();
  return sendFrom(
    visit,
    'The listing follows.',
    listingStream(entries, (entry) => unixLine(entry, now)),
  );
}

/** Names are such that RETR takes them (RFC 1123 §4.1.2.7): behind the path that was asked for. */
async function nlst(visit: Visit, argument: Buffer): Promise<Reply> {
  takeRestart(visit);
  const { virtual, given } = await listedPath(visit, argument);
  const stats = await visit.files.stats(virtual);
  const entries = stats.isDirectory() ? visit.files.list(virtual) : one({ name: given, stats });
  const prefix =
    stats.isDirectory() && given !== '' && given !== '.' ? `${given.replace(/\/$/, '')}/` : '';
  return sendFrom(
    visit,
    'The names follow.',
    listingStream(entries, ({ name }) => prefix + name),
  );
}

async function mlsd(visit: Visit, argument: Buffer): Promise<Reply> {
  takeRestart(visit);
  const virtual = virtualPath(visit.cwd, argument);
  const stats = await visit.files.stats(virtual);
  if (!stats.isDirectory()) throw new Refusal(501, 'MLSD lists directories; use MLST.');
  const source = listingStream(visit.files.list(virtual), (entry) =>
    machineLine(entry, visit.facts),
  );
  return sendFrom(visit, 'The listing follows.', source);
}

/** Commands that use a data connection. */
export const TRANSFER_VERBS: Record<string, VerbRow> = {
  RETR: { argument: 'required', run: retr },
  STOR: { argument: 'required', run: stor },
  APPE: { argument: 'required', run: appe },
  STOU: { argument: 'none', run: stou },
  LIST: { argument: 'optional', run: list },
  NLST: { argument: 'optional', run: nlst },
  MLSD: { argument: 'optional', run: mlsd },
};
