import { DIAGNOSIS_LIMITS } from '../../limits.ts';
import type { SessionRecord, TimedEvent } from '../record.ts';

/**
 * What became of a port the client was told to connect to:
 * - `open`: nothing yet;
 * - `arrived`: the client connected;
 * - `missed`: it was tried, or waited for, and nobody connected;
 * - `unused`: nobody can tell whether it was tried.
 */
export type PromiseOutcome = 'open' | 'arrived' | 'missed' | 'unused';

/** A passive port that was promised to the client. */
export interface PassivePromise {
  readonly at: number;
  readonly verb: string;
  readonly port: number;
  /** The address a 227 named. */
  readonly host: string | undefined;
  readonly outcome: PromiseOutcome;
  /** How long nobody came, milliseconds. */
  readonly waited: number;
  /** Addresses other than the client's from which somebody came to the port. */
  readonly strangers: readonly string[];
}

interface Open extends PassivePromise {
  outcome: PromiseOutcome;
  waited: number;
  readonly strangers: string[];
  /** A transfer was refused before anybody had to connect. */
  refused: boolean;
  /** The client has asked for something else since, so it may need the port later. */
  wentOn: boolean;
  /** Another way was promised right before, and given up. */
  readonly afterMissed: boolean;
}

/** Commands that a client sends when its connection was refused at once: another way, or goodbye. */
const GIVING_UP: ReadonlySet<string> = new Set(['PASV', 'EPSV', 'PORT', 'EPRT', 'QUIT']);

/** Follows the passive ports of a visit. */
export function readPromises({ events }: SessionRecord): PassivePromise[] {
  const promises: Open[] = [];
  for (const timed of events) {
    const last = promises.at(-1);
    if (last?.outcome === 'open') follow(last, timed);
    const { at, event } = timed;
    if (event.type !== 'passive-offered') continue;
    const { verb, port, host } = event;
    const nothing = { outcome: 'open', waited: 0, refused: false, wentOn: false } as const;
    const afterMissed = last?.outcome === 'missed';
    promises.push({ at, verb, port, host, ...nothing, strangers: [], afterMissed });
  }
  return promises;
}

function follow(promise: Open, { at, event }: TimedEvent): void {
  promise.waited = Math.max(0, at - promise.at);
  const { type } = event;
  if (type === 'data-accepted') {
    if (event.port === promise.port) promise.outcome = 'arrived';
  } else if (type === 'stranger') {
    if (event.port === promise.port) promise.strangers.push(event.from.host);
  } else if (type === 'transfer-ended') {
    if (event.broken?.code === 'no-connection') promise.outcome = 'missed';
    else if (event.broken === undefined) promise.refused = true;
  } else if (type === 'command') {
    if (!GIVING_UP.has(event.verb)) promise.wentOn = true;
  } else if (type === 'passive-offered' || type === 'active-offered') {
    const isOtherWay = event.verb !== promise.verb && !promise.wentOn;
    promise.outcome = isOtherWay ? 'missed' : givenUp(promise);
  } else if (type === 'closed') {
    promise.outcome = event.by === 'client' ? givenUp(promise) : 'unused';
  }
}

/** A client that goes on without its connection has tried it, if there was time to. */
function givenUp({ waited, refused, wentOn, afterMissed }: Open): PromiseOutcome {
  // Where a firewall refuses, a client knows at once, tries the other way, and leaves.
  if (afterMissed && !wentOn) return 'missed';
  return waited >= DIAGNOSIS_LIMITS.promiseTried && !refused ? 'missed' : 'unused';
}
