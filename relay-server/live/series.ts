import { LIVE_LIMITS } from '../watch-limits.ts';
import type { Sample } from '../views/live.ts';

const MINUTE = 60_000;

/** What the charts show: the last minutes by the second, the last day by the minute. Kept in memory only. */
export class Series {
  #seconds: Sample[] = [];
  #minutes: Sample[] = [];
  /** Samples of the minute that is not over. */
  #open: Sample[] = [];

  add(sample: Sample): void {
    this.#seconds = appended(this.#seconds, sample, LIVE_LIMITS.seconds);
    const [first] = this.#open;
    if (first !== undefined && minuteOf(first) !== minuteOf(sample)) {
      this.#minutes = appended(this.#minutes, meanOf(this.#open), LIVE_LIMITS.minutes);
      this.#open = [];
    }
    this.#open.push(sample);
  }

  /**
   * Samples from a time on, oldest first.
   * @param since milliseconds since 1970
   * @param step length that one sample stands for, in seconds: 1, or any multiple of 60
   */
  read(since: number, step: number): Sample[] {
    const from = step < 60 ? this.#seconds : this.#minutes;
    const wanted = from.filter(({ at }) => at >= since);
    const size = step < 60 ? step : Math.round(step / 60);
    if (size <= 1) return wanted;
    const groups = Map.groupBy(wanted, ({ at }) => Math.floor(at / (step * 1000)));
    return [...groups.values()].map(meanOf);
  }
}

function minuteOf({ at }: Sample): number {
  return Math.floor(at / MINUTE);
}

/** Grows to twice its bound before it is cut, so that cutting costs nothing on average. */
function appended(samples: Sample[], sample: Sample, bound: number): Sample[] {
  samples.push(sample);
  return samples.length > 2 * bound ? samples.slice(-bound) : samples;
}

function meanOf(samples: readonly Sample[]): Sample {
  const mean = (value: (sample: Sample) => number): number =>
    samples.reduce((sum, sample) => sum + value(sample), 0) / Math.max(samples.length, 1);
  return {
    at: samples[0]?.at ?? 0,
    sessions: Math.round(mean(({ sessions }) => sessions)),
    transfers: Math.round(mean(({ transfers }) => transfers)),
    rateDown: Math.round(mean(({ rateDown }) => rateDown)),
    rateUp: Math.round(mean(({ rateUp }) => rateUp)),
  };
}
