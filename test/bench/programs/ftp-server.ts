/**
 * The FTP server behind everything: as little of one as Gangway and the clients need, so that what is
 * measured is the way to it. `RETR N` sends N bytes of one buffer, `STOR` counts and forgets. Data
 * connections have a thread of their own, so that a NOOP does not wait for bulk data here.
 *
 *     ftp-server.ts HOST FIRST-PORT DATA-PORTS
 *
 * The control port is the first, the data ports follow it.
 */
import { createServer, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { answerQuestions } from './answering.ts';
import type { DataOrder, DataOutcome, PortClear } from './ftp-data.ts';

const [host = '', first = '', dataPorts = ''] = process.argv.slice(2);
const CONTROL_PORT = Number(first);
const DATA_PORTS = Number(dataPorts);
/** Clients of 16 loops and of thousands of logins come in bursts. */
const BACKLOG = 4096;

/** Replies that depend on nothing. */
const REPLIES: Readonly<Record<string, string>> = {
  USER: '331 Password, please.',
  PASS: '230 Welcome.',
  TYPE: '200 Fine.',
  NOOP: '200 Still here.',
  SYST: '215 UNIX Type: L8',
  PWD: '257 "/"',
};

const worker = new Worker(new URL('ftp-data.ts', import.meta.url), {
  workerData: { host, firstPort: CONTROL_PORT + 1, ports: DATA_PORTS },
});
/** Data ports nobody has at the moment; the one that has waited longest is next. */
const free = Array.from({ length: DATA_PORTS }, (_, i) => CONTROL_PORT + 1 + i);
/** The session that waits for the end of a transfer, by data port. */
const transferring = new Map<number, Session>();
/** Who names a port to a client once it is clear. */
const offered = new Map<number, () => void>();
const totals = { sent: 0, received: 0 };

const answers = {
  /** Payload of whole transfers since the start, in bytes. */
  totals: () => ({ ...totals }),
};
export type FtpServerAnswers = typeof answers;

class Session {
  readonly #socket: Socket;
  #rest = '';
  #port: number | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => {});
    socket.on('close', () => this.#giveBack());
    socket.on('data', (chunk: Buffer) => this.#read(chunk.toString('latin1')));
    this.#say('220 Benchmark.');
  }

  /** The transfer is over. */
  done({ sent, received, broken }: DataOutcome): void {
    if (!broken) {
      totals.sent += sent;
      totals.received += received;
    }
    this.#freePort();
    this.#say(broken ? '426 The data connection broke.' : `226 ${sent + received} bytes.`);
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\r\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#take(line);
  }

  #take(line: string): void {
    const [verb = '', argument = ''] = line.split(' ');
    const fixed = REPLIES[verb];
    if (fixed !== undefined) this.#say(fixed);
    else if (verb === 'EPSV' || verb === 'PASV') this.#offerPort(verb);
    else if (verb === 'RETR') this.#transfer({ send: Number(argument) });
    else if (verb === 'STOR') this.#transfer({ receive: true });
    else if (verb === 'QUIT') this.#socket.end('221 Goodbye.\r\n');
    else this.#say('502 Not here.');
  }

  #say(line: string): void {
    if (this.#socket.writable) this.#socket.write(`${line}\r\n`);
  }

  /** A connection that nobody used may be left there; the port is named when it is gone. */
  #offerPort(verb: 'EPSV' | 'PASV'): void {
    this.#giveBack();
    const port = free.shift();
    if (port === undefined) throw new Error('more data connections at once than ports');
    this.#port = port;
    const named = verb === 'EPSV' ? `229 Come (|||${port}|)` : `227 Come (${pasvAddress(port)})`;
    offered.set(port, () => this.#say(named));
    orderAt(port, {});
  }

  #transfer(order: Omit<DataOrder, 'port'>): void {
    if (this.#port === undefined) {
      this.#say('425 EPSV first.');
      return;
    }
    transferring.set(this.#port, this);
    this.#say('150 Here it comes.');
    orderAt(this.#port, order);
  }

  /** A data connection that is there is reset. */
  #giveBack(): void {
    if (this.#port === undefined) return;
    orderAt(this.#port, {});
    this.#freePort();
  }

  #freePort(): void {
    if (this.#port === undefined) return;
    transferring.delete(this.#port);
    free.push(this.#port);
    this.#port = undefined;
  }
}

function name(port: number): void {
  offered.get(port)?.();
  offered.delete(port);
}

function orderAt(port: number, order: Omit<DataOrder, 'port'>): void {
  worker.postMessage({ port, ...order } satisfies DataOrder, []);
}

function pasvAddress(port: number): string {
  return [...host.split('.'), port >> 8, port & 255].join(',');
}

worker.on('message', (message: DataOutcome | PortClear | 'listening') => {
  if (message === 'listening') listen();
  else if ('clear' in message) name(message.port);
  else transferring.get(message.port)?.done(message);
});
worker.on('error', (error) => {
  throw error;
});

function listen(): void {
  const server = createServer({ noDelay: true }, (socket) => void new Session(socket));
  server.listen({ host, port: CONTROL_PORT, backlog: BACKLOG }, () => answerQuestions(answers));
}
