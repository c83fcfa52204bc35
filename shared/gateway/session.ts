import type { Channel, ChannelBroken } from '../channel.ts';
import { encodeReply, FtpSyntaxError, ReplyReader, type Reply } from '../ftp/reply.ts';
import { GATEWAY_LIMITS } from '../limits.ts';
import { CommandIntake } from './command-intake.ts';
import { Dialogue } from './dialogue.ts';
import { CLIENT_CLOSED, type Ending } from './ending.ts';
import type { Culprit, EndCode, SessionEvent } from './events.ts';
import { Progress } from './progress.ts';
import { GATEWAY_REPLIES } from './replies.ts';
import type { ServerTraits } from './server-traits.ts';
import { Security, type SecurityState } from './security.ts';
import type { SessionRules } from './session-rules.ts';
import type { ControlChannel, PublicSide, ServerSide, Timers } from './sides.ts';
import { TLS_REPLIES } from './tls-replies.ts';

export interface SessionOptions {
  /** The client's control connection, not yet started. */
  client: ControlChannel;
  /** The client's TLS so far; none by default. */
  security?: SecurityState;
  publicSide: PublicSide;
  serverSide: ServerSide;
  /** What is known of the server; shared by the sessions of a tunnel and updated by them. */
  traits: ServerTraits;
  rules: SessionRules;
  timers: Timers;
  emit: (event: SessionEvent) => void;
  /** Called once, when nothing of the session is left. */
  closed: () => void;
}

