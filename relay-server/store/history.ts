import type { Finding } from '../../shared/diagnosis/finding.ts';
import type { SessionRecord } from '../../shared/diagnosis/record.ts';
import type { VisitFinding } from '../journal/visit-finding.ts';
import type { Page, PageRequest } from '../views/common.ts';
import type { LineLoss } from '../views/line.ts';
import type { Outcome, PastSession, TransferView } from '../views/sessions.ts';

/** A visit that is over, with all that is kept of it. */
export interface PastVisit {
  readonly past: PastSession;
  readonly record: SessionRecord;
  readonly findings: readonly Finding[];
}

/** What lists of history can be narrowed to. Times are milliseconds since 1970. */
export interface HistoryFilter extends PageRequest {
  readonly tunnel?: string;
  /** An address, the beginning of some, or an IPv4 network of whole octets. @throws GangwayError `network-unsuited` */
  readonly address?: string;
  /** Of the session's end, the transfer's, or what a finding is drawn from. */
  readonly since?: number;
  readonly until?: number;
}

export interface SessionHistoryFilter extends HistoryFilter {
  /** The beginning of the name. */
  readonly user?: string;
  /** `failed`: every one but `ok`. */
  readonly outcome?: Outcome | 'failed';
}

export interface TransferHistoryFilter extends HistoryFilter {
  /** The beginning of the name. */
  readonly user?: string;
  readonly direction?: 'download' | 'upload';
  readonly ok?: boolean;
}

export interface FindingHistoryFilter extends HistoryFilter {
  readonly code?: string;
  readonly session?: string;
}

/** What FTP clients did, and how the lines to agents were. Lists have the newest first. */
export interface HistoryStore {
  /** Writes what happened; what is there already stays as it is. */
  write(
    visits: readonly PastVisit[],
    transfers: readonly TransferView[],
    lineLosses?: readonly LineLoss[],
  ): Promise<void>;
  visit(id: string): Promise<PastVisit | undefined>;
  sessions(filter: SessionHistoryFilter): Promise<Page<PastSession>>;
  transfers(filter: TransferHistoryFilter): Promise<Page<TransferView>>;
  findings(filter: FindingHistoryFilter): Promise<Page<VisitFinding>>;
  lineLosses(filter: Omit<HistoryFilter, 'address'>): Promise<Page<LineLoss>>;
  /** The times before which rows are too many, if so many of each kind are kept. */
  excess(rows: number): Promise<HistoryEnds>;
  /** Deletes some of what is older than that. @returns false if there is nothing left to delete */
  forget(ends: HistoryEnds): Promise<boolean>;
}

/** Where history ends, for each kind: what is older goes. Milliseconds since 1970. */
export interface HistoryEnds {
  readonly sessions: number;
  readonly transfers: number;
  readonly findings: number;
  readonly lineLosses: number;
}

/** Who may not come. Times are milliseconds since 1970. */
export interface StoredBan {
  readonly id: string;
  /** In CIDR notation, in its one spelling. */
  readonly network: string;
  /** Null for all tunnels. */
  readonly tunnel: string | null;
  readonly reason: string;
  readonly automatic: boolean;
  readonly createdAt: number;
  /** Null for ever. */
  readonly until: number | null;
}

export interface BanStore {
  add(ban: StoredBan): Promise<void>;
  /** The newest first. */
  list(): Promise<StoredBan[]>;
  /** False if there was none. */
  remove(id: string): Promise<boolean>;
  /** Deletes those that ended at a time or before it. */
  removeOver(at: number): Promise<void>;
  /** Gives bans of a tunnel its new name, or deletes them if it has none. */
  renameTunnel(from: string, to: string | null): Promise<void>;
}
