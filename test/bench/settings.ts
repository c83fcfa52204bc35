import type { GangwayFlags } from './topologies.ts';

/** How much is measured. */
export interface Settings {
  /** Only to see that everything runs: small figures, few of them. */
  readonly quick: boolean;
  readonly rounds: number;
  /** Payload of one transfer on a short line. */
  readonly bytes: number;
  /** Idle sessions at once, for their memory. */
  readonly sessions: number;
  readonly flags: GangwayFlags;
  /** Tells whoever waits how far it is. */
  progress(what: string): void;
}

/** One part of the benchmark; it starts and ends what it needs. */
export interface Part {
  /** Heading of its section in the results. */
  readonly title: string;
  /** @returns markdown: what was measured and the tables */
  run(settings: Settings): Promise<string>;
}
