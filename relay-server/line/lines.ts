import { randomUUID } from 'node:crypto';
import {
  linePattern,
  PATTERN_TIME,
  type LinePattern,
} from '../../shared/diagnosis/line-pattern.ts';
import type { LineLoss } from '../views/line.ts';
import { LINE_LIMITS } from '../watch-limits.ts';

export interface LinesOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Takes each loss for the history; it takes no time. */
  readonly keep: (loss: LineLoss) => void;
}

/** What is remembered of the lines of one tunnel's agents. */
interface Remembered {
  /** In the order of time. */
  losses: LineLoss[];
  /** What they showed, and at what time. */
  seen: { readonly at: number; readonly pattern: LinePattern | undefined } | undefined;
}

/** When the lines to agents were down, by the tunnel's name, and what that shows. */
export class Lines {
  readonly #options: LinesOptions;
  readonly #tunnels = new Map<string, Remembered>();

  constructor(options: LinesOptions) {
    this.#options = options;
  }

  /** Takes over what is kept from before the start; in any order. */
  recall(losses: readonly LineLoss[]): void {
    for (const loss of losses.toSorted((one, other) => one.at - other.at)) this.#remember(loss);
  }

  /** A line was down, and is back or was given up. */
  record(loss: Omit<LineLoss, 'id'>): void {
    const whole = { id: randomUUID(), ...loss };
    this.#remember(whole);
    this.#options.keep(whole);
  }

  /** What the losses of the last days show, at most a few minutes old; undefined where that is nothing. */
  pattern(tunnel: string): LinePattern | undefined {
    const remembered = this.#tunnels.get(tunnel);
    if (remembered === undefined) return undefined;
    const now = this.#options.now();
    const { seen, losses } = remembered;
    const isFresh = seen !== undefined && Math.abs(now - seen.at) < LINE_LIMITS.lookAgain;
    if (isFresh) return seen.pattern;
    const pattern = linePattern(losses, now);
    remembered.seen = { at: now, pattern };
    return pattern;
  }

  #remember(loss: LineLoss): void {
    const remembered = this.#tunnels.get(loss.tunnel) ?? { losses: [], seen: undefined };
    const since = loss.at - PATTERN_TIME;
    const kept = remembered.losses.filter(({ at }) => at > since).slice(-LINE_LIMITS.losses + 1);
    remembered.losses = [...kept, loss].toSorted((one, other) => one.at - other.at);
    remembered.seen = undefined;
    // The tunnel heard of last stands last: the first is the one to go.
    this.#tunnels.delete(loss.tunnel);
    this.#tunnels.set(loss.tunnel, remembered);
    const [oldest] = this.#tunnels.keys();
    if (this.#tunnels.size > LINE_LIMITS.tunnels && oldest !== undefined) {
      this.#tunnels.delete(oldest);
    }
  }
}
