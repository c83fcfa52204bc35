import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { isFailure, isPreliminary, type Reply } from '../../shared/ftp/reply.ts';
import { DOCTOR_LIMITS } from '../watch-limits.ts';
import { FtpFault, wordsOf, type FtpClient } from './ftp-client.ts';

/** A data connection that is agreed on, and is or will be there. */
export interface AgreedData {
  readonly data: Promise<Duplex>;
  /** Gives up what has not come. */
  giveUp(): void;
}

/** How a data connection comes about: the commands for it, and the connection. */
export type DataWay = (client: FtpClient) => Promise<AgreedData>;

/** What a file that the doctor leaves for a moment is called; whoever finds one may delete it. */
const FILE_PREFIX = 'gangway-doctor-';

/** Entries of a listing. @throws FtpFault */
export async function list(client: FtpClient, way: DataWay): Promise<number> {
  const listing = await receive(client, way, 'LIST');
  return listing
    .toString('latin1')
    .split('\n')
    .filter((line) => line.trim() !== '').length;
}

/**
 * Sends a file, fetches it again, compares and deletes it.
 * @returns what came of it in words; a server that takes no file is no failure
 * @throws FtpFault
 */
export async function roundTrip(client: FtpClient, way: DataWay): Promise<string> {
  const name = `${FILE_PREFIX}${randomBytes(6).toString('hex')}.tmp`;
  const content = randomBytes(DOCTOR_LIMITS.file);
  await client.demand('TYPE', 'I');
  try {
    await send(client, way, name, content);
  } catch (error) {
    const reply = error instanceof FtpFault ? error.reply : undefined;
    if (reply === undefined || reply.code < 500) throw error;
    return `sending a file was not tried to the end, as the account may not: ${wordsOf(reply)}`;
  }
  try {
    const back = await receive(client, way, 'RETR', name);
    if (!back.equals(content)) {
      throw new FtpFault(`a file of ${content.length} bytes came back different`);
    }
  } finally {
    await client.ask('DELE', name);
  }
  return `a file of ${content.length} bytes was sent, fetched and deleted`;
}

/** What a listing or a file has, as much as {@link DOCTOR_LIMITS}.listing bytes of it. @throws FtpFault */
export async function receive(
  client: FtpClient,
  way: DataWay,
  verb: 'LIST' | 'RETR',
  name?: string,
): Promise<Buffer> {
  return transfer(client, way, [verb, name], async (data) => {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of data as AsyncIterable<Buffer>) {
      size += chunk.length;
      // Read to its end all the same: a transfer that is broken off is another thing to look at.
      if (size <= DOCTOR_LIMITS.listing) chunks.push(chunk);
    }
    data.end();
    return Buffer.concat(chunks);
  });
}

/** Stores a file. @throws FtpFault */
export async function send(
  client: FtpClient,
  way: DataWay,
  name: string,
  content: Buffer,
): Promise<void> {
  await transfer(client, way, ['STOR', name], async (data) => {
    data.resume();
    data.end(content);
    await once(data, 'finish');
    return Buffer.alloc(0);
  });
}

async function transfer(
  client: FtpClient,
  way: DataWay,
  [verb, name]: readonly [string, string | undefined],
  use: (data: Duplex) => Promise<Buffer>,
): Promise<Buffer> {
  const agreed = await way(client);
  const begun = client.demand(verb, name);
  let data: Duplex | undefined;
  /** What the server has said last of it. */
  let said: Reply | undefined;
  try {
    said = await Promise.race([begun, brokenOf(agreed.data)]);
    data = client.protect(await inTime(client, agreed.data));
    const moved = await inTime(client, use(data));
    // Some say 226 alone where everything was sent already.
    if (isPreliminary(said)) said = await client.reply(`the end of ${verb}`);
    if (!isFailure(said)) return moved;
    throw new FtpFault(`${verb} ended with ${wordsOf(said)}`, { reply: said });
  } catch (error) {
    data?.destroy();
    agreed.giveUp();
    // What the server still says of it must not be taken for the answer to the next command.
    said ??= await begun.catch(() => undefined);
    if (said !== undefined && isPreliminary(said)) {
      await client.reply(`the end of ${verb}`).catch(() => {});
    }
    throw dataFaultOf(error);
  } finally {
    agreed.giveUp();
    data?.destroy();
  }
}

/** Rejects when the data connection breaks. */
function brokenOf(data: Promise<Duplex>): Promise<never> {
  return data.then(
    (there) =>
      new Promise<never>((_, reject) => {
        if (there.errored !== null) reject(there.errored);
        there.once('error', reject);
      }),
  );
}

function dataFaultOf(error: unknown): unknown {
  if (error instanceof FtpFault || !(error instanceof Error)) return error;
  const message = `the data connection broke: ${error.message}`;
  return new FtpFault(message, { cause: error, isData: true });
}

/** @throws FtpFault when it takes too long, or the client is closed. */
async function inTime<T>({ signal }: FtpClient, done: Promise<T>): Promise<T> {
  const seconds = DOCTOR_LIMITS.transfer / 1000;
  const late = Promise.withResolvers<never>();
  const fail = (): void =>
    late.reject(
      new FtpFault(`no data connection, or no end of it, within ${seconds} seconds`, {
        isData: true,
      }),
    );
  const timer = setTimeout(fail, DOCTOR_LIMITS.transfer);
  signal.addEventListener('abort', fail);
  try {
    return await Promise.race([done, late.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', fail);
  }
}
