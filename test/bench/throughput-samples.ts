import { geometricMean, median } from './measures.ts';

/** Directions, and parallel streams of each. */
export const CASES = ['U1', 'D1', 'U8', 'D8', 'U64', 'D64'] as const;
export type Case = (typeof CASES)[number];

/** One transfer: megabytes a second, and CPU seconds a gigabyte at the relay's and the agent's place. */
export interface Sample {
  readonly rate: number;
  readonly relay: number;
  readonly agent: number;
}

const NO_SAMPLES: readonly Sample[] = [];

/** What was measured, round for round. */
export class ThroughputSamples {
  readonly #samples = new Map<string, Sample[]>();

  add(topology: string, which: Case, sample: Sample): void {
    const key = `${topology} ${which}`;
    this.#samples.set(key, [...this.of(topology, which), sample]);
  }

  of(topology: string, which: Case): readonly Sample[] {
    return this.#samples.get(`${topology} ${which}`) ?? NO_SAMPLES;
  }

  /** Median of what is taken of the samples. */
  typical(topology: string, which: Case, take: (sample: Sample) => number): number {
    return median(this.of(topology, which).map(take));
  }

  /** How one topology relates to another in the same round: the median of the rounds'. */
  ratio(topology: string, base: string, which: Case, take: (sample: Sample) => number): number {
    const others = this.of(base, which);
    return median(
      this.of(topology, which).map((sample, round) => {
        const other = others[round];
        return other === undefined ? NaN : take(sample) / take(other);
      }),
    );
  }

  /** The same over several cases. */
  meanRatio(
    topology: string,
    base: string,
    cases: readonly Case[],
    take: (sample: Sample) => number,
  ): number {
    return geometricMean(cases.map((which) => this.ratio(topology, base, which, take)));
  }
}

export const rateOf = ({ rate }: Sample): number => rate;
export const cpuOf = ({ relay, agent }: Sample): number => relay + agent;
