import type { Reply } from '../../../shared/ftp/reply.ts';
import type { DEMO_FTP_LIMITS } from '../../limits.ts';
import type { FileTree } from './files.ts';
import type { Fact } from './listings.ts';
import type { PassiveData } from './passive-data.ts';

/** Bounds as in DEMO_FTP_LIMITS; tests shorten times. */
export type DemoLimits = Record<keyof typeof DEMO_FTP_LIMITS, number>;

/** The one account. */
export interface Account {
  user: string;
  password: string;
}

/**
 * How far the login is.
 * - `none`: USER is expected
 * - `named`: PASS is expected
 * - `in`: everything is allowed
 */
type Login = { stage: 'none' } | { stage: 'named'; user: string } | { stage: 'in' };

/** What one client's session remembers from command to command. */
export interface Visit {
  readonly files: FileTree;
  readonly account: Account;
  readonly limits: DemoLimits;
  /** Addresses of the control connection, without IPv4-mapped forms. */
  readonly local: string;
  readonly peer: string;
  login: Login;
  failedLogins: number;
  /** Virtual path of the current directory. */
  cwd: string;
  /** The data connection agreed on for the next transfer. */
  passive: PassiveData | undefined;
  /** After EPSV ALL no other set-up is allowed (RFC 2428 §4). */
  epsvOnly: boolean;
  /** Offset the next RETR or STOR starts at, in bytes. */
  restart: number;
  /** Real path that RNFR named. */
  renameFrom: string | undefined;
  /** Facts that MLSD and MLST give. */
  facts: ReadonlySet<Fact>;
  /** Aborts the transfer that is running. */
  transfer: AbortController | undefined;
  /** Aborts when the session is over; what is opened after that must be closed at once. */
  readonly over: AbortSignal;
  /** Whether the client has sent ABOR for what is about to begin. */
  aborted(): boolean;
  /** Sends a reply ahead of the final one. */
  send(reply: Reply): void;
}

/** One row of the command table. */
export interface VerbRow {
  /** May be used without a login. */
  beforeLogin?: true;
  /** Answered at once, even during a transfer, if it has no argument. */
  duringTransfer?: true;
  /** Whether an argument must, may or must not follow; what may not is ignored. */
  argument: 'required' | 'optional' | 'none';
  /** Does it; a 221 or 421 ends the session. Throws Refusal or a file system error. */
  run(visit: Visit, argument: Buffer): Promise<Reply> | Reply;
}
