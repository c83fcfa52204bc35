import type { RecordedEvent } from '../../shared/diagnosis/record.ts';
import { JOURNAL_LIMITS } from '../watch-limits.ts';
import type { Outcome } from '../views/sessions.ts';

/** A transfer that began and has no outcome yet. */
export interface OpenTransfer {
  readonly verb: string;
  readonly name: string;
  readonly direction: 'download' | 'upload';
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly size: number | undefined;
}

/** A transfer that is over. */
export interface EndedTransfer extends OpenTransfer {
  /** Payload bytes that were delivered on the public side. */
  readonly bytes: number;
  readonly ms: number;
  readonly code: number;
  readonly broken: string | undefined;
}

type Ended = Extract<RecordedEvent, { type: 'transfer-ended' }>;

/** Ends after which nobody misses anything. */
const ORDERLY: ReadonlySet<string> = new Set([
  'quit',
  'client-closed',
  'idle',
  'restarting',
  'relay-stopped',
  'tunnel-deleted',
  'tunnel-changed',
  'killed',
]);

/** What can be said of a visit so far, kept up to date event by event. It reads no clock. */
export class VisitSummary {
  user: string | null = null;
  tls: string | null = null;
  /** The command by which its last data connection was set up. */
  mode: string | null = null;
  command: string | null = null;
  transfer: OpenTransfer | undefined;
  transfers = 0;
  bytesDown = 0;
  bytesUp = 0;
  closedBy = '';
  reason = '';
  #stage: 'connected' | 'logged-in' | 'turned-away' = 'connected';
  #loginFailed = false;
  #transferFailed = false;
  #endCode = '';
  readonly #sizes = new Map<string, number>();

  get loggedIn(): boolean {
    return this.#stage === 'logged-in';
  }

  get outcome(): Outcome {
    if (this.#stage === 'turned-away') return 'turned-away';
    if (this.#stage === 'connected') return this.#loginFailed ? 'failed-login' : 'broken';
    if (this.#transferFailed) return 'failed-transfer';
    return ORDERLY.has(this.#endCode) ? 'ok' : 'broken';
  }

  /** Takes the next event. @returns the transfer that it ends, if it ends one */
  take(event: RecordedEvent, at: number): EndedTransfer | undefined {
    switch (event.type) {
      case 'user':
        this.user = event.name.slice(0, JOURNAL_LIMITS.text);
        break;
      case 'logged-in':
        this.#stage = 'logged-in';
        break;
      case 'login-failed':
        this.#loginFailed = true;
        break;
      case 'secured':
        if (event.connection === 'control') this.tls = event.version;
        break;
      case 'command':
        this.command = commandText(event);
        break;
      case 'passive-offered':
      case 'active-offered':
        this.mode = event.verb;
        break;
      case 'refused':
        if (event.why === 'tls-required') this.#loginFailed = true;
        break;
      case 'size':
        this.#remember(event.name, event.bytes);
        break;
      case 'transfer-started':
        this.transfer = this.#begin(event, at);
        break;
      case 'transfer-ended':
        return this.#ended(event, at);
      case 'setup-failed':
        this.#transferFailed = true;
        break;
      case 'turned-away':
        this.#stage = 'turned-away';
        this.#close('gateway', event.text, event.why);
        break;
      case 'reception-failed':
        this.#loginFailed = true;
        this.user ??= event.user ?? null;
        this.#close('client', event.why, 'reception-failed');
        break;
      case 'handshake-failed':
        this.#close('client', event.reason, 'handshake-failed');
        break;
      case 'closed':
        this.#close(event.by, event.reason, event.code);
        break;
      default:
    }
    return undefined;
  }

  #begin(event: Extract<RecordedEvent, { type: 'transfer-started' }>, at: number): OpenTransfer {
    const { verb, name, direction } = event;
    const known = verb === 'RETR' ? this.#sizes.get(name) : undefined;
    return { verb, name, direction, startedAt: at, size: event.size ?? known };
  }

  #ended(event: Ended, at: number): EndedTransfer {
    const { verb, name, direction, bytes, ms, code, broken } = event;
    const begun = this.transfer;
    this.transfer = undefined;
    this.transfers += 1;
    if (direction === 'download') this.bytesDown += bytes;
    else this.bytesUp += bytes;
    if (code >= 400) this.#transferFailed = true;
    const startedAt = begun?.startedAt ?? at - Math.round(ms);
    const end = {
      bytes,
      ms: Math.round(ms),
      code,
      broken: broken && `${broken.by}: ${broken.reason}`,
    };
    return { verb, name, direction, startedAt, size: begun?.size, ...end };
  }

  /** Of the last few files: clients ask just before they fetch. */
  #remember(name: string, bytes: number): void {
    this.#sizes.delete(name);
    this.#sizes.set(name, bytes);
    const [oldest] = this.#sizes.keys();
    if (this.#sizes.size > JOURNAL_LIMITS.sizes && oldest !== undefined) this.#sizes.delete(oldest);
  }

  #close(by: string, reason: string, code: string): void {
    this.closedBy = by;
    this.reason = reason.slice(0, JOURNAL_LIMITS.text);
    this.#endCode = code;
  }
}

function commandText({ verb, argument }: { verb: string; argument?: string }): string {
  const text = argument === undefined ? verb : `${verb} ${argument}`;
  return text.slice(0, JOURNAL_LIMITS.text);
}
