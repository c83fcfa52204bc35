import { METRICS_LIMITS } from '../watch-limits.ts';
import { OUTCOMES, type Outcome } from '../views/sessions.ts';

export const DIRECTIONS = ['download', 'upload'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** What is counted of a link as long as it lives, and of all former ones of a tunnel together. */
export const LINK_COUNTS = ['carriersLost', 'resumes', 'stalls', 'resent'] as const;

/** What stands for all names and words beyond the bound. */
export const OTHER = 'other';

/** Counts by word, of a bounded number of words. */
export class WordCounts {
  readonly #counts = new Map<string, number>();

  add(word: string): void {
    const isNew = !this.#counts.has(word);
    const counted = isNew && this.#counts.size >= METRICS_LIMITS.words ? OTHER : word;
    this.#counts.set(counted, (this.#counts.get(counted) ?? 0) + 1);
  }

  [Symbol.iterator](): IterableIterator<[string, number]> {
    return this.#counts.entries();
  }
}

/** What has happened at one tunnel since the relay started. Plain numbers, as they are counted per event. */
export class Tally {
  opened = 0;
  loginsFailed = 0;
  handshakesFailed = 0;
  readonly turnedAway = new WordCounts();
  readonly outcomes = Object.fromEntries(OUTCOMES.map((one) => [one, 0])) as Record<
    Outcome,
    number
  >;
  readonly transfers = {
    download: { ok: 0, failed: 0, bytes: 0 },
    upload: { ok: 0, failed: 0, bytes: 0 },
  };
  readonly agents = { first: 0, again: 0, lost: 0 };
  /** Of links that are over. */
  readonly links = { carriersLost: 0, resumes: 0, stalls: 0, resent: 0 };
}

/** A tally for each tunnel. Tunnels beyond the bound share one, in which nothing is taken back. */
export class Tallies {
  readonly #own = new Map<string, Tally>();
  readonly #other = new Tally();

  /** @param tunnel a name */
  of(tunnel: string): Tally {
    const known = this.#own.get(tunnel);
    if (known !== undefined) return known;
    if (this.#own.size >= METRICS_LIMITS.tunnels) return this.#other;
    const tally = new Tally();
    this.#own.set(tunnel, tally);
    return tally;
  }

  /** What the tunnel is called in labels. */
  labelOf(tunnel: string): string {
    return this.of(tunnel) === this.#other ? OTHER : tunnel;
  }

  /** Forgets tunnels that are no more, which makes room for others. */
  keep(tunnels: readonly string[]): void {
    const kept = new Set(tunnels);
    for (const name of this.#own.keys()) {
      if (!kept.has(name)) this.#own.delete(name);
    }
  }

  /** By label. */
  *[Symbol.iterator](): IterableIterator<readonly [string, Tally]> {
    yield* this.#own;
    if (this.#own.size >= METRICS_LIMITS.tunnels) yield [OTHER, this.#other];
  }
}
