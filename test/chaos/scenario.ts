import { setTimeout as delay } from 'node:timers/promises';
import { runProgram } from '../support/program.ts';
import type { RealServer } from '../support/servers/index.ts';
import { whatArrived } from './arrived.ts';
import type { Fault, Field } from './faults.ts';
import { GangwayUnderFire, HTTP_PORT, tunnelPort } from './gangway-under-fire.ts';
import type { Ground } from './ground.ts';
import { RELAY } from './laboratory.ts';
import { Middle } from './middle.ts';
import { serverWord } from './server-word.ts';
import { beginTransfer } from './transfer.ts';
import type { ClientEnd, RunningTransfer, TransferPlan } from './transfer.ts';
import { judge } from './verdict.ts';
import type { ServerWord, Verdict } from './verdict.ts';

/** A transfer and what its client is, without what the fault says of its pace. */
export type Wish = Pick<TransferPlan, 'verb' | 'protection' | 'client'> & {
  readonly server: RealServer;
};

/** One fault during some transfers. */
export interface Scenario {
  readonly fault: Fault;
  /** As it is called in the table. */
  readonly set: string;
  readonly wishes: readonly Wish[];
  readonly bytes: number;
}

/** What became of one transfer. */
export interface Outcome {
  readonly plan: TransferPlan;
  readonly client: ClientEnd;
  readonly word: ServerWord;
  /** How often the server was asked to transfer the file: some clients begin anew. */
  readonly tries: number;
  readonly arrivedBytes: number;
  /** The longest time without a byte at the destination, in seconds. */
  readonly stallS: number;
  readonly verdict: Verdict;
  /** Whether it still ran when the fault began. */
  readonly wasMet: boolean;
}

export interface ScenarioResult {
  readonly scenario: Scenario;
  readonly outcomes: readonly Outcome[];
  /** From the fault's end until both tunnels served again, in seconds; undefined when one never did. */
  readonly backAfterS: number | undefined;
}

/** Of each transfer is there when the fault begins. */
const STRIKE_AT = 0.25;
const POLL_MS = 100;
/** Faster than the slowest machine these tests are for, and above what the relay needs to be busy. */
const MOST_BYTES_PER_S = 40e6;
/** A transfer that is to go on after the longest fault must have done so. */
const CLIENT_GRACE_MS = 240_000;
/** Servers log within a second of their connection's end, which the agent sees to. */
const WORD_WITHIN_MS = 30_000;
const BACK_WITHIN_MS = 90_000;

/** Starts Gangway, transfers, lets the fault happen, and judges. @throws Error when transfers do not begin. */
export async function runScenario(ground: Ground, scenario: Scenario): Promise<ScenarioResult> {
  const { fault } = scenario;
  const { lab } = ground;
  const life = fault.proxyLifeMs;
  const middle =
    life === undefined
      ? undefined
      : await Middle.start(lab, HTTP_PORT, life === 0 ? undefined : life);
  try {
    const through = middle === undefined ? 'nothing' : 'middle';
    const gangway = await GangwayUnderFire.start(ground, through);
    try {
      return await runTransfers(ground, scenario, { lab, gangway, middle });
    } finally {
      await gangway.stop();
    }
  } finally {
    await middle?.stop();
  }
}

async function runTransfers(
  ground: Ground,
  scenario: Scenario,
  field: Field,
): Promise<ScenarioResult> {
  const { fault, wishes, bytes } = scenario;
  const sample = await ground.sample(bytes);
  const rate = Math.min(bytes / fault.paceS, MOST_BYTES_PER_S);
  const timeoutMs = (bytes / rate) * 1_000 + CLIENT_GRACE_MS;
  const plans = wishes.map((wish) => ({ ...wish, sample, rate, timeoutMs }));
  const transfers = await Promise.all(plans.map((plan) => beginTransfer(ground, plan)));
  const watched = transfers.map((transfer) => watch(transfer));
  await Promise.all(watched.map(({ reached }) => reached));
  const met = watched.map((one) => one.isRunning());
  await fault.strike(field);
  const back = backAfter(ground);
  const judged = await Promise.all(watched.map(({ outcome }) => outcome));
  const outcomes = judged.map((outcome, index) => ({ ...outcome, wasMet: met[index] === true }));
  for (const transfer of transfers) await transfer.tidy();
  return { scenario, outcomes, backAfterS: await back };
}

interface Watched {
  /** Resolves when the fault may begin, or the client has ended. */
  readonly reached: Promise<void>;
  readonly outcome: Promise<Judged>;
  isRunning(): boolean;
}

type Judged = Omit<Outcome, 'wasMet'>;

/** Looks at what arrives until the client ends, and then at what all sides say. */
function watch(transfer: RunningTransfer): Watched {
  const { promise: reached, resolve } = Promise.withResolvers<void>();
  let isRunning = true;
  void transfer.ended.then(() => (isRunning = false));
  return { reached, outcome: follow(transfer, resolve), isRunning: () => isRunning };
}

async function follow(transfer: RunningTransfer, reached: () => void): Promise<Judged> {
  const { plan } = transfer;
  const strikeAt = plan.sample.bytes * STRIKE_AT;
  let [before, since, stall] = [0, performance.now(), 0];
  const look = async (): Promise<void> => {
    const [bytes, now] = [await transfer.arrived(), performance.now()];
    if (before > 0) stall = Math.max(stall, now - since);
    if (bytes !== before || before === 0) since = now;
    before = bytes;
    if (bytes >= strikeAt) reached();
  };
  let client: ClientEnd | undefined;
  while (client === undefined) {
    client = await Promise.race([transfer.ended, delay(POLL_MS, undefined)]);
    await look();
  }
  reached();
  return account(transfer, client, stall);
}

async function account(
  transfer: RunningTransfer,
  client: ClientEnd,
  stallMs: number,
): Promise<Judged> {
  const { plan, destination, remoteName: name } = transfer;
  const { verb, sample } = plan;
  const asked = { name, verb, withinMs: WORD_WITHIN_MS };
  const { word, tries } = await serverWord(plan.server, asked);
  const arrived = await whatArrived(destination, sample.path);
  const { status } = client;
  const verdict = judge({ verb, status, word, arrived, bytes: sample.bytes });
  const arrivedBytes = arrived?.bytes ?? 0;
  return { plan, client, word, tries, arrivedBytes, stallS: stallMs / 1_000, verdict };
}

/** Seconds from now until a client is served at every tunnel; undefined when that takes too long. */
export async function backAfter(ground: Ground): Promise<number | undefined> {
  const started = performance.now();
  const all = await Promise.all(ground.servers.map((server) => isBack(ground, server)));
  return all.every(Boolean) ? (performance.now() - started) / 1_000 : undefined;
}

async function isBack({ lab }: Ground, server: RealServer): Promise<boolean> {
  const { name, user, password } = server;
  const url = `ftp://${RELAY}:${tunnelPort(name)}/`;
  const list = ['/usr/bin/curl', '-qsS', '--max-time', '10', '--user', `${user}:${password}`, url];
  const [command = 'ip', ...args] = [...lab.within('client'), ...list];
  const deadline = performance.now() + BACK_WITHIN_MS;
  // That a tunnel is not served yet is an answer, not an event.
  while (performance.now() < deadline) {
    if ((await runProgram(command, args)).status === 0) return true;
    await delay(POLL_MS);
  }
  return false;
}