/**
 * One FTP client's control connection with everything that belongs to it: joins it to the server's
 * control connection through a {@link Dialogue}, and owns the one close path.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #client: ControlChannel;
  readonly #security: Security;
  readonly #server: Channel;
  readonly #dialogue: Dialogue;
  readonly #progress: Progress;
  readonly #commands: CommandIntake;
  readonly #replies = new ReplyReader();
  readonly #cancels: (() => void)[] = [];
  readonly #openedAt: number;
  /** The server's channel asked to stop writing. */
  #serverFull = false;
  /** The client's channel asked to stop writing: no answers of our own either, so no more commands. */
  #clientFull = false;
  #ending: Ending | undefined;
  /** The server ended its control connection; what is settled is still told. */
  #serverGone: Ending | undefined;
  #clientGone = false;
  #clientClosed = false;
  #serverClosed = false;
  #draining = false;
  #activeAt: number;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#client = options.client;
    this.#openedAt = options.timers.now();
    this.#activeAt = this.#openedAt;
    this.#security = new Security(options.rules.tls, options.security);
    this.#dialogue = new Dialogue({
      security: this.#security,
      publicSide: options.publicSide,
      serverSide: options.serverSide,
      traits: options.traits,
      timers: options.timers,
      rules: options.rules,
      toServer: (line) => this.#toServer(line),
      toClient: (reply) => this.#toClient(reply),
      emit: options.emit,
      outOfStep: () => this.#outOfStep(),
      advanced: () => this.#advanced(),
    });
    this.#progress = new Progress((event) => {
      if (event.type === 'command') this.#activeAt = options.timers.now();
      options.emit(event);
    });
    this.#commands = new CommandIntake({
      dialogue: this.#dialogue,
      progress: this.#progress,
      security: this.#security,
      hostDecided: options.rules.sharedPort === true,
      reinRefusal: () => this.#reinRefusal(),
      secure: () => this.#secure(),
      readOnly: options.rules.readOnly,
      emit: options.emit,
      open: () => !this.#serverFull && !this.#clientFull && this.#ending === undefined,
      hold: (waiting) => {
        if (waiting || this.#serverFull || this.#clientFull) this.#client.pause();
        else this.#client.resume();
      },
      hangUp: (code, reason, lastWords) => this.#end({ by: 'client', code, reason, lastWords }),
    });
    options.emit({ type: 'opened', client: options.publicSide.client });
    this.#server = options.serverSide.openControl();
    this.#startServer();
    this.#startClient();
    this.#startTimers();
  }

  /** Whether a transfer is under way. */
  get transferring(): boolean {
    return this.#dialogue.transferring;
  }

  /** Payload bytes so far of the transfer that runs. */
  get transferredBytes(): number {
    return this.#dialogue.transferredBytes;
  }

  /** Ends the session as soon as no transfer runs, with a reply that says why. */
  drain(): void {
    this.#draining = true;
    this.#advanced();
  }

  /** Ends the session now; running transfers are broken off and look broken at both ends. */
  kill(by: Culprit, reason: string, lastWords: Reply, code: EndCode = 'killed'): void {
    this.#end({ by, code, reason, lastWords });
  }

  #secure(): void {
    const { emit } = this.#options;
    this.#client.secure((facts) => emit({ type: 'secured', connection: 'control', ...facts }));
  }

  /** REIN ends TLS on the control connection (RFC 4217 §11), and the server's PROT with it. */
  #reinRefusal(): Reply | undefined {
    const hasTls = this.#security.secured || this.#options.serverSide.secured;
    return hasTls ? TLS_REPLIES.noReinWithTls() : undefined;
  }

  #startServer(): void {
    this.#server.start({
      data: (chunk) => this.#onServerData(chunk),
      end: () => this.#onServerEnd(),
      drain: () => {
        this.#serverFull = false;
        this.#commands.take();
      },
      flushed: () => {},
      closed: (broken) => this.#onServerClosed(broken),
    });
  }

  #startClient(): void {
    this.#client.start({
      data: (chunk) => this.#onClientData(chunk),
      end: () => this.#onClientEnd(),
      drain: () => {
        this.#clientFull = false;
        this.#server.resume();
        this.#commands.take();
      },
      flushed: () => {},
      closed: (broken) => this.#onClientClosed(broken),
    });
  }

  #startTimers(): void {
    this.#after(GATEWAY_LIMITS.greeting, () => {
      if (this.#progress.greeted) return;
      const reason = 'the FTP server did not greet in time';
      const lastWords = GATEWAY_REPLIES.serverUnavailable(reason);
      this.#end({ by: 'server', code: 'greeting-timeout', reason, lastWords });
    });
    this.#watchLogin();
    this.#watchIdle();
  }

  #watchLogin(): void {
    const { login } = this.#options.rules;
    this.#after(login, () => {
      if (this.#progress.loggedIn) return;
      const lastWords = GATEWAY_REPLIES.loginTimeout(login / 1000);
      this.#end({ by: 'client', code: 'login-timeout', reason: 'no login in time', lastWords });
    });
  }

  #watchIdle(): void {
    const { timers, rules } = this.#options;
    // A running transfer is not idle (RFC 1123 §4.1.3.2).
    if (this.#dialogue.transferring) this.#activeAt = timers.now();
    const left = this.#activeAt + rules.idle - timers.now();
    if (left > 0) {
      this.#after(left, () => this.#watchIdle());
      return;
    }
    const lastWords = GATEWAY_REPLIES.idle(rules.idle / 1000);
    this.#end({ by: 'client', code: 'idle', reason: 'idle for too long', lastWords });
  }

  #onClientData(chunk: Uint8Array): void {
    if (this.#ending === undefined) this.#commands.push(chunk);
  }

  #onServerData(chunk: Uint8Array): void {
    try {
      this.#takeReplies(this.#replies.push(chunk));
    } catch (error) {
      if (!(error instanceof FtpSyntaxError)) throw error;
      // What was said before the fault counts, however the bytes were cut.
      this.#takeReplies(error.replies);
      const notFtp = error.code === 'reply-not-ftp';
      const code: EndCode = notFtp ? 'server-not-ftp' : 'server-reply-too-long';
      const lastWords = notFtp
        ? GATEWAY_REPLIES.serverNotFtp()
        : GATEWAY_REPLIES.serverReplyTooLong();
      this.#end({ by: 'server', code, reason: error.message, lastWords });
    }
  }

  #takeReplies(replies: readonly Reply[]): void {
    for (const reply of replies) {
      if (this.#ending !== undefined) return;
      const { loggedIn } = this.#progress;
      this.#progress.reply(reply);
      // After REIN it is as if the client had just come.
      if (loggedIn && !this.#progress.loggedIn) this.#watchLogin();
      this.#dialogue.replied(reply);
    }
  }

  #onServerEnd(): void {
    if (this.#ending !== undefined) return;
    const { farewell } = this.#progress;
    const quit = farewell === 221;
    const reason = this.#replies.partial
      ? 'the FTP server closed in the middle of a reply'
      : 'the FTP server closed the control connection';
    this.#serverGone = {
      by: quit ? 'client' : 'server',
      code: quit ? 'quit' : farewell === 421 ? 'server-limit' : 'server-closed',
      reason: quit ? 'quit' : reason,
      ...(farewell === undefined && { lastWords: GATEWAY_REPLIES.serverClosed() }),
    };
    this.#advanced();
  }

  #onServerClosed(broken: ChannelBroken | undefined): void {
    this.#serverClosed = true;
    if (this.#ending === undefined && broken !== undefined) {
      const by: Culprit = broken.by === 'carrier' ? 'tunnel' : 'server';
      const why = this.#options.serverSide.describeFailure(broken);
      const lastWords = GATEWAY_REPLIES.serverUnavailable(why);
      this.#end({ by, code: broken.code, reason: why, lastWords });
    }
    this.#finishIfOver();
  }

  #onClientEnd(): void {
    this.#clientGone = true;
    this.#watchOwed();
    this.#advanced();
  }

  /** What is owed to a client that has half-closed may never come: some servers swallow commands. */
  #watchOwed(): void {
    const left = this.#activeAt + GATEWAY_LIMITS.owedReplies - this.#options.timers.now();
    if (left > 0) this.#after(left, () => this.#watchOwed());
    else this.#end(CLIENT_CLOSED);
  }

  #onClientClosed(broken: ChannelBroken | undefined): void {
    this.#clientClosed = true;
    this.#end(
      broken === undefined
        ? CLIENT_CLOSED
        : { by: 'client', code: broken.code, reason: broken.reason },
    );
    this.#finishIfOver();
  }

  /** Something changed: take more commands, or end if all that was owed has been told. */
  #advanced(): void {
    if (this.#ending !== undefined) return;
    if (this.#serverGone !== undefined) {
      if (!this.#dialogue.settling) this.#end(this.#serverGone);
      return;
    }
    if (!this.#commands.empty) this.#commands.take();
    if (!this.#commands.empty) return;
    if (this.#clientGone) {
      // RFC 959 §4.1.1: an unexpected close acts as ABOR and QUIT. A transfer must not go on to look
      // complete; without one, replies still owed are delivered (a client may half-close).
      if (this.#dialogue.transferring || this.#dialogue.idle) {
        this.#end(CLIENT_CLOSED);
      }
    } else if (this.#draining && !this.#dialogue.transferring) {
      const lastWords = GATEWAY_REPLIES.shuttingDown();
      const reason = 'the relay is restarting';
      this.#end({ by: 'gateway', code: 'restarting', reason, lastWords });
    }
  }

  #outOfStep(): void {
    const reason = 'the FTP server says nothing of a transfer that broke';
    const lastWords = GATEWAY_REPLIES.serverOutOfStep();
    this.#end({ by: 'server', code: 'out-of-step', reason, lastWords });
  }

  #toServer(line: Uint8Array): void {
    if (!this.#server.write(line)) this.#serverFull = true;
  }

  #toClient(reply: Reply): void {
    // The end of a transfer is activity like a command.
    this.#activeAt = this.#options.timers.now();
    if (this.#client.write(encodeReply(reply))) return;
    this.#clientFull = true;
    this.#server.pause();
  }

  /** The one way a session ends; the first reason is kept. */
  #end(ending: Ending): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    const { by, code, reason, lastWords } = ending;
    for (const cancel of this.#cancels) cancel();
    // Data connections are reset before the control connections end: a server that saw the control
    // connection end first would take what it has of an upload for the whole file.
    this.#dialogue.abort(by, code, reason);
    if (lastWords !== undefined) this.#client.write(encodeReply(lastWords));
    this.#client.end();
    this.#client.resume();
    if (this.#serverGone !== undefined || by === 'client') this.#server.end();
    else this.#server.reset(reason);
    this.#server.resume();
    this.#options.timers.after(GATEWAY_LIMITS.closing, () => {
      if (!this.#clientClosed) this.#client.reset(reason);
      if (!this.#serverClosed) this.#server.reset(reason);
    });
    const ms = this.#options.timers.now() - this.#openedAt;
    this.#options.emit({ type: 'closed', by, code, reason, ms });
  }

  #finishIfOver(): void {
    if (this.#clientClosed && this.#serverClosed) this.#options.closed();
  }

  #after(ms: number, expired: () => void): void {
    this.#cancels.push(this.#options.timers.after(ms, expired));
  }
}
