import {
  encodeCommandLine,
  formatCommand,
  transferDirection,
  type Command,
} from '../ftp/command.ts';
import { editFeat } from '../ftp/feat.ts';
import { isFailure, isPreliminary, replyText, type Reply } from '../ftp/reply.ts';
import { GATEWAY_LIMITS } from '../limits.ts';
import { isEpsvAll, parseActive, refusalOfPassive, type SetupContext } from './data-commands.ts';
import type { Breakage, DataConnection } from './data-connection.ts';
import { DataConnections } from './data-connections.ts';
import type { Culprit, SessionEvent } from './events.ts';
import { PassiveSetup, type ServerTraits } from './passive-setup.ts';
import { PendingCommands, type Pending } from './pending-commands.ts';
import { GATEWAY_REPLIES } from './replies.ts';
import type { PublicSide, ServerSide, Timers } from './sides.ts';
import { ADDED_FEATURES, HIDDEN_FEATURES } from './verbs.ts';

/** What a dialogue needs of the session around it. */
export interface DialogueOptions {
  publicSide: PublicSide;
  serverSide: ServerSide;
  traits: ServerTraits;
  timers: Timers;
  /** A transfer that moves nothing for so long (milliseconds) is broken off. */
  stall: number;
  /** Whether an address other than the client's may be dialled (FXP). Asked at each PORT and EPRT. */
  fxp: (address: string) => boolean;
  toServer: (line: Uint8Array) => void;
  toClient: (reply: Reply) => void;
  emit: (event: SessionEvent) => void;
  /** The dialogue changed: it may take commands again, or has become idle. */
  advanced: () => void;
}

/**
 * The conversation of one session: forwards commands, pairs replies with them, turns the client's
 * PASV, EPSV, PORT or EPRT into a passive command to the server, and holds a transfer's final reply
 * until its bytes have arrived. It knows neither sockets nor how the session ends.
 */
export class Dialogue {
  readonly #options: DialogueOptions;
  readonly #pending = new PendingCommands();
  readonly #data: DataConnections;
  /** A data connection is being agreed on; `agreed` makes the client's reply of the server's port. */
  #setup: { search: PassiveSetup; agreed: (serverPort: number) => Reply } | undefined;
  #epsvAll = false;
  /**
   * A transfer whose end the client was told before the server can know of it. Commands wait until it
   * does: pure-ftpd answers 500 to whatever comes in a transfer, and a command overtakes the reset.
   */
  #aheadOf: Pending | undefined;
  /** ABOR that waits for the server's word on the transfer it broke off. */
  #abor: { command: Command; of: Pending } | undefined;

