import { encodeCommandLine, formatCommand, type Command } from '../ftp/command.ts';
import { editFeat } from '../ftp/feat.ts';
import { isCompletion, isPreliminary, replyText, type Reply } from '../ftp/reply.ts';
import { GATEWAY_LIMITS } from '../limits.ts';
import { isEpsvAll, parseActive, refusalOfPassive, type SetupContext } from './data-commands.ts';
import { DataConnections } from './data-connections.ts';
import { DataSetup } from './data-setup.ts';
import type { DataConnection } from './data-connection.ts';
import type { Culprit, SessionEvent } from './events.ts';
import { shortened } from './shortened.ts';
import { PendingCommands, type Pending } from './pending-commands.ts';
import { GATEWAY_REPLIES } from './replies.ts';
import { reasonOf } from './refusal.ts';
import type { Security } from './security.ts';
import type { ServerTraits } from './server-traits.ts';
import type { SessionRules } from './session-rules.ts';
import type { PublicSide, ServerSide, Timers } from './sides.ts';
import { Transfers } from './transfers.ts';
import { ADDED_FEATURES, HIDDEN_FEATURES } from './verbs.ts';

/** What a dialogue needs of the session around it. */
export interface DialogueOptions {
  publicSide: PublicSide;
  serverSide: ServerSide;
  traits: ServerTraits;
  timers: Timers;
  rules: SessionRules;
  security: Security;
  toServer: (line: Uint8Array) => void;
  toClient: (reply: Reply) => void;
  emit: (event: SessionEvent) => void;
  /** The server is out of step with its transfers: the session must not go on. */
  outOfStep: () => void;
  /** The dialogue changed: it may take commands again, or has become idle. */
  advanced: () => void;
}

/**
 * The conversation of one session: forwards commands, pairs replies with them, and turns the client's
 * PASV, EPSV, PORT or EPRT into a command to the server. What becomes of transfers is for
 * {@link Transfers} to say. It knows neither sockets nor how the session ends.
 */
export class Dialogue {
  readonly #options: DialogueOptions;
  readonly #pending: PendingCommands;
  readonly #data: DataConnections;
  readonly #transfers: Transfers;
  /** A data connection is being agreed on with the server. */
  #setup: DataSetup | undefined;
  #epsvAll = false;

