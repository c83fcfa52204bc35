import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** How clients get to an FTP server. */
export interface Way {
  readonly host: string;
  /** The control port. */
  readonly port: number;
  /** What to add to a data port the server names: forwarders that know no FTP do not change it. */
  readonly shift: number;
}

/** A client's control connection; commands are asked one at a time. */
export class FtpSession {
  readonly way: Way;
  readonly #socket: Socket;
  #rest = '';
  readonly #replies: string[] = [];
  #waiting: PromiseWithResolvers<string> | undefined;

  private constructor(way: Way, socket: Socket) {
    this.way = way;
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#read(chunk.toString('latin1')));
    socket.on('error', () => {});
    socket.on('close', () => this.#waiting?.reject(new Error('the control connection ended')));
  }

  /** Connects and reads the greeting. */
  static async open(way: Way): Promise<FtpSession> {
    const socket = connect({ host: way.host, port: way.port, noDelay: true });
    const session = new FtpSession(way, socket);
    await session.reply(220);
    return session;
  }

  /** Connects and logs in. */
  static async logIn(way: Way): Promise<FtpSession> {
    const session = await FtpSession.open(way);
    await session.ask('USER bench', 331);
    await session.ask('PASS bench', 230);
    return session;
  }

  /** Sends a command and waits for its reply, which must have this code. */
  async ask(command: string, code: number): Promise<string> {
    this.send(command);
    return this.reply(code);
  }

  send(command: string): void {
    this.#socket.write(`${command}\r\n`);
  }

  /** The next reply, which must have this code. @throws Error when it has another */
  async reply(code: number): Promise<string> {
    const reply = this.#replies.shift() ?? (await this.#next());
    if (!reply.startsWith(String(code))) throw new Error(`${reply} in place of ${code}`);
    return reply;
  }

  /** EPSV; where to connect for data. */
  async passive(): Promise<{ host: string; port: number }> {
    const port = Number(/\|(\d+)\|/.exec(await this.ask('EPSV', 229))?.[1]);
    return { host: this.way.host, port: port + this.way.shift };
  }

  /** Leaves by QUIT; resolves when the connection is gone. */
  async quit(): Promise<void> {
    const closed = once(this.#socket, 'close');
    await this.ask('QUIT', 221);
    this.#socket.end();
    await closed;
  }

  /** Leaves without a word. */
  abandon(): void {
    this.#socket.destroy();
  }

  #next(): Promise<string> {
    if (this.#socket.destroyed) throw new Error('the control connection has ended');
    this.#waiting = Promise.withResolvers<string>();
    return this.#waiting.promise;
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\r\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!/^\d{3} /.test(line)) continue;
      const waiting = this.#waiting;
      this.#waiting = undefined;
      if (waiting === undefined) this.#replies.push(line);
      else waiting.resolve(line);
    }
  }
}
