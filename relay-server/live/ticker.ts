import { LIVE_LIMITS } from '../../shared/limits.ts';
import type { LiveSessions } from '../journal/live-sessions.ts';
import type { Sample, Tick, TunnelBrief } from '../views/live.ts';
import type { Series } from './series.ts';

export interface TickerOptions {
  readonly sessions: LiveSessions;
  readonly series: Series;
  /** All tunnels as they stand; asked while somebody listens. */
  readonly briefs: () => TunnelBrief[];
  /** How much history has, counted since the start. */
  readonly written: () => number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Measures the relay once a second, and tells those who listen how it stands. */
export class Ticker {
  readonly #options: TickerOptions;
  readonly #listeners = new Set<(tick: string) => void>();
  /** What each tunnel's brief was in the last tick. */
  #told = new Map<string, string>();
  #last: Sample = { at: 0, sessions: 0, transfers: 0, rateDown: 0, rateUp: 0 };

  constructor(options: TickerOptions) {
    this.#options = options;
  }

  /** Once a second. */
  tick(): void {
    const { sessions, series, now } = this.#options;
    const at = now();
    const { rateDown, rateUp, ...counts } = sessions.measure(at);
    this.#last = { at, ...counts, rateDown: Math.round(rateDown), rateUp: Math.round(rateUp) };
    series.add(this.#last);
    if (this.#listeners.size === 0) return;
    const tick = JSON.stringify(this.#changes());
    for (const listener of this.#listeners) listener(tick);
  }

  /** How things stand, all tunnels included. */
  whole(): Tick {
    return this.#tickOf(this.#options.briefs());
  }

  /** @param listener gets each tick as JSON; the first has all tunnels. @returns ends listening */
  listen(listener: (tick: string) => void): () => void {
    listener(JSON.stringify(this.whole()));
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #changes(): Tick {
    const briefs = this.#options.briefs();
    const told = new Map(briefs.map((brief) => [brief.name, JSON.stringify(brief)]));
    const changed = briefs.filter(({ name }) => told.get(name) !== this.#told.get(name));
    this.#told = told;
    return this.#tickOf(briefs, changed);
  }

  #tickOf(all: readonly TunnelBrief[], told = all): Tick {
    const up = all.filter(({ state }) => state === 'up').length;
    return {
      sample: this.#last,
      tunnelsUp: up,
      tunnelsDown: all.length - up,
      written: this.#options.written(),
      transfers: this.#options.sessions.fastest(LIVE_LIMITS.transfers),
      tunnels: [...told],
    };
  }
}
