import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable, Writable } from 'node:stream';
import type { TestContext } from 'node:test';
import { Client } from 'basic-ftp';
import {
  type DemoFtpServer,
  type DemoFtpServerOptions,
  startDemoFtpServer,
} from '../../../relay-server/demo/ftp-server/server.ts';
import { parsePasvReply } from '../../../shared/ftp/address.ts';
import { type Reply, ReplyReader } from '../../../shared/ftp/reply.ts';

export const ACCOUNT = { user: 'demo', password: 'pass word' };

/** A folder that is gone after the test. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gangway-demo-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A server on a folder of its own, closed after the test. */
export async function serverOn(
  t: TestContext,
  limits: DemoFtpServerOptions['limits'] = {},
): Promise<DemoFtpServer & { root: string }> {
  const root = await temporaryFolder(t);
  const server = await startDemoFtpServer({
    root,
    ...ACCOUNT,
    limits: { loginPause: 1, ...limits },
  });
  t.after(() => server.close());
  return { ...server, root };
}

/** A basic-ftp client that is logged in. */
export async function clientOf(t: TestContext, server: DemoFtpServer): Promise<Client> {
  const client = new Client(10_000);
  t.after(() => client.close());
  await client.access({ host: server.host, port: server.port, ...ACCOUNT });
  return client;
}

/** Resolves when a socket is closed; true if it was reset. */
export async function wasReset(socket: Socket): Promise<boolean> {
  socket.resume();
  if (!socket.closed) await new Promise((closed) => socket.once('close', closed));
  return (
    socket.errored !== null && 'code' in socket.errored && socket.errored.code === 'ECONNRESET'
  );
}

/** A control connection by hand, for what no client would do. */
export class Conversation {
  readonly socket: Socket;
  readonly #reader = new ReplyReader();
  readonly #replies: Reply[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.#replies.push(...this.#reader.push(chunk));
      socket.emit('reply');
    });
    socket.on('error', () => {});
  }

  /** Connects and waits for the greeting; logs in unless told otherwise. */
  static async with(t: TestContext, server: DemoFtpServer, login = true): Promise<Conversation> {
    const socket = connect({ ...server, allowHalfOpen: true });
    t.after(() => socket.destroy());
    const conversation = new Conversation(socket);
    await conversation.code();
    if (!login) return conversation;
    await conversation.say(`USER ${ACCOUNT.user}`);
    await conversation.say(`PASS ${ACCOUNT.password}`);
    return conversation;
  }

  /** The next reply. */
  async reply(): Promise<Reply> {
    while (this.#replies.length === 0) await once(this.socket, 'reply');
    const next = this.#replies.shift();
    if (next === undefined) throw new Error('unreachable');
    return next;
  }

  /** The code of the next reply. */
  async code(): Promise<number> {
    return (await this.reply()).code;
  }

  /** Sends a command and answers the code of the next reply. */
  async say(command: string): Promise<number> {
    this.socket.write(`${command}\r\n`);
    return this.code();
  }

  /** Sends PASV and connects. */
  async data(localAddress = '127.0.0.1'): Promise<Socket> {
    this.socket.write('PASV\r\n');
    const address = parsePasvReply(await this.reply());
    if (address === undefined) throw new Error('no address');
    const socket = connect({ ...address, localAddress, allowHalfOpen: true });
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  }
}

/** Downloads into memory, from an offset on. */
export async function download(client: Client, name: string, startAt = 0): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  await client.downloadTo(sink, name, startAt);
  return Buffer.concat(chunks);
}

/** Every byte of a Buffer as a stream; an empty Buffer is an empty stream. */
export function streamOf(bytes: Buffer): Readable {
  return Readable.from(bytes.length === 0 ? [] : [bytes], { objectMode: false });
}
