/** An FTP server whose every answer a test can script, and which tells how its connections ended. */
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { SecureContext } from 'node:tls';
import { ProxyHeaderReader } from '../../relay-server/proxy-protocol/header-reader.ts';
import type { ProxyHeader } from '../../relay-server/proxy-protocol/header.ts';
import { parsePortArgument, type HostPort } from '../../shared/ftp/address.ts';
import { dial } from './raw-client.ts';
import { soon, WatchedSocket } from './watched-socket.ts';

const HOST = '127.0.0.1';

/** Answers one command. */
export type Handler = (session: ScriptedSession, argument: string) => void | Promise<void>;

/** Handlers by verb, in capitals; what is missing is as in {@link DEFAULTS}. `GREETING` is one too. */
export type Script = Readonly<Record<string, Handler>>;

/** One control connection. */
export class ScriptedSession {
  control: WatchedSocket;
  /** What the PROXY header said that came first, if the server wants one. */
  proxyHeader: ProxyHeader | undefined;
  /** Every line that came. */
  readonly commands: string[] = [];
  /** The client has ended its direction. */
  onEnd: (() => void) | undefined;
  #listener: Server | undefined;
  #accepted: Promise<WatchedSocket> | undefined;
  #target: HostPort | undefined;

  constructor(socket: Socket) {
    this.control = new WatchedSocket(socket);
  }

  /** Sends lines, each with CRLF. */
  reply(...lines: string[]): void {
    this.control.send(lines.map((line) => `${line}\r\n`).join(''));
  }

  /** Puts the control connection under TLS, whose client has not begun it yet. */
  secure(context: SecureContext): void {
    this.control = this.control.secure(context, Buffer.alloc(0));
    void this.control.finished.then(() => this.onEnd?.());
  }

  /** Listens for a data connection; answers the port. A former listener is closed. */
  async listen(host = HOST): Promise<number> {
    this.#listener?.close();
    const listener = createServer({ allowHalfOpen: true, noDelay: true });
    this.#listener = listener;
    this.#accepted = new Promise((resolve) => {
      listener.once('connection', (socket: Socket) => {
        resolve(new WatchedSocket(socket));
        listener.close();
      });
    });
    listener.listen(0, host);
    await once(listener, 'listening');
    return (listener.address() as AddressInfo).port;
  }

  /** From now on data connections are made to where PORT said, each by {@link data}. */
  aim(argument: string): void {
    this.#listener?.close();
    this.#accepted = undefined;
    this.#target = parsePortArgument(Buffer.from(argument));
  }

  /**
   * The data connection: the one to the port of the last {@link listen}, or a new one to where PORT said.
   * @throws Error when none comes about
   */
  async data(): Promise<WatchedSocket> {
    if (this.#accepted !== undefined) return soon(this.#accepted, 'a data connection');
    if (this.#target === undefined) throw new Error('nobody listens');
    return dial(this.#target);
  }

  /** Where the last PORT said. */
  get target(): HostPort {
    if (this.#target === undefined) throw new Error('no PORT came');
    return this.#target;
  }

  /** Gives up the listener. */
  close(): void {
    this.#listener?.close();
    this.control.socket.destroy();
  }
}

/** Handlers of a server that knows PORT and nothing else. */
export const ONLY_PORT: Script = {
  EPSV: (session) => session.reply('550 Permission denied.'),
  PASV: (session) => session.reply('550 Permission denied.'),
  PORT: (session, argument) => {
    session.aim(argument);
    session.reply('200 PORT command successful.');
  },
};

const DEFAULTS: Script = {
  GREETING: (session) => session.reply('220 scripted'),
  USER: (session) => session.reply('331 password'),
  PASS: (session) => session.reply('230 logged in'),
  NOOP: (session) => session.reply('200 ok'),
  PWD: (session) => session.reply('257 "/"'),
  TYPE: (session) => session.reply('200 type'),
  CWD: (session) => session.reply('250 there'),
  REST: (session) => session.reply('350 restarting'),
  EPSV: async (session) => session.reply(`229 Entering (|||${await session.listen()}|)`),
  PASV: async (session) => {
    const port = await session.listen();
    session.reply(`227 Entering Passive Mode (10,9,8,7,${port >> 8},${port & 255}).`);
  },
  RETR: download(Buffer.from('contents')),
  LIST: download(Buffer.from('-rw-r--r-- 1 u g 8 Jan  1 00:00 file\r\n')),
  STOR: async (session) => {
    const data = await session.data();
    session.reply('150 send');
    const outcome = await data.finished;
    data.end();
    session.reply(outcome === 'fin' ? '226 stored' : '426 broken');
  },
  QUIT: (session) => {
    session.reply('221 bye');
    session.control.end();
  },
};

/** Sends these bytes after the accept, as vsftpd, ProFTPD and Pure-FTPd do. */
export function download(bytes: Uint8Array): Handler {
  return async (session) => {
    const data = await session.data();
    session.reply('150 here');
    data.send(bytes);
    data.end();
    const outcome = await data.finished;
    session.reply(outcome === 'fin' ? '226 sent' : '426 broken');
  };
}

export class ScriptedServer {
  readonly host = HOST;
  readonly port: number;
  /** Handlers in force; a test puts its own in. */
  script: Record<string, Handler> = {};
  readonly sessions: ScriptedSession[] = [];
  readonly #server: Server;
  readonly #waiting: ((session: ScriptedSession) => void)[] = [];
  /** Every control connection must begin with a PROXY header; one that does not is reset. */
  wantsProxyHeader = false;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
    server.on('connection', (socket: Socket) => this.#accept(socket));
  }

  /** @param port 0 for any free one */
  static async start(port = 0): Promise<ScriptedServer> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    server.listen(port, HOST);
    await once(server, 'listening');
    return new ScriptedServer(server, (server.address() as AddressInfo).port);
  }

  /** The next session that begins. */
  next(): Promise<ScriptedSession> {
    const { promise, resolve } = Promise.withResolvers<ScriptedSession>();
    this.#waiting.push(resolve);
    return soon(promise, 'a control connection');
  }

  /** Ends the server and every session. */
  async close(): Promise<void> {
    for (const session of this.sessions) session.close();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(socket: Socket): void {
    const session = new ScriptedSession(socket);
    this.sessions.push(session);
    if (!this.wantsProxyHeader) {
      this.#converse(session);
      return;
    }
    const reader = new ProxyHeaderReader();
    session.control.onChunk = (chunk) => {
      const progress = reader.push(chunk);
      if (progress.state === 'bad') session.control.reset();
      if (progress.state !== 'complete') return;
      session.proxyHeader = progress.header;
      this.#converse(session);
      session.control.onChunk?.(Buffer.from(progress.rest));
    };
  }

  #converse(session: ScriptedSession): void {
    this.#waiting.shift()?.(session);
    // One command after the other, as single-threaded servers do.
    let turn = this.#handle(session, 'GREETING', '');
    let rest = '';
    session.control.onChunk = (chunk) => {
      const lines = (rest + chunk.toString('latin1')).split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        session.commands.push(line);
        const [verb = '', ...words] = line.split(' ');
        turn = turn.then(() => this.#handle(session, verb.toUpperCase(), words.join(' ')));
      }
    };
    session.onEnd = () => void turn.then(() => session.control.end());
    session.control.socket.on('end', session.onEnd);
  }

  async #handle(session: ScriptedSession, verb: string, argument: string): Promise<void> {
    const handler = this.script[verb] ?? DEFAULTS[verb];
    if (handler === undefined) session.reply('502 unknown');
    else await handler(session, argument);
  }
}
