import { once } from 'node:events';
import type { Socket } from 'node:net';
import { parseCommand } from '../../../shared/ftp/command.ts';
import { type CommandLine, CommandLineReader } from '../../../shared/ftp/line-reader.ts';
import { encodeReply, reply, type Reply } from '../../../shared/ftp/reply.ts';
import type { FileTree } from './files.ts';
import { FACTS } from './listings.ts';
import { failureReply } from './refusal.ts';
import { rowFor, VERB_TABLE } from './verb-table.ts';
import type { Account, DemoLimits, Visit } from './visit.ts';

const NOTHING = Buffer.alloc(0);

/** What a session is given. */
export interface SessionOptions {
  files: FileTree;
  account: Account;
  limits: DemoLimits;
}

/**
 * One client's control connection: takes commands one after the other, except ABOR and STAT, which
 * are seen during a transfer. Knows no command but these; the table does.
 */
export class Session {
  readonly #socket: Socket;
  readonly #limits: DemoLimits;
  readonly #reader = new CommandLineReader();
  readonly #visit: Visit;
  readonly #queue: CommandLine[] = [];
  readonly #loginTimer: NodeJS.Timeout;
  readonly #over = new AbortController();
  #working = false;
  #badCommands = 0;

  private constructor(socket: Socket, options: SessionOptions) {
    this.#socket = socket;
    this.#limits = options.limits;
    this.#visit = newVisit(socket, options, {
      over: this.#over.signal,
      aborted: () => isVerb(this.#queue[0], 'ABOR'),
      send: (one) => this.#send(one),
    });
    this.#loginTimer = setTimeout(
      () => this.#timedOut('Login took too long.'),
      options.limits.loginTime,
    );
  }

  #listen(): void {
    const socket = this.#socket;
    socket.setNoDelay(true);
    socket.setTimeout(this.#limits.idle, () => this.#timedOut('Idle for too long.'));
    socket.on('data', (chunk) => this.#received(chunk));
    socket.on('end', () => this.#inputEnded());
    socket.on('error', () => {});
    socket.on('close', () => this.#closed());
    this.#send(reply(220, 'Gangway demo FTP server.'));
  }

  /**
   * Greets and serves until the socket closes; a transfer that runs then is reset.
   * @param socket the client's, half-open allowed, nothing read yet
   */
  static start(socket: Socket, options: SessionOptions): void {
    const session = new Session(socket, options);
    session.#listen();
  }

  #send(one: Reply): void {
    if (this.#socket.writable) this.#socket.write(encodeReply(one));
  }

  #received(chunk: Buffer): void {
    for (const line of this.#reader.push(chunk)) this.#enqueue(line);
    if (this.#reader.discarded > this.#limits.discarded) return this.#hangUp('That is not FTP.');
    const full = this.#queue.length > this.#limits.queuedCommands;
    if (full || this.#socket.writableNeedDrain) this.#socket.pause();
    if (!this.#working) void this.#work();
  }

  /** ABOR ends the running transfer and goes ahead of what waits behind that (RFC 959 §4.1.3). */
  #enqueue(line: CommandLine): void {
    const transfer = this.#visit.transfer;
    if (transfer === undefined || line.kind === 'fault') {
      this.#queue.push(line);
      return;
    }
    const { verb, argument } = parseCommand(line.line);
    if (verb === 'ABOR') {
      transfer.abort();
      this.#queue.unshift(line);
    } else if (argument === undefined && VERB_TABLE.get(verb)?.duringTransfer === true) {
      void this.#answer(line.line).then((answer) => this.#send(answer));
    } else {
      this.#queue.push(line);
    }
  }

  async #work(): Promise<void> {
    this.#working = true;
    for (let line = this.#queue.shift(); line !== undefined; line = this.#queue.shift()) {
      const answer = line.kind === 'line' ? await this.#answer(line.line) : this.#fault(line.fault);
      this.#send(answer);
      if (answer.code === 221 || answer.code === 421) return this.#finish();
      if (this.#visit.login.stage === 'in') clearTimeout(this.#loginTimer);
      // A client that sends commands and reads no replies is not read any more either.
      if (this.#socket.writableNeedDrain) await once(this.#socket, 'drain').catch(() => {});
      if (this.#socket.destroyed) return;
    }
    this.#working = false;
    if (this.#socket.readableEnded) this.#finish();
    else this.#socket.resume();
  }

  async #answer(line: Buffer): Promise<Reply> {
    const { verb, argument = NOTHING } = parseCommand(line);
    try {
      return await rowFor(this.#visit, verb, argument).run(this.#visit, argument);
    } catch (error) {
      const failure = failureReply(error);
      return failure.code === 500 ? this.#bad(failure) : failure;
    }
  }

  #fault(fault: string): Reply {
    return this.#bad(reply(500, `Not a command line (${fault}).`));
  }

  #bad(answer: Reply): Reply {
    this.#badCommands += 1;
    if (this.#badCommands < this.#limits.badCommands) return answer;
    return reply(421, 'Too many unknown commands.');
  }

  /** A client that is gone gets no more data; one that only piped its commands gets its replies. */
  #inputEnded(): void {
    if (!this.#queue.some((line) => isVerb(line, 'QUIT'))) this.#visit.transfer?.abort();
    if (!this.#working) this.#finish();
  }

  /** A session with a running transfer is not idle. */
  #timedOut(text: string): void {
    if (this.#visit.transfer === undefined) this.#hangUp(text);
  }

  #hangUp(text: string): void {
    this.#send(reply(421, text));
    this.#finish();
  }

  /** Sends what is written, then closes; what the client still sends is not read. */
  #finish(): void {
    this.#queue.length = 0;
    this.#visit.transfer?.abort();
    this.#socket.removeAllListeners('data');
    this.#socket.resume();
    this.#socket.setTimeout(this.#limits.dataLinger, () => this.#socket.destroy());
    this.#socket.end();
  }

  #closed(): void {
    this.#over.abort();
    clearTimeout(this.#loginTimer);
    this.#queue.length = 0;
    this.#visit.transfer?.abort();
    this.#visit.passive?.close();
    this.#visit.passive = undefined;
  }
}

function newVisit(
  socket: Socket,
  options: SessionOptions,
  session: Pick<Visit, 'over' | 'aborted' | 'send'>,
): Visit {
  return {
    ...options,
    ...session,
    local: plainAddress(socket.localAddress),
    peer: plainAddress(socket.remoteAddress),
    login: { stage: 'none' },
    failedLogins: 0,
    cwd: '/',
    passive: undefined,
    epsvOnly: false,
    restart: 0,
    renameFrom: undefined,
    facts: new Set(FACTS),
    transfer: undefined,
  };
}

function isVerb(line: CommandLine | undefined, verb: string): boolean {
  return line?.kind === 'line' && parseCommand(line.line).verb === verb;
}

/** An IPv4 client of an IPv6 listener is an IPv4 client. */
function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.)/, '');
}
