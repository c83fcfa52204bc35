import { transferDirection } from '../ftp/command.ts';
import { isFailure, isPreliminary, replyText, type Reply } from '../ftp/reply.ts';
import type { ClientMode } from './client-mode.ts';
import type { Breakage, DataConnection } from './data-connection.ts';
import type { DataConnections } from './data-connections.ts';
import type { Culprit, SessionEvent } from './events.ts';
import type { Pending, PendingCommands } from './pending-commands.ts';
import { Recovery } from './recovery.ts';
import { GATEWAY_REPLIES } from './replies.ts';
import { TLS_REPLIES } from './tls-replies.ts';
import type { Timers } from './sides.ts';

export interface TransfersOptions {
  pending: PendingCommands;
  data: DataConnections;
  timers: Timers;
  /** Modes the client may use; what it is advised depends on it. */
  clientMode: () => ClientMode;
  emit: (event: SessionEvent) => void;
  /** Sends the server a NOOP whose answer nobody is to see. */
  probe: () => void;
  /** Answers a command of the client in its turn. */
  answer: (verb: string, text: Reply) => void;
  /** Something changed outside of a call from the dialogue. */
  changed: () => void;
  /** Nobody can tell any more which transfer the server would take the next data connection for. */
  outOfStep: () => void;
}

/**
 * The transfers of one session: brings together what the server says of each and what became of its
 * data connection, and gives the client one final reply that is true.
 */
export class Transfers {
  readonly #options: TransfersOptions;
  #recovery: Recovery | undefined;

  constructor(options: TransfersOptions) {
    this.#options = options;
  }

  /** A transfer broke, and the server has yet to say its word on it: it is asked nothing meanwhile. */
  get recovering(): boolean {
    return this.#recovery !== undefined;
  }

  /** A transfer is under way, or its outcome is not told yet. */
  get running(): boolean {
    return this.#all.some((entry) => !entry.overtaken);
  }

  /** Payload bytes so far of the transfer that runs. */
  get bytes(): number {
    const running = this.#all.find((entry) => !entry.overtaken && entry.startedAt !== undefined);
    return running?.data?.bytes ?? 0;
  }

  /** Lets the transfer the server works on now have its data connection. */
  beginCurrent(): void {
    const { pending, data, timers } = this.#options;
    const { current } = pending;
    if (current?.kind !== 'transfer' || current.startedAt !== undefined) return;
    current.startedAt = timers.now();
    const direction = transferDirection(current.verb);
    const { next } = data;
    if (next === undefined || direction === undefined) return;
    current.data = next;
    next.begin(direction);
    this.#settle(current);
  }

