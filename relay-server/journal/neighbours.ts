import type { Finding } from '../../shared/diagnosis/finding.ts';
import type { DiagnosisContext, RecordedEvent } from '../../shared/diagnosis/record.ts';
import { JOURNAL_LIMITS } from '../../shared/limits.ts';
import { isPrivateAddress } from '../../shared/net/address.ts';
import { holderOf } from '../../shared/net/networks.ts';
import { parseEprtArgument, parsePortArgument } from '../../shared/ftp/address.ts';

/** Findings that say that passive ports were not reached. */
const BLOCKED: ReadonlySet<string> = new Set([
  'passive-not-dialled',
  'passive-blocked-at-client',
  'passive-blocked-at-relay',
]);

/** What clients at one address did in the last hour. */
interface Holder {
  arrived: number[];
  missed: number[];
  failedLogins: number[];
  named: Set<string>;
  lastAt: number;
}

/**
 * What other visits say about one: whether anybody else's data connections get through, what addresses clients
 * behind the same address have named, how often they failed to log in. Bounded by addresses and counts; what is
 * older than an hour does not count.
 */
export class Neighbours {
  readonly #holders = new Map<string, Holder>();

  /** Takes an event of a client's visit. */
  take(address: string, event: RecordedEvent, at: number): void {
    switch (event.type) {
      case 'data-accepted':
        note(this.#holder(address, at).arrived, at);
        break;
      case 'transfer-ended':
        if (event.broken?.code === 'no-connection') note(this.#holder(address, at).missed, at);
        break;
      case 'login-failed':
        note(this.#holder(address, at).failedLogins, at);
        break;
      case 'command':
        this.#named(address, event, at);
        break;
      default:
    }
  }

  /** A cause was found in a client's visit: of passive ports that it gave up there is no event. */
  found(address: string, { code }: Pick<Finding, 'code'>, at: number): void {
    if (BLOCKED.has(code)) note(this.#holder(address, at).missed, at);
  }

  /** What is known beyond the visit of a client at this address, at that time. */
  around(
    address: string,
    at: number,
  ): Pick<DiagnosisContext, 'others' | 'namedBefore' | 'failedLogins'> {
    const since = at - JOURNAL_LIMITS.neighbourTime;
    const own = this.#holders.get(holderOf(address));
    let arrived = 0;
    let missed = 0;
    for (const holder of this.#holders.values()) {
      if (holder === own || holder.lastAt < since) continue;
      arrived += countSince(holder.arrived, since);
      missed += countSince(holder.missed, since);
    }
    return {
      others: { arrived, missed },
      namedBefore: [...(own?.named ?? [])],
      failedLogins: own === undefined ? 0 : countSince(own.failedLogins, since),
    };
  }

  #named(
    address: string,
    { verb, argument }: { verb: string; argument?: string },
    at: number,
  ): void {
    if ((verb !== 'PORT' && verb !== 'EPRT') || argument === undefined) return;
    const bytes = Buffer.from(argument);
    const named = verb === 'PORT' ? parsePortArgument(bytes) : parseEprtArgument(bytes);
    if (named === undefined || !('host' in named) || !isPrivateAddress(named.host)) return;
    const holder = this.#holder(address, at);
    if (holder.named.size < JOURNAL_LIMITS.namedAddresses) holder.named.add(named.host);
  }

  #holder(address: string, at: number): Holder {
    const key = holderOf(address);
    const known = this.#holders.get(key);
    const holder = known ?? {
      arrived: [],
      missed: [],
      failedLogins: [],
      named: new Set(),
      lastAt: at,
    };
    holder.lastAt = at;
    // Most recently seen last, so that the oldest is the first to go.
    this.#holders.delete(key);
    this.#holders.set(key, holder);
    const [oldest] = this.#holders.keys();
    if (this.#holders.size > JOURNAL_LIMITS.neighbours && oldest !== undefined) {
      this.#holders.delete(oldest);
    }
    return holder;
  }
}

/** Keeps the last few times. */
function note(times: number[], at: number): void {
  times.push(at);
  if (times.length > JOURNAL_LIMITS.neighbourTimes) times.shift();
}

function countSince(times: readonly number[], since: number): number {
  return times.filter((at) => at >= since).length;
}
