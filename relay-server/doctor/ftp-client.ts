import { once } from 'node:events';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { GangwayError } from '../../shared/errors.ts';
import { formatCommand } from '../../shared/ftp/command.ts';
import {
  FtpSyntaxError,
  isFailure,
  isPreliminary,
  ReplyReader,
  replyText,
  type Reply,
} from '../../shared/ftp/reply.ts';
import { DOCTOR_LIMITS } from '../watch-limits.ts';

/** The server said no, or nothing; or the connection ended. */
export class FtpFault extends GangwayError {
  override readonly name = 'FtpFault';
  /** The reply that said no. */
  readonly reply: Reply | undefined;
  /** It is the data connection that did not come about, or broke. */
  readonly isData: boolean;

  constructor(message: string, more: { reply?: Reply; cause?: unknown; isData?: boolean } = {}) {
    super('ftp-fault', message, more);
    this.reply = more.reply;
    this.isData = more.isData ?? DATA_REPLIES.has(more.reply?.code ?? 0);
  }
}

/** A data connection could not be opened, or was lost (RFC 959 §4.2.2). */
const DATA_REPLIES: ReadonlySet<number> = new Set([425, 426]);

/** A reply as people read it: its last line, cut off, as a part of a sentence. */
export function wordsOf(reply: Reply): string {
  return `${reply.code} ${replyText(reply).slice(0, 160)}`.replace(/[\s.]+$/, '');
}

/** An FTP client of the plainest kind: one command at a time, each with a reply in time. */
export class FtpClient {
  /** Ends it. */
  readonly signal: AbortSignal;
  #control: Duplex;
  #reader = new ReplyReader();
  #replies: Reply[] = [];
  #fault: FtpFault | undefined;
  #wake: () => void = () => {};
  #tls: TLSSocket | undefined;
  /** The session of the control connection, for those who want data connections to resume it. */
  #session: Buffer | undefined;

  /** @param signal closes it */
  constructor(control: Duplex, signal: AbortSignal) {
    this.#control = control;
    this.signal = signal;
    signal.addEventListener('abort', this.close);
    this.#listen(control);
  }

  /** The next reply. @param to what it answers. @throws FtpFault if none comes in time. */
  async reply(to: string): Promise<Reply> {
    const late = `no answer to ${to} within ${DOCTOR_LIMITS.reply / 1000} seconds`;
    const timer = setTimeout(() => this.#fail(late), DOCTOR_LIMITS.reply);
    try {
      while (this.#replies.length === 0) {
        if (this.#fault !== undefined) throw this.#fault;
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      clearTimeout(timer);
    }
    const [reply] = this.#replies.splice(0, 1);
    if (reply === undefined) throw new FtpFault(late);
    return reply;
  }

  /** The reply that follows the connection. @throws FtpFault if it is not 220. */
  async greeting(): Promise<Reply> {
    let reply = await this.reply('the connection');
    while (isPreliminary(reply)) reply = await this.reply('the connection');
    if (reply.code === 220) return reply;
    throw new FtpFault(`the greeting was ${wordsOf(reply)}`, { reply });
  }

  /** Sends a command and returns its reply, whichever it is. @throws FtpFault if none comes */
  ask(verb: string, argument?: string): Promise<Reply> {
    this.#control.write(formatCommand(verb, argument));
    return this.reply(verb);
  }

  /** The same for a command that has to work. @throws FtpFault with the reply if it does not. */
  async demand(verb: string, argument?: string): Promise<Reply> {
    const reply = await this.ask(verb, argument);
    if (isFailure(reply)) throw new FtpFault(`${verb} was answered ${wordsOf(reply)}`, { reply });
    return reply;
  }

  /** Logs in; without PASS where none is asked for. @throws FtpFault */
  async login({ user, password }: Account): Promise<Reply> {
    const reply = await this.demand('USER', user);
    return reply.code === 331 ? this.demand('PASS', password) : reply;
  }

  /** TLS on both kinds of connections. Whom it is spoken with is judged elsewhere. @throws FtpFault */
  async secure(name: string): Promise<void> {
    await this.demand('AUTH', 'TLS');
    this.#control.removeAllListeners('data');
    const tls = this.#tlsOn(this.#control, name);
    this.#tls = tls;
    tls.on('session', (session: Buffer) => (this.#session = session));
    await once(tls, 'secureConnect', { signal: this.signal });
    this.#control = tls;
    this.#listen(tls);
    await this.demand('PBSZ', '0');
    await this.demand('PROT', 'P');
  }

  /** A data connection as it is used: with TLS if the control connection has it. */
  protect(data: Duplex): Duplex {
    return this.#tls === undefined ? data : this.#tlsOn(data, undefined, this.#session);
  }

  /** Ends it at once. Idempotent. */
  readonly close = (): void => {
    this.signal.removeEventListener('abort', this.close);
    this.#fail('the connection was given up');
    this.#control.destroy();
  };

  #tlsOn(socket: Duplex, name: string | undefined, session?: Buffer): TLSSocket {
    const servername = name === undefined || isIP(name) !== 0 ? {} : { servername: name };
    const resumed = session === undefined ? {} : { session };
    const tls = connectTls({ socket, ...servername, ...resumed, rejectUnauthorized: false });
    return tls.on('error', () => {});
  }

  #listen(control: Duplex): void {
    control.on('data', (chunk: Buffer) => {
      try {
        this.#replies.push(...this.#reader.push(chunk));
      } catch (error) {
        if (!(error instanceof FtpSyntaxError)) throw error;
        this.#replies.push(...error.replies);
        this.#fault ??= new FtpFault(error.message);
      }
      this.#wake();
    });
    control.on('end', () => this.#fail('the connection was closed'));
    control.on('error', (error) => this.#fail(error.message, error));
  }

  #fail(message: string, cause?: unknown): void {
    this.#fault ??= new FtpFault(message, { cause });
    this.#wake();
  }
}

/** To log in with. */
export interface Account {
  readonly user: string;
  readonly password: string;
}
