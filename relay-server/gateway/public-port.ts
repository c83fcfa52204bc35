import { createServer, type Server } from 'node:net';
import type { Logger } from '../../shared/log.ts';
import type { ListenerState } from '../admin/runtime.ts';
import { Arrivals, type Arrival } from './arrivals.ts';

export interface PublicPortOptions {
  readonly host: string;
  readonly port: number;
  /** Whether a balancer is at this address, by any tunnel of the port. */
  readonly isBalancer: (address: string) => boolean;
  /** A client has come, and who it is is known. */
  readonly arrived: (arrival: Arrival) => void;
  readonly logger: Logger;
}

/** A port FTP clients connect to. Whose it is, and what becomes of the clients, others decide. */
export class PublicPort {
  readonly #options: PublicPortOptions;
  readonly #arrivals: Arrivals;
  #server: Server | undefined;
  #state: ListenerState = { state: 'stopped' };

  constructor(options: PublicPortOptions) {
    this.#options = options;
    const { isBalancer, logger } = options;
    this.#arrivals = new Arrivals({ isBalancer, logger });
  }

  get state(): ListenerState {
    return this.#state;
  }

  /** Opens the port, unless it is open. Never rejects: what went wrong is in {@link state}. */
  async listen(): Promise<void> {
    if (this.#state.state === 'listening') return;
    const { host, port, arrived, logger } = this.#options;
    const server = createServer({
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 30_000,
    });
    server.on('connection', (socket) => this.#arrivals.take(socket, arrived));
    this.#server = server;
    this.#state = await new Promise<ListenerState>((resolve) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        resolve({ state: 'failed', port, code: error.code ?? 'unknown', reason: error.message });
      });
      server.listen({ host, port, exclusive: true }, () => resolve({ state: 'listening' }));
    });
    server.on('error', (error) => logger.warn({ event: 'listener-error', port, err: error }));
    if (this.#state.state === 'listening') logger.info({ event: 'listening', port });
    else logger.error({ event: 'listen-failed', ...this.#state });
  }

  /** Takes no more clients; those that have not said yet who they are are reset. */
  close(): void {
    this.#server?.close();
    this.#server = undefined;
    this.#arrivals.close();
    this.#state = { state: 'stopped' };
  }
}
