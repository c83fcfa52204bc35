import type { Channel } from '../channel.ts';
import { formatCommand } from '../ftp/command.ts';
import { FtpSyntaxError, isPreliminary, ReplyReader, type Reply } from '../ftp/reply.ts';
import { GATEWAY_LIMITS, RECEPTION_LIMITS } from '../limits.ts';
import type { LoginWish } from './login-wish.ts';
import { PassedChannel } from './passed-channel.ts';
import { isLogin } from './progress.ts';
import type { Timers } from './sides.ts';

/** How a login ended; one of the two is called, once. */
export interface LoginOutcome {
  /** @param server the control connection, not started: its first reply is the one that let the client in */
  accepted(server: Channel): void;
  /**
   * @param why for the log; the client is not told
   * @param code with which the server refused, if it did
   */
  failed(why: string, code?: number): void;
}

export interface ServerLoginOptions {
  /** The control connection to the server, not started. */
  readonly server: Channel;
  readonly login: Pick<LoginWish, 'user' | 'password' | 'before'>;
  readonly timers: Timers;
  readonly outcome: LoginOutcome;
}

/**
 * - `greeting`: nothing was said to the server yet.
 * - `preparing`: it is told what came before USER; its answers are nobody's business.
 * - `user`, `password`: it is asked; from here on what it says is kept for the client.
 * - `over`: the outcome is told.
 */
type Stage = 'greeting' | 'preparing' | 'user' | 'password' | 'over';

/** Repeats a client's login at the server he means, as far as the server's word on it. */
export class ServerLogin {
  readonly #options: ServerLoginOptions;
  readonly #server: PassedChannel;
  readonly #replies = new ReplyReader();
  readonly #before: Buffer[];
  readonly #cancel: () => void;
  #stage: Stage = 'greeting';
  /** What the server said since it was asked last; bounded as its replies are. */
  #said: Uint8Array[] = [];

  constructor(options: ServerLoginOptions) {
    this.#options = options;
    this.#before = [...options.login.before];
    this.#cancel = options.timers.after(RECEPTION_LIMITS.server, () =>
      this.#fail('the FTP server did not answer in time'),
    );
    this.#server = new PassedChannel(options.server, {
      data: (chunk) => this.#onData(chunk),
      end: () => this.#fail('the FTP server closed the control connection'),
      drain: () => {},
      flushed: () => {},
      closed: (broken) => this.#fail(broken?.reason ?? 'the FTP server closed the connection'),
    });
  }

  /** The client has gone: no outcome is told any more. */
  abandon(): void {
    if (this.#stage !== 'over') this.#leave();
  }

  #onData(chunk: Uint8Array): void {
    if (this.#stage === 'over') return;
    this.#said.push(chunk);
    try {
      for (const reply of this.#replies.push(chunk)) {
        if (!isPreliminary(reply)) this.#onReply(reply);
      }
    } catch (error) {
      if (!(error instanceof FtpSyntaxError)) throw error;
      this.#fail(error.message);
    }
  }

  #onReply(reply: Reply): void {
    switch (this.#stage) {
      case 'greeting':
        if (reply.code === 220) this.#ask();
        else this.#refused(reply);
        break;
      case 'preparing':
        this.#ask();
        break;
      case 'user':
        if (reply.code === 331) this.#askPassword();
        else if (isLogin(reply.code)) this.#accept();
        else this.#refused(reply);
        break;
      case 'password':
        // 332: an account is wanted, too, and only the client can tell which (RFC 959 §5.4).
        if (isLogin(reply.code) || reply.code === 332) this.#accept();
        else this.#refused(reply);
        break;
      case 'over':
        break;
    }
  }

  /** What came before USER first, a command at a time, as some servers swallow the second of two. */
  #ask(): void {
    const line = this.#before.shift();
    this.#stage = line === undefined ? 'user' : 'preparing';
    this.#say(line ?? formatCommand('USER', this.#options.login.user));
  }

  #askPassword(): void {
    this.#stage = 'password';
    this.#say(formatCommand('PASS', this.#options.login.password));
  }

  #say(line: Buffer): void {
    this.#said = [];
    this.#server.write(line);
  }

  #accept(): void {
    this.#stage = 'over';
    this.#cancel();
    this.#server.pass(Buffer.concat(this.#said));
    this.#options.outcome.accepted(this.#server);
  }

  #refused(reply: Reply): void {
    this.#fail(`the FTP server said: ${reply.lines.at(-1)?.toString() ?? ''}`, reply.code);
  }

  #fail(why: string, code?: number): void {
    if (this.#stage === 'over') return;
    this.#leave();
    this.#options.outcome.failed(why, code);
  }

  #leave(): void {
    this.#stage = 'over';
    this.#cancel();
    const reason = 'the login came to nothing';
    this.#server.end();
    this.#options.timers.after(GATEWAY_LIMITS.closing, () => this.#server.reset(reason));
  }
}