  constructor(options: DialogueOptions) {
    this.#options = options;
    const { publicSide, serverSide, timers, stall, emit } = options;
    this.#data = new DataConnections({
      publicSide,
      serverSide,
      timers,
      stall,
      emit,
      changed: (connection) => this.#dataChanged(connection),
      inUse: (connection) => [...this.#pending].some((entry) => entry.data === connection),
    });
    this.#pending.push('greeting', '', '');
  }

  /** Whether the next command may be taken now. */
  get open(): boolean {
    // What sets up a data connection is a barrier: it may need a second question to the server, which
    // must not come behind a command that relies on it.
    const held = this.#setup !== undefined || this.#aheadOf?.progress === 'awaiting';
    return !held && this.#abor === undefined && this.#pending.size < GATEWAY_LIMITS.pendingCommands;
  }

  /** A transfer is under way, or its outcome is not told yet. */
  get transferring(): boolean {
    return [...this.#pending].some((e) => e.kind === 'transfer' && !e.overtaken);
  }

  /** Something is still owed to the client by this program, not by the server. */
  get settling(): boolean {
    return [...this.#pending].some((e) => e.progress === 'settling');
  }

  /** Anything at all is owed to the client. */
  get idle(): boolean {
    return this.#pending.size === 0;
  }

  /** Answers a command in its turn without asking the server. */
  answer(verb: string, text: Reply): void {
    this.#pending.push('local', verb, '').out.push(text);
    this.#advance();
  }

  /** Sends a command on as it is. */
  forward(command: Command): void {
    this.#pending.push('forward', command.verb, printable(command));
    this.#options.toServer(encodeCommandLine(command.line));
    this.#advance();
  }

  transfer(command: Command): void {
    this.#pending.push('transfer', command.verb, printable(command));
    // The data connection is dialled before the command is on its way.
    this.#advance();
    this.#options.toServer(encodeCommandLine(command.line));
  }

  /**
   * The client's ABOR. Where it was urgent, the urgency is lost on the way, and a server that is busy
   * sending does not read it, or swallows it; one whose data connection is reset ends the transfer. So
   * that is done, and when the server has said its word ABOR is answered here. Only a server that says
   * nothing is asked. What is buffered is discarded.
   */
  abortTransfer(command: Command): void {
    const running = this.#pending.current;
    if (running?.data?.verdict !== 'pending') {
      this.forward(command);
      return;
    }
    this.#abor = { command, of: running };
    this.#options.timers.after(GATEWAY_LIMITS.abortReply, () => this.#settleAbor());
    running.data.abort('client', 'aborted by the client');
  }

  #settleAbor(): void {
    const abor = this.#abor;
    this.#abor = undefined;
    if (abor === undefined) return;
    if (abor.of.progress === 'awaiting') this.forward(abor.command);
    else this.answer(abor.command.verb, GATEWAY_REPLIES.aborted());
  }

  /** The client's PASV or EPSV. */
  passive(command: Command): void {
    if (isEpsvAll(command)) {
      this.#epsvAll = true;
      this.answer(command.verb, GATEWAY_REPLIES.epsvAllAccepted());
      return;
    }
    const refusal = refusalOfPassive(command, this.#context);
    if (refusal !== undefined) this.answer(command.verb, refusal);
    else this.#setUp(command, (serverPort) => this.#data.promisePort(command.verb, serverPort));
  }

  /** The client's PORT or EPRT. */
  active(command: Command): void {
    const request = parseActive(command, this.#context);
    if ('address' in request) {
      const { address } = request;
      this.#setUp(command, (serverPort) =>
        this.#data.promiseDial(command.verb, address, serverPort),
      );
      return;
    }
    const { refusal } = request;
    const { verb } = command;
    const { code } = refusal;
    this.#options.emit({ type: 'refused', verb, code, text: replyText(refusal) });
    this.answer(verb, refusal);
  }

  /** Asks the server for a data port, whichever end the client wants to connect from. */
  #setUp(command: Command, agreed: (serverPort: number) => Reply): void {
    this.#pending.push('setup', command.verb, printable(command));
    const search = new PassiveSetup(this.#options.traits);
    this.#setup = { search, agreed };
    this.#options.toServer(formatCommand(search.verb));
  }

  get #context(): SetupContext {
    const { client, family } = this.#options.publicSide;
    return { client, family, epsvAll: this.#epsvAll, fxp: this.#options.fxp };
  }

  /** A complete reply of the server. */
  replied(text: Reply): void {
    const entry = this.#pending.match(text);
    if (entry === undefined) {
      // Unasked for, as 421 may be at any moment (RFC 959 §5.4): it is the client's to read, behind
      // a final reply that is held. Whoever says it without end does not fill our memory.
      if (this.#pending.size < GATEWAY_LIMITS.pendingCommands) this.answer('', text);
      else this.#options.toClient(text);
      return;
    }
    if (entry.verb === 'ABOR') this.#abortAnswered(entry);
    if (entry.kind === 'transfer') this.#transferReplied(entry, text);
    else if (isPreliminary(text)) entry.out.push(text);
    else if (entry.kind === 'setup') this.#setupReplied(entry, text);
    else this.#finished(entry, entry.verb === 'FEAT' ? editFeatures(text) : text);
    this.#advance();
  }

  /** Breaks every transfer off and tells the client so, in order. Nothing is transferred afterwards. */
  abort(by: Culprit, reason: string): void {
    this.#data.abort(by, reason);
    for (const entry of this.#pending) {
      if (entry.kind === 'transfer' && !entry.overtaken && entry.progress !== 'done') {
        this.#conclude(entry, GATEWAY_REPLIES.transferBroken(reason), { by, reason });
      }
    }
    this.#flush();
  }

  /** pyftpdlib says nothing of a transfer whose connection it had not accepted, only 225 to ABOR. */
  #abortAnswered(abor: Pending): void {
    for (const entry of this.#pending) {
      if (entry === abor) return;
      if (entry.progress !== 'awaiting' || entry.data?.verdict !== 'broken') continue;
      this.#concludeBroken(entry);
      entry.progress = 'done';
    }
  }

  #finished(entry: Pending, final: Reply): void {
    entry.progress = 'done';
    const current = this.#pending.current;
    // A reply that overtakes a running transfer (NOOP, STAT) goes out at once, as it came. The
    // farewell of QUIT waits: pyftpdlib says 221 before the 226 of the transfer. So does everything
    // while a 150 is kept back, or it would be taken for the answer to the transfer command.
    const overtakes = current?.kind === 'transfer' && isBefore(this.#pending, current, entry);
    const announced = current?.unannounced.length === 0;
    if (overtakes && announced && entry.verb !== 'QUIT') this.#options.toClient(final);
    else entry.out.push(final);
  }

  #setupReplied(entry: Pending, text: Reply): void {
    const setup = this.#setup;
    if (setup === undefined) throw new Error('a set-up is pending that nobody began');
    const step = setup.search.answered(text);
    if (step.step === 'ask') {
      this.#options.toServer(formatCommand(step.verb));
      return;
    }
    this.#setup = undefined;
    entry.progress = 'done';
    if (step.step === 'port') {
      entry.out.push(setup.agreed(step.port));
      return;
    }
    const answer =
      step.step === 'refused'
        ? step.reply
        : GATEWAY_REPLIES.badServerPassive(replyText(step.reply));
    this.#options.emit({ type: 'passive-failed', verb: entry.verb, text: replyText(answer) });
    entry.out.push(answer);
  }

  #transferReplied(entry: Pending, text: Reply): void {
    const broken = entry.data?.verdict === 'broken';
    if (isPreliminary(text)) {
      entry.preliminaries += 1;
      if (entry.preliminaries > 1 && broken) {
        // pure-ftpd ends a download whose client went away with a second 150 and nothing else.
        this.#concludeBroken(entry);
        entry.progress = 'done';
        return;
      }
      entry.unannounced.push(text);
      this.#announce(entry);
      entry.data?.reachClient();
      return;
    }
    if (entry.preliminaries > 0 || !isFailure(text)) this.#data.used(entry.data);
    if (entry.overtaken) {
      entry.progress = 'done';
    } else if (entry.data === undefined || isFailure(text)) {
      if (entry.preliminaries > 0) entry.data?.abort('server', replyText(text));
      else entry.data?.refused();
      this.#conclude(entry, text, entry.data?.breakage);
      entry.progress = 'done';
    } else {
      entry.progress = 'settling';
      entry.held = text;
      entry.data.serverCompleted();
      entry.data.reachClient();
      this.#settle(entry);
    }
  }

  /** Tells the client that its transfer begins, unless it is yet to be reached. */
  #announce(entry: Pending): void {
    if (entry.unannounced.length === 0 || entry.overtaken) return;
    if (entry.data?.announceable === false) return;
    const told = entry.unannounced.splice(0);
    entry.out.push(...told);
    if (entry.preliminaries === told.length) this.#started(entry);
  }

  #started(entry: Pending): void {
    const direction = transferDirection(entry.verb);
    if (direction === undefined) return;
    const { verb, argument } = entry;
    this.#options.emit({ type: 'transfer-started', verb, name: argument, direction });
  }

  #dataChanged(connection: DataConnection): void {
    for (const entry of this.#pending) {
      if (entry.data === connection) this.#settle(entry);
    }
    this.#advance();
  }

  /** Brings a transfer's verdict and the server's final reply together. */
  #settle(entry: Pending): void {
    const verdict = entry.data?.verdict ?? 'complete';
    this.#announce(entry);
    if (entry.progress === 'settling' && verdict === 'complete' && entry.held !== undefined) {
      this.#conclude(entry, entry.held);
      entry.progress = 'done';
    } else if (entry.progress === 'settling' && verdict === 'broken') {
      this.#concludeBroken(entry);
      entry.progress = 'done';
    } else if (entry.progress === 'awaiting' && verdict === 'broken' && !entry.overtaken) {
      // The server has agreed to the transfer and knows nothing of the client: what it will say of the
      // reset would only hide the reason.
      if (entry.data?.breakage?.code === 'client-unreachable') this.#concludeAhead(entry);
      else this.#awaitServersWord(entry);
    }
  }

  /** The server usually notices and answers 426 itself. Where it does not, the client must not wait. */
  #awaitServersWord(entry: Pending): void {
    this.#options.timers.after(GATEWAY_LIMITS.brokenReply, () => {
      if (entry.progress !== 'awaiting' || entry.overtaken) return;
      this.#concludeBroken(entry);
      this.#advance();
    });
  }

  /** Tells the client at once, and keeps its next commands until the server has noticed. */
  #concludeAhead(entry: Pending): void {
    this.#concludeBroken(entry);
    this.#aheadOf = entry;
    this.#options.timers.after(GATEWAY_LIMITS.brokenReply, () => {
      if (this.#aheadOf !== entry) return;
      this.#aheadOf = undefined;
      this.#advance();
    });
  }

  #concludeBroken(entry: Pending): void {
    const breakage = entry.data?.breakage;
    this.#conclude(entry, replyTo(breakage), breakage);
  }

  /** Gives the client the one final reply of a transfer. */
  #conclude(entry: Pending, final: Reply, broken?: { by: Culprit; reason: string }): void {
    if (entry.overtaken) return;
    entry.overtaken = true;
    entry.out.push(final);
    const direction = transferDirection(entry.verb);
    if (direction === undefined) return;
    const { timers, emit } = this.#options;
    emit({
      type: 'transfer-ended',
      verb: entry.verb,
      name: entry.argument,
      direction,
      bytes: entry.data?.bytes ?? 0,
      ms: timers.now() - (entry.startedAt ?? timers.now()),
      code: final.code,
      ...(broken && { broken: { by: broken.by, reason: broken.reason } }),
    });
  }

  /** Sends what is ready and lets the command the server works on now have its data connection. */
  #advance(): void {
    this.#flush();
    if (this.#abor !== undefined && this.#abor.of.progress !== 'awaiting') this.#settleAbor();
    const current = this.#pending.current;
    if (current?.kind === 'transfer' && current.startedAt === undefined) {
      current.startedAt = this.#options.timers.now();
      const direction = transferDirection(current.verb);
      const { next } = this.#data;
      if (next !== undefined && direction !== undefined) {
        current.data = next;
        next.begin(direction);
        this.#settle(current);
      }
    }
    this.#options.advanced();
  }

  #flush(): void {
    for (const ready of this.#pending.takeReady()) this.#options.toClient(ready);
  }
}

/** What a client is told of its broken transfer. */
function replyTo(breakage: Breakage | undefined): Reply {
  const reason = breakage?.reason ?? 'broken off';
  if (breakage?.code === 'no-connection') return GATEWAY_REPLIES.noDataConnection(reason);
  if (breakage?.code === 'client-unreachable') return GATEWAY_REPLIES.clientUnreachable(reason);
  return GATEWAY_REPLIES.transferBroken(reason);
}

function isBefore(pending: PendingCommands, first: Pending, second: Pending): boolean {
  for (const entry of pending) {
    if (entry === first) return true;
    if (entry === second) return false;
  }
  return false;
}

/** FEAT that promises what holds here; a refusal for another reason (530) stays as it is. */
function editFeatures(text: Reply): Reply {
  if (text.code !== 211 && text.code !== 500 && text.code !== 502) return text;
  return editFeat(text, HIDDEN_FEATURES, ADDED_FEATURES);
}

/** Argument for events and logs: passwords never, the rest as UTF-8 as far as it is. */
function printable(command: Command): string {
  if (command.verb === 'PASS' || command.verb === 'ACCT') return '';
  return command.argument?.toString() ?? '';
}
