import { parseCommand, type Command } from '../ftp/command.ts';
import { CommandLineReader, type CommandLine } from '../ftp/line-reader.ts';
import type { Reply } from '../ftp/reply.ts';
import { FTP_LIMITS, GATEWAY_LIMITS } from '../limits.ts';
import type { Dialogue } from './dialogue.ts';
import { otherProtocol } from './other-protocol.ts';
import type { EndCode, SessionEvent } from './events.ts';
import { reasonOf } from './refusal.ts';
import type { Progress } from './progress.ts';
import { RECEPTION_REPLIES } from './reception-replies.ts';
import { GATEWAY_REPLIES } from './replies.ts';
import type { Security } from './security.ts';
import { TLS_REPLIES } from './tls-replies.ts';
import { handlingOf, type Handling } from './verbs.ts';

export interface CommandIntakeOptions {
  dialogue: Dialogue;
  progress: Progress;
  security: Security;
  /** Whether HOST comes too late, for this server and for any other. */
  hostDecided: boolean;
  /** Why the client may not begin anew (REIN). */
  reinRefusal: () => Reply | undefined;
  /** TLS is to begin on the control connection, behind what was written. */
  secure: () => void;
  /** Whether the server's files may not be changed; asked at each command. */
  readOnly: () => boolean;
  emit: (event: SessionEvent) => void;
  /** Whether both ends have room for what the next line may lead to. */
  open: () => boolean;
  /** Told after each {@link CommandIntake.take} whether lines wait: the client is to be stopped meanwhile. */
  hold: (waiting: boolean) => void;
  /** The peer is no FTP client, and the session ends. */
  hangUp: (code: EndCode, reason: string, lastWords: Reply) => void;
}

/** Commands by which somebody logs in, each of which may carry a secret. */
const LOGIN_VERBS: ReadonlySet<string> = new Set(['USER', 'PASS', 'ACCT']);

/**
 * Takes what the client sends: cuts it into lines, says what is done with each, and hands them to the
 * dialogue one at a time as far as that is open; the rest waits.
 */
export class CommandIntake {
  readonly #options: CommandIntakeOptions;
  #reader = new CommandLineReader(FTP_LIMITS.commandLine);
  #lines: CommandLine[] = [];
  /** Lines are being handled; what happens meanwhile must not begin to handle them again. */
  #taking = false;
  #firstLine = true;
  #badLines = 0;

  constructor(options: CommandIntakeOptions) {
    this.#options = options;
  }

  /** No line waits. */
  get empty(): boolean {
    return this.#lines.length === 0;
  }

  /** Bytes of the client. */
  push(chunk: Uint8Array): void {
    if (this.#firstLine && this.#lines.length === 0 && this.#reader.pending === 0) {
      const protocol = otherProtocol(chunk);
      if (protocol !== undefined) this.#options.emit({ type: 'other-protocol', protocol });
    }
    this.#lines = this.#lines.concat(this.#reader.push(chunk));
    if (this.#reader.discarded > GATEWAY_LIMITS.discardedLine) {
      const lastWords = GATEWAY_REPLIES.tooManyBadLines();
      this.#options.hangUp('bad-lines', 'a command line without an end', lastWords);
    } else this.take();
  }

  /** Handles what may be handled now. */
  take(): void {
    if (this.#taking) return;
    const { dialogue, security, open, hold } = this.#options;
    this.#taking = true;
    let taken = 0;
    while (taken < this.#lines.length && dialogue.open && open()) {
      const line = this.#lines[taken];
      if (line?.kind === 'line') {
        const command = parseCommand(line.line);
        const handling = handlingOf(command, this.#firstLine, this.#options.readOnly());
        // Commands before it are to be answered, and transfers made, as it was before.
        if (handling.do === 'security' && security.available && !dialogue.idle) break;
        taken += 1;
        const isLast = taken === this.#lines.length && this.#reader.pending === 0;
        this.#handle(command, handling, isLast);
      } else {
        taken += 1;
        if (line !== undefined) this.#fault(line.fault);
      }
    }
    this.#lines = this.#lines.slice(taken);
    this.#taking = false;
    hold(this.#lines.length > 0);
  }

  #fault(fault: Extract<CommandLine, { kind: 'fault' }>['fault']): void {
    this.#options.emit({ type: 'bad-line', fault });
    const { badLine } = GATEWAY_REPLIES;
    const isLong = fault === 'too-long';
    this.#refuse('', isLong ? badLine[fault](FTP_LIMITS.commandLine) : badLine[fault]());
  }

  /** @param isLast nothing has come behind it yet */
  #handle(command: Command, handling: Handling, isLast: boolean): void {
    const { dialogue, progress, hangUp } = this.#options;
    this.#firstLine = false;
    progress.command(command);
    const refusal = this.#refusalOf(command, handling);
    if (refusal !== undefined) {
      this.#answer(command.verb, refusal);
      return;
    }
    switch (handling.do) {
      case 'forward':
        dialogue.forward(command);
        break;
      case 'transfer':
        dialogue.transfer(command);
        break;
      case 'abort':
        dialogue.abortTransfer(command);
        break;
      case 'passive':
        dialogue.passive(command);
        break;
      case 'active':
        dialogue.active(command);
        break;
      case 'security':
        this.#security(command, isLast);
        break;
      case 'answer':
        this.#answer(command.verb, handling.reply);
        break;
      case 'hang-up':
        hangUp('other-protocol', 'another protocol', handling.reply);
        break;
    }
  }

  /** What the rules about TLS and about shared ports forbid. */
  #refusalOf({ verb }: Command, handling: Handling): Reply | undefined {
    const { security, reinRefusal, hostDecided } = this.#options;
    if (handling.do === 'transfer') return security.transferRefusal;
    if (handling.do !== 'forward') return undefined;
    if (verb === 'REIN') return reinRefusal();
    if (verb === 'HOST' && hostDecided) return RECEPTION_REPLIES.hostAfterUser();
    return LOGIN_VERBS.has(verb) ? security.loginRefusal : undefined;
  }

  #security(command: Command, isLast: boolean): void {
    const { security, progress, dialogue, secure, hangUp } = this.#options;
    const { reply, begin } = security.answer(command, progress.loggedIn);
    if (begin !== true) {
      this.#answer(command.verb, reply);
    } else if (isLast) {
      dialogue.beginAnew();
      dialogue.answer(command.verb, reply);
      // Half of a Telnet command that came in clear belongs to nothing any more.
      this.#reader = new CommandLineReader(FTP_LIMITS.commandLine);
      secure();
    } else {
      const lastWords = TLS_REPLIES.pipelinedAuth();
      hangUp('pipelined-auth', 'commands in clear behind AUTH', lastWords);
    }
  }

  #answer(verb: string, text: Reply): void {
    const { dialogue, emit } = this.#options;
    const { code, lines } = text;
    const said = lines.at(-1)?.toString() ?? '';
    if (code >= 400) {
      emit({ type: 'refused', verb: verb.slice(0, 16), code, text: said, why: reasonOf(text) });
    }
    if (code === 500) this.#refuse(verb, text);
    else dialogue.answer(verb, text);
  }

  /** Answers a line that is no command; a peer that sends many of them is no FTP client. */
  #refuse(verb: string, text: Reply): void {
    this.#firstLine = false;
    this.#badLines += 1;
    if (this.#badLines <= GATEWAY_LIMITS.badLines) {
      this.#options.dialogue.answer(verb, text);
      return;
    }
    const lastWords = GATEWAY_REPLIES.tooManyBadLines();
    this.#options.hangUp('bad-lines', 'too many lines that are not FTP commands', lastWords);
  }
}
