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

/** Replies that answer one kind of command only, by their code: the server's way to say where it is. */
const UNMISTAKABLE: ReadonlyMap<number, PendingKind> = new Map([
  [125, 'transfer'],
  [150, 'transfer'],
  [227, 'setup'],
  [229, 'setup'],
]);

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
    const kind = UNMISTAKABLE.get(reply.code);
    const meant = this.#entries.find((e) => e.kind === kind && e.progress === 'awaiting');
    if (meant !== undefined) {
      this.#skipTo(meant);
      return meant;
    }
    const first = this.current;
    if (first === undefined || !this.#isForLater(first, reply)) return first;
    const later = this.#entries.find(
      (e) => e.progress === 'awaiting' && e.kind !== 'transfer' && e !== first,
    );
    return later ?? first;
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

  /** Whether a reply that comes in a transfer cannot be the transfer's own. */
  #isForLater(first: Pending, reply: Reply): boolean {
    if (first.kind !== 'transfer' || isPreliminary(reply)) return false;
    const begun = first.preliminaries > 0 || this.#entries.some(({ kind }) => kind === 'probe');
    return begun && !TRANSFER_FINALS.has(reply.code);
  }
}
