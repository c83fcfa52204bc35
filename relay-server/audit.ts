import type { Principal } from './http/principal.ts';

/** A change that was made: what, of what, and how it was before and after. Secrets are never in it. */
export interface Change {
  /** `tunnel.update`, `agent.revoke`… */
  readonly action: string;
  /** Name or id of what was changed. */
  readonly target: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Remembers who changed what. */
export interface AuditTrail {
  record(change: Change, by: Principal): Promise<void>;
}
