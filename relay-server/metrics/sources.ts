import type { LinkFacts } from '../../shared/mux/link-facts.ts';
import type { Direction } from './tally.ts';

/** An agent's link as it stands. */
export interface LinkNumbers {
  /** Milliseconds; undefined before the first measurement. */
  readonly roundTrip: number | undefined;
  readonly facts: LinkFacts;
}

/** A tunnel as it stands. */
export interface TunnelNumbers {
  readonly name: string;
  readonly state: 'up' | 'waiting' | 'down';
  readonly sessions: number;
  readonly streams: number;
  /** Links of its agents, newest last. */
  readonly links: readonly LinkNumbers[];
}

/** Transfers that run at one tunnel: how many each way, and payload bytes of them so far. */
export type RunningTransfers = Readonly<Record<Direction, { count: number; bytes: number }>>;

/** How many alerts were sent by one channel, and how many wait. */
export interface ChannelNumbers {
  readonly waiting: number;
  readonly delivered: number;
  /** Attempts that failed; an alert may have many. */
  readonly failed: number;
  readonly givenUp: number;
}

/** Who is asked for what has no events. What is absent has no metrics. */
export interface MetricSources {
  readonly version: string;
  readonly tunnels: () => readonly TunnelNumbers[];
  /** By name of the tunnel; those without one are absent. */
  readonly running: () => ReadonlyMap<string, RunningTransfers>;
  /** Bans in force. */
  readonly bans?: () => number;
  /** Records of history that wait to be written, and those that were dropped because too many did. */
  readonly history?: () => { readonly waiting: number; readonly dropped: number };
  /** By channel. */
  readonly alerts?: () => Readonly<Record<string, ChannelNumbers>>;
}
