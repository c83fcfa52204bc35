import { setTimeout as delay } from 'node:timers/promises';
import { mustWithin } from '../nat/namespaces.ts';
import type { Laboratory, Place } from './laboratory.ts';

/** Which way the packets go that are lost: from agents to the relay is out. */
export type Lost = 'both' | 'out' | 'in';

const FROM: Readonly<Record<Lost, string>> = {
  both: '{ "lan", "wan" }',
  out: '"lan"',
  in: '"wan"',
};
/** Both ends of a busy connection meet the router within a ping's time. */
const RESET_WITHIN_MS = 20_000;
const POLL_MS = 100;

/** Loses every packet between agents and relay for that long. */
export async function losePackets(lab: Laboratory, lost: Lost, ms: number): Promise<void> {
  await withRules(lab, `iifname ${FROM[lost]} drop`, () => delay(ms));
}

/**
 * Answers every packet of the carriers that stand now with a reset, until neither end has one of them left.
 * New ones pass.
 * @param peer whom the agents dial
 * @throws Error when an end keeps one for twenty seconds.
 */
export async function resetCarriers(
  lab: Laboratory,
  peer: 'relay' | 'middle',
  relayPort: number,
): Promise<void> {
  const ports = await localPorts(lab, relayPort);
  if (ports.length === 0) throw new Error('there is no carrier to reset');
  const set = `{ ${ports.join(', ')} }`;
  const rules = `tcp sport ${set} reject with tcp reset\n    tcp dport ${set} reject with tcp reset`;
  await withRules(lab, rules, async () => {
    const deadline = performance.now() + RESET_WITHIN_MS;
    // A connection that ends tells nobody but its owner.
    for (;;) {
      const peers = await portsOfPeers(lab, peer, relayPort);
      const left = [...(await localPorts(lab, relayPort)), ...peers];
      if (!left.some((port) => ports.includes(port))) return;
      if (performance.now() > deadline) throw new Error('a carrier outlived its reset');
      await delay(POLL_MS);
    }
  });
}

/** Puts rules before the router's own for as long as the work takes. */
async function withRules(
  lab: Laboratory,
  rules: string,
  work: () => Promise<unknown>,
): Promise<void> {
  const nft = (command: readonly string[], stdin?: string): Promise<string> =>
    mustWithin(lab.within('router'), ['nft', ...command], stdin);
  const table = `table inet harm {
  chain forward {
    type filter hook forward priority -10; policy accept;
    ${rules}
  }
}`;
  await nft(['-f', '-'], table);
  try {
    await work();
  } finally {
    await nft(['delete', 'table', 'inet', 'harm']);
  }
}

/** Ports of the agents' ends of carriers. */
function localPorts(lab: Laboratory, relayPort: number): Promise<number[]> {
  return established(lab, 'site', `dport = ${relayPort}`, 3);
}

/** The same as the other end sees them: the router keeps a port where it can. */
function portsOfPeers(
  lab: Laboratory,
  peer: 'relay' | 'middle',
  relayPort: number,
): Promise<number[]> {
  return established(lab, peer, `sport = ${relayPort}`, 4);
}

/** One port of each established connection, from that column of `ss`. */
async function established(
  lab: Laboratory,
  place: Place,
  filter: string,
  column: number,
): Promise<number[]> {
  const command = ['ss', '-Htn', 'state', 'established', filter];
  const lines = (await mustWithin(lab.within(place), command)).split('\n');
  return lines
    .filter((line) => line.trim() !== '')
    .map((line) => Number(/:(\d+)$/.exec(line.trim().split(/\s+/)[column - 1] ?? '')?.[1]));
}