  constructor(options: DialogueOptions) {
    this.#options = options;
    const { publicSide, serverSide, traits, timers, rules, security, emit } = options;
    const pending = (this.#pending = new PendingCommands(() => timers.now()));
    this.#data = new DataConnections({
      publicSide,
      serverSide,
      traits,
      timers,
      rules,
      security,
      emit,
      changed: (connection) => {
        this.#setup?.dataChanged(connection);
        this.#transfers.dataChanged(connection);
        this.#advance();
      },
      inUse: (connection) => [...pending].some((entry) => entry.data === connection),
    });
    this.#transfers = new Transfers({
      pending,
      data: this.#data,
      timers,
      clientMode: rules.clientMode,
      emit,
      probe: () => this.#probe(),
      answer: (verb, text) => this.answer(verb, text),
      changed: () => this.#advance(),
      outOfStep: options.outOfStep,
    });
    pending.push('greeting', '', '');
  }

  /** Whether the next command may be taken now. */
  get open(): boolean {
    // What sets up a data connection is a barrier: it may need a second question to the server, which
    // must not come behind a command that relies on it.
    const held = this.#setup !== undefined || this.#transfers.recovering;
    return !held && this.#pending.size < GATEWAY_LIMITS.pendingCommands;
  }

  /** A transfer is under way, or its outcome is not told yet. */
  get transferring(): boolean {
    return this.#transfers.running;
  }

  /** See {@link Transfers.bytes}. */
  get transferredBytes(): number {
    return this.#transfers.bytes;
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

  /** The client's ABOR: it ends the transfer that runs; without one the server answers it. */
  abortTransfer(command: Command): void {
    if (!this.#transfers.abortRunning(command.verb)) this.forward(command);
  }

  /** The client's PASV or EPSV. */
  passive(command: Command): void {
    const refusal = refusalOfPassive(command, this.#context);
    if (refusal !== undefined) {
      this.#refuse(command.verb, refusal);
    } else if (isEpsvAll(command)) {
      this.#epsvAll = true;
      this.answer(command.verb, GATEWAY_REPLIES.epsvAllAccepted());
    } else {
      this.#setUp(command, false, (agreed) => this.#data.promisePort(command.verb, agreed));
    }
  }

  /** The client's PORT or EPRT. */
  active(command: Command): void {
    const request = parseActive(command, this.#context);
    if ('address' in request) {
      const held = request.near !== undefined;
      this.#setUp(command, held, (agreed) => this.#data.promiseDial(command.verb, request, agreed));
      return;
    }
    this.#refuse(command.verb, request.refusal);
  }

  #refuse(verb: string, refusal: Reply): void {
    const { code } = refusal;
    const text = replyText(refusal);
    this.#options.emit({ type: 'refused', verb, code, text, why: reasonOf(refusal) });
    this.answer(verb, refusal);
  }

  /**
   * Agrees with the server on a data connection, whichever end the client wants to connect from.
   * @param held its bytes may stay in the server's network
   * @param promise makes the client's reply of it
   */
  #setUp(command: Command, held: boolean, promise: (agreed: DataConnection) => Reply): void {
    const { verb } = command;
    const { serverSide, traits, timers, rules, toServer, emit } = this.#options;
    const entry = this.#pending.push('setup', verb, printable(command));
    const mode = rules.serverMode();
    this.#setup = new DataSetup({
      verb,
      ways: traits.ways(mode),
      doubts: (way) => traits.doubts(way, mode),
      held,
      data: this.#data,
      serverSide,
      timers,
      toServer,
      done: (outcome) => {
        this.#setup = undefined;
        entry.progress = 'done';
        if ('refusal' in outcome) {
          emit({ type: 'setup-failed', verb, text: replyText(outcome.refusal), why: 'server' });
          entry.out.push(outcome.refusal);
        } else entry.out.push(promise(outcome.connection));
        this.#advance();
      },
    });
    this.#setup.begin();
  }

  get #context(): SetupContext {
    const { publicSide, rules, security } = this.#options;
    const { client, family } = publicSide;
    return {
      client,
      family,
      epsvAll: this.#epsvAll,
      clientMode: rules.clientMode(),
      fxp: rules.fxp,
      // What stays in that network does not come by where its TLS is spoken.
      nearby: !security.secured && rules.nearby(),
    };
  }

  /** A complete reply of the server. */
  replied(said: Reply): void {
    const entry = this.#pending.match(said);
    // A client would take it for the answer to its next PASV, and dial what the server names.
    const isStray = isDataPort(said) && entry?.kind !== 'setup';
    const text = isStray ? GATEWAY_REPLIES.strayDataPort() : said;
    if (entry === undefined) {
      if (!isStray) this.#unasked(text);
      return;
    }
    if (entry.kind === 'transfer') this.#transfers.replied(entry, text);
    else if (entry.kind === 'probe') this.#probed(entry, text);
    else if (isPreliminary(text)) entry.out.push(text);
    else if (entry.kind === 'setup') this.#setup?.answered(text);
    else this.#finished(entry, entry.verb === 'FEAT' ? this.#editFeatures(text) : text);
    this.#advance();
  }

  /**
   * A reply nobody asked for, as 421 may be at any moment (RFC 959 §5.4): it is the client's to read, behind
   * a final reply that is held. Whoever says it without end does not fill our memory.
   */
  #unasked(text: Reply): void {
    if (this.#pending.size < GATEWAY_LIMITS.pendingCommands) this.answer('', text);
    else this.#options.toClient(text);
  }

  /** Breaks every transfer off and tells the client so, in order. Nothing is transferred afterwards. */
  abort(by: Culprit, code: string, reason: string): void {
    this.#setup?.cancel(reason);
    this.#transfers.abort(by, code, reason);
    for (const { entry, text } of this.#pending.takeRest()) this.#tell(entry, text);
  }

  #probe(): void {
    this.#pending.push('probe', 'NOOP', '');
    this.#options.toServer(formatCommand('NOOP'));
  }

  #probed(probe: Pending, text: Reply): void {
    if (isPreliminary(text)) return;
    probe.progress = 'done';
    this.#transfers.probed(text);
  }

  #finished(entry: Pending, final: Reply): void {
    entry.progress = 'done';
    const current = this.#pending.current;
    // A reply that overtakes a running transfer (NOOP, STAT) goes out at once, as it came. The
    // farewell of QUIT waits: pyftpdlib says 221 before the 226 of the transfer. So does everything
    // while a 150 is kept back, or it would be taken for the answer to the transfer command.
    const overtakes = current?.kind === 'transfer' && isBefore(this.#pending, current, entry);
    const announced = current?.unannounced.length === 0;
    if (overtakes && announced && entry.verb !== 'QUIT') this.#tell(entry, final);
    else entry.out.push(final);
    if (entry.verb === 'REIN' && isCompletion(final)) this.beginAnew();
  }

  /** After REIN and AUTH the session is as if it had just begun (RFC 959 §4.1.1, RFC 4217 §4). */
  beginAnew(): void {
    this.#epsvAll = false;
    this.#data.reset();
  }

  /** FEAT that promises what holds here; a refusal for another reason (530) stays as it is. */
  #editFeatures(text: Reply): Reply {
    if (text.code !== 211 && text.code !== 500 && text.code !== 502) return text;
    return editFeat(text, HIDDEN_FEATURES, [...this.#options.security.features, ...ADDED_FEATURES]);
  }

  /** Sends what is ready and lets the command the server works on now have its data connection. */
  #advance(): void {
    this.#flush();
    this.#transfers.beginCurrent();
    this.#options.advanced();
  }

  #flush(): void {
    for (const { entry, text } of this.#pending.takeReady()) this.#tell(entry, text);
  }

  #tell(entry: Pending, text: Reply): void {
    this.#options.toClient(text);
    if (isPreliminary(text) || entry.verb === '') return;
    const { timers, emit } = this.#options;
    const ms = timers.now() - entry.at;
    const { code } = text;
    const why = code < 400 ? {} : { text: shortened(replyText(text)) };
    emit({ type: 'answered', verb: entry.verb, code, ms, ...why });
    const bytes = entry.verb === 'SIZE' && code === 213 ? Number(replyText(text)) : NaN;
    if (Number.isSafeInteger(bytes)) emit({ type: 'size', name: entry.argument, bytes });
  }
}

function isBefore(pending: PendingCommands, first: Pending, second: Pending): boolean {
  for (const entry of pending) {
    if (entry === first) return true;
    if (entry === second) return false;
  }
  return false;
}

/** Argument for events and logs: passwords never, the rest as UTF-8 as far as it is. */
function printable(command: Command): string {
  if (command.verb === 'PASS' || command.verb === 'ACCT') return '';
  return command.argument?.toString() ?? '';
}

/** 227, 228 (RFC 1639) and 229 name a data port. */
function isDataPort({ code }: Reply): boolean {
  return code >= 227 && code <= 229;
}
