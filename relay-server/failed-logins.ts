import { BAN_LIMITS } from './watch-limits.ts';
import { holderOf } from '../shared/net/networks.ts';

/** When failures are too many: so many within so many milliseconds. */
export interface FailureRule {
  readonly most: number;
  readonly within: number;
}

/** An address that failed too often. */
export interface TooManyFailures {
  /** The address alone, or the IPv6 network it can change within; in CIDR notation. */
  readonly network: string;
  readonly times: number;
}

/**
 * Failed logins of client addresses, an IPv6 network counted as one. Of too many addresses those are forgotten
 * that failed longest ago.
 */
export class FailedLogins {
  readonly #now: () => number;
  /** When each failed; the most recent ones last. */
  readonly #times = new Map<string, readonly number[]>();

  /** @param now milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Addresses counted now. */
  get size(): number {
    return this.#times.size;
  }

  /** Counts a failure. @returns what is to be banned if it was one too many; then counting begins anew */
  add(address: string, { most, within }: FailureRule): TooManyFailures | undefined {
    const holder = holderOf(address);
    const at = this.#now();
    const recent = (this.#times.get(holder) ?? []).filter((one) => one > at - within);
    const times = [...recent, at];
    this.#times.delete(holder);
    if (times.length >= most) {
      const network = holder.includes('/') ? holder : `${holder}/32`;
      return { network, times: times.length };
    }
    this.#times.set(holder, times);
    const [oldest] = this.#times.keys();
    if (this.#times.size > BAN_LIMITS.counted && oldest !== undefined) this.#times.delete(oldest);
    return undefined;
  }

  forget(address: string): void {
    this.#times.delete(holderOf(address));
  }
}
