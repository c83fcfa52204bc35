import { setTimeout as delay } from 'node:timers/promises';
import { HTTP_PORT, type GangwayUnderFire } from './gangway-under-fire.ts';
import type { Laboratory } from './laboratory.ts';
import type { Middle } from './middle.ts';
import { losePackets, resetCarriers, type Lost } from './packets.ts';

/** What a fault may act on. */
export interface Field {
  readonly lab: Laboratory;
  readonly gangway: GangwayUnderFire;
  /** The proxy between agents and relay, where the fault has one. */
  readonly middle: Middle | undefined;
}

/** What becomes of transfers, once links outlive their carriers: `loud` where a program dies. */
export type Expectation = 'whole' | 'loud';

/** Something that happens to the way between agents and relay, or to one of them, during transfers. */
export interface Fault {
  readonly name: string;
  readonly expects: Expectation;
  /** What a transfer is to take without it, in seconds: long enough for the fault to meet its middle. */
  readonly paceS: number;
  /** Whether agents dial a proxy, and how long that lets a connection live (milliseconds, 0 for ever). */
  readonly proxyLifeMs?: number;
  /** Does it; resolves when it is over. */
  strike(field: Field): Promise<void>;
}

const PACE_S = 8;
const KILLS = 10;
const LIFE_MS = 30_000;

/** Every fault of the long run, in its order. */
export const FAULTS: readonly Fault[] = [
  ...[5, 30, 55].map((seconds) => loss(seconds, 'both')),
  loss(20, 'out'),
  loss(20, 'in'),
  {
    name: 'every carrier reset',
    expects: 'whole',
    paceS: PACE_S,
    strike: ({ lab, middle }) =>
      resetCarriers(lab, middle === undefined ? 'relay' : 'middle', HTTP_PORT),
  },
  {
    name: "the router's public address changed",
    expects: 'whole',
    paceS: PACE_S,
    strike: ({ lab }) => lab.changeRoutersAddress(),
  },
  carriersKilled(KILLS),
  {
    name: 'agents killed and started',
    expects: 'loud',
    paceS: PACE_S,
    async strike({ gangway }) {
      await gangway.killAgents();
      await gangway.startAgents();
    },
  },
  {
    name: 'relay killed and started',
    expects: 'loud',
    paceS: PACE_S,
    async strike({ gangway }) {
      await gangway.killRelay();
      await gangway.startRelay();
    },
  },
  frozen(20),
  {
    name: 'every connection closed after 30 s',
    expects: 'whole',
    paceS: 45,
    proxyLifeMs: LIFE_MS,
    strike: ({ middle }) => middle?.expiry(LIFE_MS * 2) ?? Promise.resolve(),
  },
];

/** Loss of packets between agents and relay. */
export function loss(seconds: number, lost: Lost): Fault {
  const which = { both: 'all packets', out: 'packets to the relay', in: 'packets to agents' }[lost];
  return {
    name: `${which} lost for ${seconds} s`,
    expects: 'whole',
    paceS: PACE_S,
    strike: ({ lab }) => losePackets(lab, lost, seconds * 1_000),
  };
}

/** The oldest connection between agents and relay reset each second. */
export function carriersKilled(seconds: number): Fault {
  return {
    name: `a carrier killed each second for ${seconds} s`,
    expects: 'whole',
    paceS: seconds * 2,
    proxyLifeMs: 0,
    strike: ({ middle }) => middle?.resetOneEachSecond(seconds) ?? Promise.resolve(),
  };
}

/** Agents that do nothing for a while: a machine that sleeps, or that has no memory left. */
export function frozen(seconds: number): Fault {
  return {
    name: `agents frozen for ${seconds} s`,
    expects: 'whole',
    paceS: PACE_S,
    async strike({ gangway }) {
      gangway.signalAgents('SIGSTOP');
      try {
        await delay(seconds * 1_000);
      } finally {
        gangway.signalAgents('SIGCONT');
      }
    },
  };
}

/** The fault of that name. @throws Error when there is none */
export function faultNamed(name: string): Fault {
  const found = FAULTS.find((fault) => fault.name === name);
  if (found === undefined) throw new Error(`there is no fault "${name}"`);
  return found;
}
