/** An FTP client that does exactly what a test says, and sees FIN and RST apart. */
import assert from 'node:assert/strict';
import type { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { connect } from 'node:net';
import { parseEpsvReply, parsePasvReply } from '../../shared/ftp/address.ts';
import { ReplyReader, type Reply } from '../../shared/ftp/reply.ts';
import { isActive, type DataCommand } from './clients/client.ts';
import { DataPort } from './data-port.ts';
import { WatchedSocket } from './watched-socket.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Where the client's connections come from, for example 127.0.0.2. */
export interface From {
  readonly localAddress?: string;
}

/** Opens a connection; one that is reset at once is a connection too. @throws Error ECONNREFUSED */
export async function dial(to: Address, from: From = {}): Promise<WatchedSocket> {
  const socket = connect({
    host: to.host,
    port: to.port,
    ...from,
    allowHalfOpen: true,
    noDelay: true,
  });
  const watched = new WatchedSocket(socket);
  await once(socket, 'connect').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ECONNRESET') throw error;
  });
  return watched;
}

/** How much of the conversation a failure tells. */
const SAID = 10;
const SAID_LENGTH = 400;

export class RawClient {
  /** Puts a data connection under what was agreed on, before it is used: nothing, or TLS. */
  protect: (data: WatchedSocket) => WatchedSocket = (data) => data;
  #control: WatchedSocket;
  readonly #to: Address;
  readonly #from: From;
  readonly #reader = new ReplyReader({ bytes: 16 * 1024 * 1024, lines: 200_000 });
  readonly #replies: Reply[] = [];
  readonly #said: string[] = [];

  private constructor(control: WatchedSocket, to: Address, from: From) {
    this.#control = control;
    this.#to = to;
    this.#from = from;
    this.speakOn(control);
  }

  get control(): WatchedSocket {
    return this.#control;
  }

  /** Goes on with the conversation on another socket, for example one of TLS on the present one. */
  speakOn(control: WatchedSocket): void {
    this.#control = control;
    control.onChunk = (chunk) => this.#replies.push(...this.#reader.push(chunk));
  }

  /** Opens the control connection; nothing is read or sent yet. */
  static async connect(to: Address, from: From = {}): Promise<RawClient> {
    return new RawClient(await dial(to, from), to, from);
  }

  /** Connects, reads the greeting and logs in. */
  static async login(
    to: Address & { user?: string; password?: string },
    from: From = {},
  ): Promise<RawClient> {
    const client = await RawClient.connect(to, from);
    await client.expect(220);
    await client.ask(`USER ${to.user ?? 'u'}`, 331);
    await client.ask(`PASS ${to.password ?? 'p'}`, 230);
    return client;
  }

  /** Sends bytes as they are; text as Latin-1. */
  send(bytes: string | Uint8Array): void {
    this.control.send(bytes);
  }

  /** The next reply. @throws Error when none comes in time, with what came before */
  async reply(): Promise<Reply> {
    const { control } = this;
    const over = (): boolean => this.#replies.length > 0 || control.ended !== undefined;
    const said = this.#said.splice(0).slice(-SAID).join(' | ');
    await control.until(over, `a reply after ${said}`);
    const reply = this.#replies.shift();
    assert.ok(reply, `${control.ended} in place of a reply after ${said}`);
    this.#said.push(said.slice(-SAID_LENGTH), textOf(reply));
    return reply;
  }

  /** The next reply's text, which must have this code. */
  async expect(code: number): Promise<string> {
    const reply = await this.reply();
    assert.equal(reply.code, code, textOf(reply));
    return textOf(reply);
  }

  /** Sends a command and answers the text of its reply, which must have this code. */
  async ask(line: string, code: number): Promise<string> {
    this.#said.push(`> ${line}`);
    this.send(`${line}\r\n`);
    return this.expect(code);
  }

  /** EPSV or PASV; answers where to connect. */
  async passive(verb: 'EPSV' | 'PASV' = 'EPSV'): Promise<Address> {
    this.send(`${verb}\r\n`);
    const reply = await this.reply();
    const port = verb === 'EPSV' ? parseEpsvReply(reply) : parsePasvReply(reply)?.port;
    assert.ok(port !== undefined, textOf(reply));
    return { host: this.#to.host, port };
  }

  /** EPSV and a data connection to where it says, with nothing on it yet. */
  async openData(): Promise<WatchedSocket> {
    return dial(await this.passive(), this.#from);
  }

  /** A whole download in the usual order. */
  async download(command: string, mode: DataCommand = 'EPSV'): Promise<Buffer> {
    const data = await this.#begin(command, mode);
    assert.equal(await data.outcome, 'fin');
    data.end();
    await this.expect(226);
    return data.received;
  }

  /** A whole upload. */
  async upload(command: string, bytes: Uint8Array, mode: DataCommand = 'EPSV'): Promise<void> {
    const data = await this.#begin(command, mode);
    data.send(bytes);
    data.end();
    await this.expect(226);
    data.socket.destroy();
  }

  /** Agrees on a data connection, sends the command and reads its 150. */
  async #begin(command: string, mode: DataCommand): Promise<WatchedSocket> {
    if (!isActive(mode)) {
      const data = this.protect(await dial(await this.passive(mode), this.#from));
      await this.#command(command);
      return data;
    }
    const open = await DataPort.open(this.control.socket.localAddress);
    try {
      await this.ask(open.command(mode), 200);
      await this.#command(command);
      return this.protect(await open.accept());
    } finally {
      open.close();
    }
  }

  async #command(command: string): Promise<void> {
    this.send(`${command}\r\n`);
    const first = await this.reply();
    assert.ok(first.code === 150 || first.code === 125, textOf(first));
  }

  /** QUIT, and the end of the connection. */
  async quit(): Promise<void> {
    await this.ask('QUIT', 221);
    assert.equal(await this.control.outcome, 'fin');
    this.control.end();
  }

  /** Gives everything up. */
  close(): void {
    this.control.socket.destroy();
  }
}

function textOf(reply: Reply): string {
  return reply.lines.map((line) => line.toString('latin1')).join('\n');
}
