import { ACCESS_LIMITS } from './limits.ts';
import type { Principal } from './http/principal.ts';
import type { AuditStore } from './store/access.ts';

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

/** The audit trail of a store. */
export function auditTrail(store: AuditStore): AuditTrail {
  return {
    record: ({ action, target, before, after }, by) =>
      store.append({
        actor: actorOf(by),
        from: by.from,
        action,
        target,
        before: bounded(before),
        after: bounded(after),
      }),
  };
}

/** `user:NAME`, `token:NAME`, `command-line` or `relay`. */
export function actorOf({ kind, name }: Pick<Principal, 'kind' | 'name'>): string {
  return kind === 'user' || kind === 'token' ? `${kind}:${name}` : kind;
}

/** What differs between two states of one thing, as it was and as it is now; equal fields are left out. */
export function differences<T extends object>(
  before: T,
  after: T,
): { before: Partial<T>; after: Partial<T> } {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof T)[];
  const differs = keys.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
  const only = (state: T): Partial<T> =>
    Object.fromEntries(differs.map((key) => [key, state[key]])) as Partial<T>;
  return { before: only(before), after: only(after) };
}

/** What is too long to be kept whole is named as that. */
function bounded(state: unknown): unknown {
  if (state === undefined || state === null) return null;
  const { length } = JSON.stringify(state);
  return length <= ACCESS_LIMITS.auditState ? state : { omitted: `${length} characters` };
}
