import { BANDWIDTH_LIMITS } from '../limits.ts';

const { burst, slice, leastSlice, mostSlice } = BANDWIDTH_LIMITS;

/** Bytes per second, asked for at each use, so that a change holds at once; null for no limit. */
export type Rate = () => number | null;

/**
 * Arithmetic of a bandwidth limit: a bucket into which bytes trickle at the rate, up to a burst, and
 * from which whatever passes is paid. It has no clock: every `now` is milliseconds that only grow.
 */
export class TokenBucket {
  readonly #rate: Rate;
  /** Full at first, and after a time without a limit. */
  #bytes = Infinity;
  #at = 0;

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  get unlimited(): boolean {
    return this.#rate() === null;
  }

  /** Bytes of one turn. Once the bucket has had time it holds as many, whatever the rate. */
  get slice(): number {
    return sliceAt(this.#rate());
  }

  /** Bytes that may be paid now; Infinity without a limit. */
  available(now: number): number {
    const rate = this.#rate();
    const grown = this.#bytes + (rate === null ? Infinity : ((now - this.#at) * rate) / 1000);
    this.#bytes = Math.min(grown, burstAt(rate));
    this.#at = now;
    return this.#bytes;
  }

  /** Pays for bytes that are {@link available}. */
  take(bytes: number): void {
    this.#bytes = this.unlimited ? Infinity : this.#bytes - bytes;
  }

  /** Bytes that were paid for do not pass after all. */
  giveBack(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Whole milliseconds until so many bytes, at most a {@link slice}, are available. */
  wait(bytes: number, now: number): number {
    const missing = bytes - this.available(now);
    return missing <= 0 ? 0 : Math.ceil((missing * 1000) / (this.#rate() ?? Infinity));
  }
}

function sliceAt(rate: number | null): number {
  if (rate === null) return mostSlice;
  return Math.min(Math.max(Math.floor((rate * slice) / 1000), leastSlice), mostSlice);
}

function burstAt(rate: number | null): number {
  return rate === null ? Infinity : Math.max((rate * burst) / 1000, sliceAt(rate));
}