  /** The server's reply to a transfer command. */
  replied(entry: Pending, text: Reply): void {
    if (isPreliminary(text)) this.#preliminary(entry, text);
    else this.#final(entry, text);
    if (this.#recovery?.of === entry && entry.progress === 'done') this.#recovery.spoke();
  }

  /** The server's answer to the NOOP that asks whether it is done with a transfer. */
  probed(answer: Reply): void {
    this.#recovery?.probed(answer);
  }

  /**
   * The client's ABOR. Where it was urgent, the urgency is lost on the way, and a server that is busy
   * sending does not read it, or swallows it; one whose data connection is reset ends the transfer. So
   * that is done, what is buffered is discarded, and ABOR is answered here when the server has said its
   * word on the transfer.
   * @returns false if nothing runs that could be broken off: ABOR is the server's to answer
   */
  abortRunning(verb: string): boolean {
    const running = this.#all.find((entry) => entry.data?.abortable === true && !entry.overtaken);
    if (running === undefined) return false;
    running.data?.abort('client', 'aborted', 'aborted by the client');
    if (this.#recovery === undefined) this.#options.answer(verb, GATEWAY_REPLIES.aborted());
    else this.#recovery.abor = verb;
    return true;
  }

  /** A data connection changed. */
  dataChanged(connection: DataConnection): void {
    for (const entry of this.#all) if (entry.data === connection) this.#settle(entry);
  }

  /** Breaks every transfer off and tells the client so. Nothing is transferred afterwards. */
  abort(by: Culprit, code: string, reason: string): void {
    this.#recovery?.cancel();
    this.#options.data.abort(by, code, reason);
    for (const entry of this.#all) {
      if (entry.progress === 'done') continue;
      this.#conclude(entry, GATEWAY_REPLIES.transferBroken(reason), { by, code, reason });
    }
  }

  get #all(): Pending[] {
    return [...this.#options.pending].filter(({ kind }) => kind === 'transfer');
  }

  #preliminary(entry: Pending, text: Reply): void {
    entry.preliminaries += 1;
    if (entry.preliminaries > 1 && entry.data?.verdict === 'broken') {
      // pure-ftpd ends a download whose client went away with a second 150 and nothing else.
      this.#concludeBroken(entry);
      entry.progress = 'done';
      return;
    }
    entry.unannounced.push(text);
    this.#announce(entry);
    entry.data?.reachClient();
  }

  #final(entry: Pending, text: Reply): void {
    const { data } = this.#options;
    if (entry.preliminaries > 0 || !isFailure(text)) data.used(entry.data);
    if (text.code === 425 && entry.data !== undefined) data.serverNeverCame(entry.data);
    if (entry.overtaken) {
      entry.progress = 'done';
    } else if (entry.data === undefined || isFailure(text)) {
      if (entry.preliminaries > 0) entry.data?.abort('server', 'refused', replyText(text));
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
    if (entry.preliminaries === told.length) this.#started(entry, told);
  }

  #started(entry: Pending, told: readonly Reply[]): void {
    const direction = transferDirection(entry.verb);
    if (direction === undefined) return;
    const { verb, argument } = entry;
    const size = verb === 'RETR' ? announcedSize(told.map(replyText).join(' ')) : undefined;
    const known = size === undefined ? {} : { size };
    this.#options.emit({ type: 'transfer-started', verb, name: argument, direction, ...known });
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
    } else if (entry.progress === 'awaiting' && verdict === 'broken') {
      // Otherwise the server's own word is the better one.
      if (SAID_HERE.has(entry.data?.breakage?.code ?? '')) this.#concludeBroken(entry);
      this.#recovery ??= new Recovery({
        of: entry,
        timers: this.#options.timers,
        probe: this.#options.probe,
        over: (how) => this.#recovered(how),
      });
    }
  }

  #recovered(how: 'spoke' | 'silent' | 'gave-up'): void {
    const recovery = this.#recovery;
    if (recovery === undefined) return;
    this.#recovery = undefined;
    const { of, abor } = recovery;
    if (how !== 'spoke') this.#concludeBroken(of);
    if (how === 'silent') {
      of.progress = 'done';
      // One that never accepted may still wait, and would send this file on the next connection.
      if (of.data?.serverAccepted === false) this.#options.outOfStep();
    }
    if (abor !== undefined) this.#options.answer(abor, GATEWAY_REPLIES.aborted());
    this.#options.changed();
  }

  #concludeBroken(entry: Pending): void {
    const breakage = entry.data?.breakage;
    this.#conclude(entry, replyTo(breakage, this.#options.clientMode()), breakage);
  }

  /** Gives the client the one final reply of a transfer. */
  #conclude(entry: Pending, final: Reply, broken?: Breakage): void {
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
      ...(broken && { broken: { by: broken.by, code: broken.code, reason: broken.reason } }),
    });
  }
}

/** Codes of a {@link Breakage} that says what the server cannot know: its own word would hide the reason. */
const SAID_HERE: ReadonlySet<string> = new Set([
  'no-connection',
  'client-unreachable',
  'tls-failed',
  'tls-not-resumed',
  'ERR_TLS_TRUNCATED',
]);

/** How long the file is, as most servers say in their 150: `(1234 bytes)`. */
function announcedSize(text: string): number | undefined {
  const found = /\(?\b(\d{1,15}) bytes\b/i.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** What a client is told of its broken transfer. */
function replyTo(breakage: Breakage | undefined, mode: ClientMode): Reply {
  const reason = breakage?.reason ?? 'broken off';
  if (breakage?.code === 'no-connection') return GATEWAY_REPLIES.noDataConnection(reason);
  if (breakage?.code === 'client-unreachable')
    return GATEWAY_REPLIES.clientUnreachable(reason, mode);
  if (breakage?.code === 'tls-failed') return TLS_REPLIES.dataTlsFailed(reason);
  if (breakage?.code === 'tls-not-resumed') return TLS_REPLIES.notResumed();
  return GATEWAY_REPLIES.transferBroken(reason);
}
