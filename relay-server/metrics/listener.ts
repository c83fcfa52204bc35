import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { formatHostPort, type HostPort } from '../../shared/config/values.ts';
import { GangwayError, systemCode } from '../../shared/errors.ts';
import { METRICS_LIMITS } from '../watch-limits.ts';
import type { Logger } from '../../shared/log.ts';
import type { RelayMetrics } from './relay-metrics.ts';

/** What is asked for metrics. */
export type MetricsText = Pick<RelayMetrics, 'text' | 'contentType'>;

/** Path of the metrics, wherever they are. */
export const METRICS_PATH = '/metrics';

/** `GET /metrics` in plain HTTP at an address of its own, for whoever reaches it: a private network. */
export class MetricsListener {
  readonly #server: Server;
  #closed: Promise<void> | undefined;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @throws GangwayError `metrics-port-in-use`, `metrics-listen-failed` */
  static async open(at: HostPort, metrics: MetricsText, logger: Logger): Promise<MetricsListener> {
    const server = createServer(
      { maxHeaderSize: METRICS_LIMITS.headers, requestTimeout: METRICS_LIMITS.requestTime },
      (request, response) => {
        const [path] = (request.url ?? '').split('?');
        if (request.method !== 'GET' || path !== METRICS_PATH) {
          answer(response, 404, 'text/plain', `only GET ${METRICS_PATH} is here\n`);
          return;
        }
        metrics.text().then(
          (text) => answer(response, 200, metrics.contentType, text),
          (err: unknown) => {
            logger.error({ event: 'metrics-failed', err });
            answer(response, 500, 'text/plain', 'the relay failed to do this; its log says why\n');
          },
        );
      },
    );
    server.maxConnections = METRICS_LIMITS.connections;
    server.listen({ host: at.host, port: at.port });
    try {
      await once(server, 'listening');
    } catch (cause) {
      throw unopened(at, cause);
    }
    logger.info({ event: 'metrics-listening', at: formatHostPort(addressOf(server)) });
    return new MetricsListener(server);
  }

  get address(): HostPort {
    return addressOf(this.#server);
  }

  /** Ends its connections, too. Idempotent. */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

function addressOf(server: Server): HostPort {
  const { address: host, port } = server.address() as AddressInfo;
  return { host, port };
}

function answer(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(text);
}

function unopened(at: HostPort, cause: unknown): GangwayError {
  const code = systemCode(cause) ?? 'unknown';
  const taken = code === 'EADDRINUSE';
  return new GangwayError(
    taken ? 'metrics-port-in-use' : 'metrics-listen-failed',
    taken
      ? `another program listens on ${formatHostPort(at)}`
      : `cannot listen on ${formatHostPort(at)}: ${code}`,
    { remedy: 'Choose another address with --metrics HOST:PORT, or --metrics token.', cause },
  );
}
