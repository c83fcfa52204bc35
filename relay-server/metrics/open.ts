import { METRICS_LIMITS } from '../watch-limits.ts';
import type { Logger } from '../../shared/log.ts';
import { MetricsListener, type MetricsText } from './listener.ts';
import type { MetricsPlace } from './place.ts';
import { RelayMetrics } from './relay-metrics.ts';
import type { MetricSources } from './sources.ts';

/** Metrics that are kept and shown. */
export interface OpenMetrics {
  readonly metrics: RelayMetrics;
  /** To be shown on the HTTP port. */
  readonly onHttpPort: MetricsText | undefined;
  close(): Promise<void>;
}

/**
 * Begins to keep metrics, if they are wanted.
 * @throws GangwayError as {@link MetricsListener.open}
 */
export async function openMetrics(
  place: MetricsPlace,
  sources: MetricSources,
  logger: Logger,
): Promise<OpenMetrics | undefined> {
  if (place === 'off') return undefined;
  const metrics = new RelayMetrics(sources);
  const listener =
    place === 'token' ? undefined : await MetricsListener.open(place, metrics, logger);
  metrics.watchProcess();
  const timer = setInterval(() => metrics.sample(), METRICS_LIMITS.sample);
  const close = async (): Promise<void> => {
    clearInterval(timer);
    await listener?.close();
  };
  return { metrics, onHttpPort: place === 'token' ? metrics : undefined, close };
}
