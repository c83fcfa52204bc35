/** A mail server that takes whatever comes and keeps it: RFC 5321 as far as a client needs it. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and text, lines ended by CRLF. */
  readonly data: string;
  readonly secured: boolean;
  /** User and password as they were given; undefined if nobody logged in. */
  readonly login: string | undefined;
}

export interface SmtpSinkOptions {
  /** Certificate and key; with them STARTTLS is offered. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Answer to RCPT instead of 250. */
  readonly rcpt?: string;
}

/** Bytes of one mail: what a test sends is small, and what does not end is a fault. */
const MOST_BYTES = 1024 * 1024;

export class SmtpSink {
  readonly port: number;
  /** Mails so far. */
  readonly mails: ReceivedMail[] = [];
  /** Commands of all connections so far. */
  readonly commands: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #options: SmtpSinkOptions;
  #waiting: (() => void)[] = [];

  private constructor(server: Server, options: SmtpSinkOptions) {
    this.#server = server;
    this.#options = options;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (socket: Socket) => this.#greet(socket));
  }

  static async start(options: SmtpSinkOptions = {}): Promise<SmtpSink> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new SmtpSink(server, options);
  }

  /** Waits until so many mails have come. */
  async received(count: number): Promise<readonly ReceivedMail[]> {
    while (this.mails.length < count) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return this.mails;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #greet(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.write('220 sink\r\n');
    this.#converse(socket);
  }

  #converse(socket: Socket): void {
    let rest = '';
    let mail: { from: string; to: string[] } = { from: '', to: [] };
    let login: string | undefined;
    let isData = false;
    const secured = socket instanceof TLSSocket;
    const say = (text: string): void => void socket.write(`${text}\r\n`);
    const command = (line: string): void => {
      this.commands.push(line);
      const [verb = ''] = line.toUpperCase().split(/[ :]/);
      if (verb === 'EHLO') say(this.#features(secured));
      else if (verb === 'STARTTLS') this.#secure(socket, onData);
      else if (verb === 'AUTH') {
        login = Buffer.from(line.split(' ')[2] ?? '', 'base64')
          .toString()
          .replaceAll('\0', ' ')
          .trim();
        say('235 in');
      } else if (verb === 'MAIL') {
        mail = { from: addressIn(line), to: [] };
        say('250 ok');
      } else if (verb === 'RCPT') {
        mail.to.push(addressIn(line));
        say(this.#options.rcpt ?? '250 ok');
      } else if (verb === 'DATA') {
        isData = true;
        say('354 go on');
      } else if (verb === 'QUIT') socket.end('221 bye\r\n');
      else say('250 ok');
    };
    const onData = (chunk: Buffer): void => {
      rest += chunk.toString('latin1');
      if (rest.length > MOST_BYTES) socket.destroy();
      for (;;) {
        const end = rest.indexOf(isData ? '\r\n.\r\n' : '\r\n');
        if (end < 0) return;
        const text = rest.slice(0, end);
        rest = rest.slice(end + (isData ? 5 : 2));
        if (!isData) command(text);
        else {
          isData = false;
          say('250 kept');
          this.#keep({ ...mail, data: text, secured, login });
        }
      }
    };
    socket.on('data', onData);
    socket.on('error', () => {});
  }

  #features(secured: boolean): string {
    const more = this.#options.tls !== undefined && !secured ? ['250-STARTTLS'] : [];
    return ['250-sink', ...more, '250 AUTH PLAIN'].join('\r\n');
  }

  #secure(socket: Socket, onData: (chunk: Buffer) => void): void {
    socket.off('data', onData);
    socket.write('220 go on\r\n');
    const server = createTlsServer({ ...this.#options.tls }, (secured) => this.#converse(secured));
    server.on('tlsClientError', () => socket.destroy());
    server.emit('connection', socket);
  }

  #keep(mail: ReceivedMail): void {
    this.mails.push(mail);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

function addressIn(line: string): string {
  return /<([^>]*)>/.exec(line)?.[1] ?? '';
}
