import { Journal } from '../../../relay-server/journal/journal.ts';
import { RelayMetrics } from '../../../relay-server/metrics/relay-metrics.ts';
import type {
  LinkNumbers,
  MetricSources,
  TunnelNumbers,
} from '../../../relay-server/metrics/sources.ts';
import type { Finding } from '../../../shared/diagnosis/finding.ts';
import type { LinkFacts } from '../../../shared/mux/link-facts.ts';
import type { RecordedEvent } from '../../../shared/diagnosis/record.ts';
import { parseExposition, type Exposition } from '../../support/exposition.ts';
import { linkFacts } from '../../support/links.ts';
import { contextOf } from '../../support/visits.ts';

export const CLIENT = { host: '203.0.113.7', port: 40_000 };

export const { tunnel: rules, agent, certificate } = contextOf();
/** What a visit's tunnel is to its diagnosis. */
export const CONTEXT = { tunnel: rules, agent, certificate };

/** A tunnel with an agent and nobody else. */
export function idle(name: string): TunnelNumbers {
  return { name, state: 'up', sessions: 0, streams: 1, links: [linkOf(20)] };
}

/** A link with this round trip in milliseconds. */
export function linkOf(roundTrip?: number, facts: Partial<LinkFacts> = {}): LinkNumbers {
  return { roundTrip, facts: linkFacts(facts) };
}

/** A journal that metrics read, with a clock that the test owns. */
export function metricsBench(more: Partial<MetricSources> = {}, findings: readonly Finding[] = []) {
  let now = 1_000_000;
  let tunnels: readonly TunnelNumbers[] = [idle('ftp')];
  const metrics = new RelayMetrics({
    version: '1.2.3',
    tunnels: () => tunnels,
    running: () => journal.live.running(),
    ...more,
  });
  const journal: Journal = new Journal({
    diagnosis: {
      diagnose: () => [...findings],
      recognise: () => ({ program: 'generic', name: null }),
    },
    passivePorts: [50_000, 50_063],
    readers: [metrics.reader],
    now: () => now,
  });
  let visits = 0;
  return {
    metrics,
    journal,
    pass: (ms: number): void => void (now += ms),
    stand: (...those: readonly TunnelNumbers[]): void => void (tunnels = those),
    /** A client comes, and these things happen to it. */
    visit: (tunnel: string, ...events: readonly RecordedEvent[]) => {
      visits += 1;
      const facts = { id: `v${visits}`, tunnel, client: CLIENT, port: 21 };
      const visit = journal.open(facts, () => CONTEXT);
      for (const event of events) visit.event(event);
      return visit;
    },
    read: async (): Promise<Exposition> => parseExposition(await metrics.text()),
  };
}

/** A transfer that is over. */
export function transferred(
  direction: 'download' | 'upload',
  bytes: number,
  code = 226,
): RecordedEvent {
  const verb = direction === 'download' ? 'RETR' : 'STOR';
  return { type: 'transfer-ended', verb, name: 'a.bin', direction, bytes, ms: 5, code };
}
