import { collectDefaultMetrics, Registry, type Histogram } from '@prometheus-io/client';
import type { LinkFacts } from '../../shared/mux/link-facts.ts';
import { METRICS_LIMITS } from '../watch-limits.ts';
import type { AgentIdentity } from '../agents/agent-link.ts';
import type { TunnelWatch } from '../tunnel-watch.ts';
import type { JournalReader } from '../journal/journal.ts';
import { Instruments } from './instruments.ts';
import type { MetricSources } from './sources.ts';
import {
  addWords,
  tunnelCounters,
  tunnelGauges,
  type TunnelSnapshot,
} from './tunnel-instruments.ts';
import { linkCounters, linkGauges } from './link-instruments.ts';
import { LINK_COUNTS } from './tally.ts';
import { VisitMetrics } from './visit-metrics.ts';

/** Seconds: a neighbour in the same house to the other side of the earth over a bad line. */
const ROUND_TRIPS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 5];
/** Seconds: a few round trips, up to a client that is waited for. */
const SET_UPS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** All metrics of a relay. It owns their registry; nothing is global but what watches the process. */
export class RelayMetrics implements TunnelWatch {
  /** Takes events of visits; see {@link VisitMetrics} for what that costs. */
  readonly reader: JournalReader;
  readonly #registry = new Registry();
  readonly #sources: MetricSources;
  readonly #visits: VisitMetrics;
  readonly #roundTrips: Histogram<string>;
  readonly #knownAgents = new Set<string>();
  #now: TunnelSnapshot = { tunnels: [], running: new Map() };

  constructor(sources: MetricSources) {
    this.#sources = sources;
    const instruments = new Instruments(this.#registry);
    const setUps = instruments.histogram(
      {
        name: 'gangway_data_setup_seconds',
        help:
          'Time until a data connection stands on both sides: from the offer of a passive port, ' +
          'or from the transfer command of an active client.',
        labels: ['mode'],
      },
      SET_UPS,
    );
    this.#visits = new VisitMetrics((mode, ms) => setUps.observe({ mode }, ms / 1000));
    this.reader = this.#visits;
    this.#roundTrips = instruments.histogram(
      {
        name: 'gangway_round_trip_seconds',
        help: 'Round trips between relay and agents, measured every five seconds, queues included.',
      },
      ROUND_TRIPS,
    );
    const { tallies } = this.#visits;
    tunnelGauges(instruments, tallies, () => this.#now);
    tunnelCounters(instruments, tallies, () => this.#now);
    linkGauges(instruments, tallies, () => this.#now);
    linkCounters(instruments, tallies, () => this.#now);
    this.#declareRest(instruments);
  }

  /** Adds metrics of the process: event loop, memory, processor. They watch it until it ends. */
  watchProcess(): void {
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: 20 });
  }

  /** An agent's link begins. */
  agentCame(tunnel: string, { agentId }: AgentIdentity): void {
    const isKnown = this.#knownAgents.has(agentId);
    if (this.#knownAgents.size < METRICS_LIMITS.agents) this.#knownAgents.add(agentId);
    this.#visits.tallies.of(tunnel).agents[isKnown ? 'again' : 'first'] += 1;
  }

  /** It has ended. */
  agentLeft(tunnel: string, _agent: AgentIdentity, link: LinkFacts): void {
    const tally = this.#visits.tallies.of(tunnel);
    tally.agents.lost += 1;
    // What has happened to it stays counted when it is no more.
    for (const what of LINK_COUNTS) tally.links[what] += link[what];
  }

  /** Notes the round trips of this moment. Every {@link METRICS_LIMITS}.sample. */
  sample(): void {
    for (const { links } of this.#sources.tunnels()) {
      for (const { roundTrip } of links) {
        if (roundTrip !== undefined) this.#roundTrips.observe(roundTrip / 1000);
      }
    }
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Names of all metrics with their kinds and labels; `le` of histograms is not among them. */
  get declared(): readonly { name: string; type: string; labels: readonly string[] }[] {
    return this.#registry.getMetricsAsArray().map(({ name, type, ...more }) => {
      const { labelNames = [] } = more as { labelNames?: readonly string[] };
      return { name, type, labels: labelNames };
    });
  }

  /** Everything in the text format of Prometheus, version 0.0.4. */
  text(): Promise<string> {
    const tunnels = this.#sources.tunnels();
    const { tallies } = this.#visits;
    const names = tunnels.map(({ name }) => name);
    tallies.keep(names);
    // A tunnel where nothing has happened yet has its counters at zero, so that rates have a beginning.
    for (const name of names) tallies.of(name);
    this.#now = { tunnels, running: this.#sources.running() };
    return this.#registry.metrics();
  }

  #declareRest(instruments: Instruments): void {
    const { version, bans, history, alerts } = this.#sources;
    instruments.gauge({
      name: 'gangway_info',
      help: 'The version that runs.',
      labels: ['version'],
      fill: (add) => add(1, version),
    });
    instruments.counter({
      name: 'gangway_findings_total',
      help: 'Causes that were diagnosed, by their code in the catalogue.',
      labels: ['code'],
      fill: (add) => addWords(this.#visits.findings, add),
    });
    if (bans !== undefined) {
      const help = 'Bans in force.';
      instruments.gauge({ name: 'gangway_bans', help, fill: (add) => add(bans()) });
    }
    if (history !== undefined) historyInstruments(instruments, history);
    if (alerts !== undefined) alertInstruments(instruments, alerts);
  }
}

function historyInstruments(
  instruments: Instruments,
  history: NonNullable<MetricSources['history']>,
): void {
  instruments.gauge({
    name: 'gangway_history_waiting',
    help: 'Records that wait to be written to the history.',
    fill: (add) => add(history().waiting),
  });
  instruments.counter({
    name: 'gangway_history_dropped_total',
    help: 'Records that were not written to the history because too many waited.',
    fill: (add) => add(history().dropped),
  });
}

function alertInstruments(
  instruments: Instruments,
  alerts: NonNullable<MetricSources['alerts']>,
): void {
  instruments.gauge({
    name: 'gangway_alerts_waiting',
    help: 'Alerts that wait to be delivered.',
    labels: ['channel'],
    fill: (add) => {
      for (const [channel, { waiting }] of Object.entries(alerts())) add(waiting, channel);
    },
  });
  instruments.counter({
    name: 'gangway_alert_deliveries_total',
    help: 'Attempts to deliver alerts: delivered, failed, and alerts given up.',
    labels: ['channel', 'result'],
    fill: (add) => {
      for (const [channel, { delivered, failed, givenUp }] of Object.entries(alerts())) {
        add(delivered, channel, 'delivered');
        add(failed, channel, 'failed');
        add(givenUp, channel, 'given-up');
      }
    },
  });
}
