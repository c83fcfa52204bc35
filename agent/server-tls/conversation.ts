import type { Socket } from 'node:net';
import { FtpSyntaxError, ReplyReader, replyText, type Reply } from '../../shared/ftp/reply.ts';
import { AGENT_LIMITS, FTP_LIMITS } from '../../shared/limits.ts';
import { ServerTlsFault, wordsOf } from './fault.ts';

/**
 * Commands and replies on a control connection before the relay has it. Replies come one at a time, each
 * asked for, and nothing may come that was not.
 */
export class Conversation {
  readonly #socket: Socket;
  readonly #reader = new ReplyReader({
    line: FTP_LIMITS.replyLine,
    bytes: AGENT_LIMITS.serverReply,
  });
  readonly #replies: Reply[] = [];
  #fault: ServerTlsFault | undefined;
  #wake: (() => void) | undefined;

  /** @param socket read from here on, until {@link leave} */
  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('error', this.#onError);
    socket.on('close', this.#onEnd);
  }

  /**
   * The next reply.
   * @param within milliseconds
   * @param what it answers, for people
   * @throws ServerTlsFault if none comes in time, or the connection ends
   */
  async reply(within: number, what: string): Promise<Reply> {
    const timer = setTimeout(() => {
      this.#fail(`the FTP server sent no answer to ${what} within ${within / 1000} seconds`);
    }, within);
    while (this.#replies.length === 0 && this.#fault === undefined) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    clearTimeout(timer);
    const reply = this.#replies.shift();
    if (reply !== undefined) return reply;
    throw this.#fault ?? new ServerTlsFault('server-tls-refused', `no answer to ${what}`);
  }

  /** Sends a command and returns its reply. @throws as {@link reply} */
  ask(command: string): Promise<Reply> {
    this.#socket.write(`${command}\r\n`);
    return this.reply(AGENT_LIMITS.serverTls, command);
  }

  /**
   * Reads no more.
   * @throws ServerTlsFault if more has come than was asked for: what was sent in clear must not count as
   *   if it had come under TLS (CVE-2021-22947)
   */
  leave(): void {
    const socket = this.#socket;
    socket.pause();
    socket.off('data', this.#onData);
    socket.off('end', this.#onEnd);
    socket.off('error', this.#onError);
    socket.off('close', this.#onEnd);
    if (this.#replies.length === 0 && !this.#reader.partial && socket.readableLength === 0) return;
    const what = 'the FTP server sent more than was asked for while TLS was agreed on';
    throw new ServerTlsFault('server-tls-refused', what);
  }

  readonly #onData = (chunk: Buffer): void => {
    try {
      this.#replies.push(...this.#reader.push(chunk));
    } catch (error) {
      if (!(error instanceof FtpSyntaxError)) throw error;
      this.#replies.push(...error.replies);
      const remedy = 'check --server-tls: a server with implicit TLS sends no greeting in clear';
      this.#fault ??= new ServerTlsFault('server-tls-refused', error.message, { remedy });
    }
    this.#wake?.();
  };

  readonly #onEnd = (): void => this.#fail('the FTP server ended the connection before TLS stood');

  readonly #onError = (error: Error): void =>
    this.#fail(`the connection to the FTP server broke before TLS stood (${wordsOf(error)})`);

  #fail(what: string): void {
    this.#fault ??= new ServerTlsFault('server-tls-refused', what);
    this.#wake?.();
  }
}

/** A reply as people read it: code and last line, bounded and printable. */
export function replyWords(reply: Reply): string {
  const text = replyText(reply).replaceAll(/[^\x20-\x7e]/g, '?');
  return `${reply.code} ${text.slice(0, 80)}`.trimEnd();
}
