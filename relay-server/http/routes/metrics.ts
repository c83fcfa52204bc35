import type { FastifyInstance, onRequestAsyncHookHandler } from 'fastify';
import { METRICS_PATH, type MetricsText } from '../../metrics/listener.ts';

/**
 * `GET /metrics` for collectors, in the text format of Prometheus.
 * @param guard lets holders of an API token pass, whatever its role, and refuses everybody else
 */
export function metricsRoutes(metrics: MetricsText, guard: onRequestAsyncHookHandler) {
  return async (routes: FastifyInstance): Promise<void> => {
    routes.addHook('onRequest', guard);
    routes.get(METRICS_PATH, { config: { access: 'viewer' } }, async (_request, reply) => {
      void reply.header('cache-control', 'no-store').type(metrics.contentType);
      return metrics.text();
    });
  };
}
