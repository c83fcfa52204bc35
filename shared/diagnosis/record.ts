import type { HostPort } from '../ftp/address.ts';
import type { LinePattern } from './line-pattern.ts';
import type { SessionEvent } from '../gateway/events.ts';

/** What happened to a client before there was a session, or instead of one. */
export type ThresholdEvent =
  /** It was told why it is not served. `why` is a word of admission: `offline`, `banned`, `max-sessions`… */
  | { type: 'turned-away'; why: string; code: number; text: string }
  /** A login at a shared port came to nothing; the client reads the same whatever `why` is. `code` is the server's. */
  | { type: 'reception-failed'; why: string; code?: number; user?: string }
  /** TLS on an implicit port did not come about. */
  | { type: 'handshake-failed'; reason: string };

/** What happened to the line between relay and agent under a session. */
export type LineEvent =
  /** It is down: whatever is under way waits. */
  | { type: 'line-lost' }
  /** It is back after so many milliseconds, and what waited goes on. */
  | { type: 'line-back'; ms: number };

export type RecordedEvent = SessionEvent | ThresholdEvent | LineEvent;

/** An event and when it happened, in milliseconds since 1970. */
export interface TimedEvent {
  readonly at: number;
  readonly event: RecordedEvent;
}

/** One client's visit from its connect on, as diagnosis sees it: a session, or an attempt at one. */
export interface SessionRecord {
  readonly id: string;
  /** The client's end of the control connection. */
  readonly client: HostPort;
  /** The public port it came to. */
  readonly port: number;
  /** In order. The first ones and the last ones are kept of a long session. */
  readonly events: readonly TimedEvent[];
  /** Events between those kept that were not. */
  readonly omitted: number;
}

/** What is known beyond the one session. Counts are of the last hour. */
export interface DiagnosisContext {
  readonly tunnel: {
    readonly name: string;
    /** Whether TLS begins at once at the port the client came to. */
    readonly implicit: boolean;
    readonly clientMode: 'any' | 'passive' | 'active';
    readonly tls: 'off' | 'optional' | 'required';
    readonly tlsData: 'off' | 'optional' | 'required';
    readonly requireSessionReuse: boolean;
    readonly dataSource: 'same' | 'same-network' | 'any';
  };
  /** First and last passive port of the relay. */
  readonly passivePorts: readonly [number, number];
  /** Passive data connections of other client addresses: did any come, was any waited for in vain? */
  readonly others: { readonly arrived: number; readonly missed: number };
  /** Addresses of their own networks that clients at this client's address named in PORT or EPRT before. */
  readonly namedBefore: readonly string[];
  /** Logins from this client's address that failed, this session's included. */
  readonly failedLogins: number;
  readonly agent: {
    /** Times its link was lost for good. */
    readonly drops: number;
    /** Milliseconds since 1970. */
    readonly awaySince: number | undefined;
    /** What the losses of its line in the last seven days show, those included that were got over. */
    readonly line: LinePattern | undefined;
  };
  /** Whether the certificate clients see is vouched for by an authority. */
  readonly certificate: 'vouched' | 'self-signed' | 'expired';
}
