import { VERBS } from '../ftp/command.ts';
import { isPreliminary, type Reply } from '../ftp/reply.ts';
import type { DataConnection } from './data-connection.ts';

/**
 * How far a command has come.
 * - `awaiting`: the server's final reply is outstanding.
 * - `settling`: it is here, and held until the transfer's data connection has its verdict.
 * - `done`: nothing more is expected for it.
 */
type Progress = 'awaiting' | 'settling' | 'done';

/**
 * What kind of answer a command leads to. `greeting` stands for the reply nobody asked for; `setup` for
 * PASV, EPSV, PORT and EPRT, each of which asks the server for a data port; `probe` for a command of the
 * gateway's own, whose answer the client never sees.
 */
export type PendingKind = 'greeting' | 'forward' | 'setup' | 'transfer' | 'local' | 'probe';

/** One command of the client whose answer is not complete. */
export interface Pending {
  readonly kind: PendingKind;
  readonly verb: string;
  /** Printable argument, for events. */
  readonly argument: string;
  /** When it was taken, in milliseconds by the session's clock. */
  readonly at: number;
  progress: Progress;
  /** The client got its final reply ahead of the server's, which is swallowed when it comes. */
  overtaken: boolean;
  /** Preliminary replies (1xx) that came. */
  preliminaries: number;
  /** Replies for the client that wait for their turn. */
  readonly out: Reply[];
  /** Preliminary replies kept back until the client, which is dialled, has its data connection. */
  unannounced: Reply[];
  /** The server's final reply while `settling`. */
  held?: Reply;
  /** The data connection a transfer command uses. */
  data?: DataConnection;
  /** When the transfer began, by the session's clock. */
  startedAt?: number;
}

/**
 * Final replies that may conclude a transfer once its preliminary reply was seen (RFC 959 §5.4).
 * Any other reply belongs to a command sent during the transfer, as NOOP or STAT, which some servers
 * answer at once and others afterwards.
 */
const TRANSFER_FINALS: ReadonlySet<number> = new Set([
  226, 250, 421, 425, 426, 450, 451, 452, 522, 550, 551, 552, 553,
]);

/** Of those, what also answers commands about files, as CWD and SIZE. */
const FILE_REPLIES: ReadonlySet<number> = new Set([250, 450, 550]);

/** Replies to PASV and EPSV and to nothing else: where one comes, commands before it were swallowed. */
const TO_SETUP: ReadonlySet<number> = new Set([227, 229]);

/** Commands in the order the client gave them: pairs each reply with its command, keeps replies in order. */
export class PendingCommands {
  readonly #now: () => number;
  #entries: Pending[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  get size(): number {
    return this.#entries.length;
  }

  [Symbol.iterator](): Iterator<Pending> {
    return this.#entries[Symbol.iterator]();
  }

  push(kind: PendingKind, verb: string, argument: string): Pending {
    const entry: Pending = {
      kind,
      verb,
      argument,
      at: this.#now(),
      progress: kind === 'local' ? 'done' : 'awaiting',
      overtaken: false,
      preliminaries: 0,
      out: [],
      unannounced: [],
    };
    this.#entries.push(entry);
    return entry;
  }

  /** The command the server works on now. */
  get current(): Pending | undefined {
    return this.#entries.find((entry) => entry.progress === 'awaiting');
  }

  /** The command a reply of the server belongs to; undefined for a reply nobody asked for. */
  match(reply: Reply): Pending | undefined {
    if (reply.code === 221) {
      const quit = this.#entries.find((e) => e.verb === 'QUIT' && e.progress === 'awaiting');
      if (quit !== undefined) return quit;
    }
    const setup = this.#entries.find((e) => e.kind === 'setup' && e.progress === 'awaiting');
    if (TO_SETUP.has(reply.code) && setup !== undefined) {
      this.#skipTo(setup);
      return setup;
    }
    const first = this.current;
    if (first?.kind !== 'transfer') return first;
    const later = this.#entries.find((e) => e.progress === 'awaiting' && e.kind !== 'transfer');
    return later !== undefined && isForLater(first, later, reply) ? later : first;
  }

  /** Replies that may go to the client now, in order. Commands that are done leave the queue. */
  takeReady(): { entry: Pending; text: Reply }[] {
    const ready: { entry: Pending; text: Reply }[] = [];
    for (const entry of this.#entries) {
      for (const text of entry.out.splice(0)) ready.push({ entry, text });
      if (entry.progress !== 'done' && !entry.overtaken) break;
    }
    this.#entries = this.#entries.filter((e) => e.progress !== 'done' || e.out.length > 0);
    return ready;
  }

  /**
   * Commands before this one will not be answered any more. pure-ftpd swallows a second command that
   * comes in a transfer; without this every later reply would go to the command before its own.
   */
  #skipTo(meant: Pending): void {
    for (const entry of this.#entries) {
      if (entry === meant) return;
      if (entry.progress === 'awaiting' && entry.kind !== 'transfer') entry.progress = 'done';
    }
  }

  /** Replies for the client that wait behind others, when nothing more comes from the server. */
  takeRest(): { entry: Pending; text: Reply }[] {
    const rest = this.#entries.flatMap((entry) =>
      entry.out.splice(0).map((text) => ({ entry, text })),
    );
    this.#entries = [];
    return rest;
  }
}

/** Whether a reply that comes in a transfer is not the transfer's own, but that of a command sent meanwhile. */
function isForLater(transfer: Pending, later: Pending, reply: Reply): boolean {
  if (isPreliminary(reply)) return false;
  const begun = transfer.preliminaries > 0;
  if (!TRANSFER_FINALS.has(reply.code)) return begun || later.kind === 'probe';
  // pyftpdlib answers CWD or SIZE in a transfer; as long as bytes are under way that is no end of it.
  const isAboutFile = FILE_REPLIES.has(reply.code) && VERBS.get(later.verb)?.kind === 'file';
  return begun && isAboutFile && transfer.data?.abortable === true;
}
