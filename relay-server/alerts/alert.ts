/** What somebody is told of without asking. */
export const ALERT_KINDS = [
  'agent-offline',
  'agent-online',
  'tunnel-failing',
  'certificate-expiring',
  'certificate-expired',
  'limit-reached',
  'repeated-failed-logins',
] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

/** Something is wrong, or no longer. */
export interface Alert {
  readonly kind: AlertKind;
  /** The same for what was raised and what resolves it; receivers may tell by it what belongs together. */
  readonly key: string;
  readonly state: 'raised' | 'resolved';
  /** Milliseconds since 1970. */
  readonly at: number;
  /** When what is told of began. */
  readonly since: number;
  /** Null if it is of the whole relay. */
  readonly tunnel: string | null;
  /** What it is about: an agent, names of a certificate, a limit, an address. */
  readonly subject: string;
  /** A sentence. */
  readonly text: string;
  /** What to do; empty when it is over. */
  readonly remedy: string;
}

/** A bound that clients have run into. */
export type ReachedLimit = 'max-sessions' | 'max-sessions-per-address' | 'passive-ports';

/** A certificate that ends soon, or has ended. */
export interface CertificateNews {
  readonly names: readonly string[];
  readonly state: 'expiring' | 'expired';
  /** What is wrong and what to do, in words. */
  readonly finding: string;
}

/** What happens in the relay that may be worth an alert. */
export type RelayNews =
  | { type: 'agent-up' | 'agent-down'; agentId: string; name: string; tunnel: string }
  /** The agent may not come again, so nobody waits for it. */
  | { type: 'agent-revoked'; agentId: string }
  | { type: 'tunnel-listening'; tunnel: string }
  | { type: 'tunnel-failed'; tunnel: string; reason: string }
  /** It was deleted, or has another name now. */
  | { type: 'tunnel-gone'; tunnel: string; renamed?: string | undefined }
  /** Whether a session went well, failed on our side of it, or says nothing about the tunnel. */
  | { type: 'session-closed'; tunnel: string; how: 'well' | 'failed' }
  | { type: 'limit-reached'; tunnel: string; limit: ReachedLimit }
  /** An address was banned for failed logins; at one tunnel, or at all. */
  | { type: 'banned'; tunnel: string | null; address: string }
  /** All certificates there are to be told of: one that is missing is well again. */
  | { type: 'certificates'; findings: readonly CertificateNews[] };

/** Watches one kind of thing. It reads no clock; times are milliseconds since 1970. */
export interface AlertRule {
  take(news: RelayNews, now: number): Alert[];
  /** Time has passed. Called about once a second. */
  tick(now: number): Alert[];
}
