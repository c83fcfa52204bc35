import type { Fill, Instruments } from './instruments.ts';
import type { RunningTransfers, TunnelNumbers } from './sources.ts';
import { DIRECTIONS, type Tallies, type Tally } from './tally.ts';

/** The tunnels at one moment. */
export interface TunnelSnapshot {
  readonly tunnels: readonly TunnelNumbers[];
  readonly running: ReadonlyMap<string, RunningTransfers>;
}

/** Gauges of tunnels, from how they stand. @param now the snapshot of this collection */
export function tunnelGauges(
  instruments: Instruments,
  tallies: Tallies,
  now: () => TunnelSnapshot,
): void {
  const each = (name: string, help: string, value: (one: TunnelNumbers) => number): void => {
    const fill = (add: Fill): void => {
      for (const one of now().tunnels) add(value(one), tallies.labelOf(one.name));
    };
    instruments.gauge({ name, help, labels: ['tunnel'], fill });
  };
  instruments.gauge({
    name: 'gangway_tunnels',
    help: 'Tunnels by state: up, waiting (no agent has come since the start) or down.',
    labels: ['state'],
    fill: (add) => {
      for (const state of ['up', 'waiting', 'down'] as const) {
        add(now().tunnels.filter((one) => one.state === state).length, state);
      }
    },
  });
  each('gangway_tunnel_up', 'Tunnels that clients can use: 1, or 0.', ({ state }) =>
    state === 'up' ? 1 : 0,
  );
  each('gangway_sessions', 'FTP clients connected now.', ({ sessions }) => sessions);
  each('gangway_streams', 'Streams open on the links of the agents.', ({ streams }) => streams);
  each('gangway_agents', 'Agents connected now, a link each.', ({ links }) => links.length);
  instruments.gauge({
    name: 'gangway_transfers_running',
    help: 'Transfers under way.',
    labels: ['tunnel', 'direction'],
    fill: (add) => {
      for (const { name } of now().tunnels) {
        const running = now().running.get(name);
        for (const way of DIRECTIONS) add(running?.[way].count ?? 0, tallies.labelOf(name), way);
      }
    },
  });
}

/** Counters of what has happened at tunnels since the start. */
export function tunnelCounters(
  instruments: Instruments,
  tallies: Tallies,
  now: () => TunnelSnapshot,
): void {
  const each = (name: string, help: string, more: string[], fill: TallyFill): void => {
    const all = (add: Fill): void => {
      for (const [label, tally] of tallies)
        fill(tally, (value, ...rest) => add(value, label, ...rest));
    };
    instruments.counter({ name, help, labels: ['tunnel', ...more], fill: all });
  };
  each('gangway_sessions_opened_total', 'Clients that were let in.', [], ({ opened }, add) =>
    add(opened),
  );
  each(
    'gangway_sessions_turned_away_total',
    'Clients that were told why they are not served, by why.',
    ['why'],
    ({ turnedAway }, add) => addWords(turnedAway, add),
  );
  each(
    'gangway_sessions_closed_total',
    'Visits that are over, by how they went; of floods of refused clients some are left out.',
    ['outcome'],
    ({ outcomes }, add) => {
      for (const [outcome, count] of Object.entries(outcomes)) add(count, outcome);
    },
  );
  each('gangway_logins_failed_total', 'Logins that were refused.', [], (tally, add) =>
    add(tally.loginsFailed),
  );
  each(
    'gangway_tls_handshakes_failed_total',
    'TLS handshakes on implicit ports that came to nothing.',
    [],
    ({ handshakesFailed }, add) => add(handshakesFailed),
  );
  transferCounters(instruments, tallies, now);
  agentCounters(each);
}

type TallyFill = (tally: Tally, add: Fill) => void;
type EachTally = (name: string, help: string, more: string[], fill: TallyFill) => void;

function transferCounters(
  instruments: Instruments,
  tallies: Tallies,
  now: () => TunnelSnapshot,
): void {
  instruments.counter({
    name: 'gangway_transfers_total',
    help: 'Transfers that are over, by direction and whether they succeeded.',
    labels: ['tunnel', 'direction', 'outcome'],
    fill: (add) => {
      for (const [label, { transfers }] of tallies) {
        for (const way of DIRECTIONS) {
          add(transfers[way].ok, label, way, 'ok');
          add(transfers[way].failed, label, way, 'failed');
        }
      }
    },
  });
  instruments.counter({
    name: 'gangway_transfer_bytes_total',
    help: 'Payload bytes delivered, those of running transfers included.',
    labels: ['tunnel', 'direction'],
    fill: (add) => {
      for (const [label, { transfers }] of tallies) {
        for (const way of DIRECTIONS) add(transfers[way].bytes, label, way);
      }
      for (const [name, running] of now().running) {
        for (const way of DIRECTIONS) add(running[way].bytes, tallies.labelOf(name), way);
      }
    },
  });
}

function agentCounters(each: EachTally): void {
  each(
    'gangway_agent_connects_total',
    'Links that agents began: their first since the start, or again.',
    ['how'],
    ({ agents }, add) => {
      add(agents.first, 'first');
      add(agents.again, 'again');
    },
  );
  each('gangway_links_lost_total', 'Links of agents that ended.', [], ({ agents }, add) =>
    add(agents.lost),
  );
}

/** Adds each word's count as a series. */
export function addWords(counts: Iterable<readonly [string, number]>, add: Fill): void {
  for (const [word, count] of counts) add(count, word);
}
