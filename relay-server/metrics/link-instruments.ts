import type { LinkFacts } from '../../shared/mux/link-facts.ts';
import type { Fill, Instruments } from './instruments.ts';
import type { LinkNumbers } from './sources.ts';
import { LINK_COUNTS, OTHER, type Tallies } from './tally.ts';
import type { TunnelSnapshot } from './tunnel-instruments.ts';

/** Gauges of agents' links, each the sum of a tunnel's. @param now the snapshot of this collection */
export function linkGauges(
  instruments: Instruments,
  tallies: Tallies,
  now: () => TunnelSnapshot,
): void {
  const each = (name: string, help: string, value: (link: LinkFacts) => number): void => {
    const fill = (add: Fill): void => {
      for (const { name: tunnel, links } of now().tunnels) {
        add(sumOf(links, value), tallies.labelOf(tunnel));
      }
    };
    instruments.gauge({ name, help, labels: ['tunnel'], fill });
  };
  each(
    'gangway_carriers',
    'Carriers of the links of the agents.',
    ({ carriers }) => carriers.length,
  );
  each('gangway_links_waiting', 'Links that wait for a carrier.', ({ waitingSince }) =>
    waitingSince === undefined ? 0 : 1,
  );
  each(
    'gangway_link_windows_bytes',
    'Receive windows granted to the streams of the links.',
    ({ windows }) => windows,
  );
  each(
    'gangway_link_unacknowledged_bytes',
    'Bytes sent to agents and kept until they acknowledge them.',
    ({ unacknowledged }) => unacknowledged,
  );
  roundTripGauge(instruments, tallies, now);
}

function roundTripGauge(
  instruments: Instruments,
  tallies: Tallies,
  now: () => TunnelSnapshot,
): void {
  instruments.gauge({
    name: 'gangway_link_round_trip_seconds',
    help: 'Last round trip between relay and agent, queues included; of the newest agent.',
    labels: ['tunnel'],
    fill: (add) => {
      for (const { name, links } of now().tunnels) {
        const last = links.at(-1)?.roundTrip;
        const label = tallies.labelOf(name);
        // Round trips of several do not add up.
        if (last !== undefined && label !== OTHER) add(last / 1000, label);
      }
    },
  });
}

const COUNTERS: Readonly<
  Record<(typeof LINK_COUNTS)[number], readonly [name: string, help: string]>
> = {
  carriersLost: ['gangway_carriers_lost_total', 'Carriers that were lost, whatever for.'],
  resumes: [
    'gangway_link_resumes_total',
    'Times a link lost its last carrier and went on over another one.',
  ],
  stalls: [
    'gangway_carrier_stalls_total',
    'Carriers given up because others of their link answered and they did not.',
  ],
  resent: [
    'gangway_link_resent_bytes_total',
    'Bytes sent to agents again because their carrier was lost.',
  ],
};

/** Counters of what has happened to agents' links since the start, those that are over included. */
export function linkCounters(
  instruments: Instruments,
  tallies: Tallies,
  now: () => TunnelSnapshot,
): void {
  for (const what of LINK_COUNTS) {
    const [name, help] = COUNTERS[what];
    const fill = (add: Fill): void => {
      for (const [label, { links }] of tallies) add(links[what], label);
      for (const { name: tunnel, links } of now().tunnels) {
        add(
          sumOf(links, (link) => link[what]),
          tallies.labelOf(tunnel),
        );
      }
    };
    instruments.counter({ name, help, labels: ['tunnel'], fill });
  }
}

function sumOf(links: readonly LinkNumbers[], value: (link: LinkFacts) => number): number {
  return links.reduce((sum, { facts }) => sum + value(facts), 0);
}
