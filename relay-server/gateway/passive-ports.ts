import { randomInt } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import type { Logger } from 'pino';
import { GangwayError } from '../../shared/errors.ts';
import { canonicalAddress } from '../../shared/net/address.ts';
import { networkAround } from '../networks.ts';
import { DATA_SOURCES, type DataSource } from '../policy.ts';

/** A promise made to one client: a connection from where it may come to this port is its data connection. */
export interface PortPromise {
  readonly port: number;
  withdraw(): void;
}

export interface PassivePortsOptions {
  host: string;
  /** First and last port of the range, inclusive. */
  from: number;
  to: number;
  logger: Logger;
}

/**
 * The shared passive ports: a short range that is listened on all the time.
 *
 * A connection is matched by its source address and the port it came to. Ports are taken per client
 * address, so 64 ports serve any number of clients with 64 pending transfers each, and the firewall
 * needs one range. A stranger is reset and takes nothing from whom the port was promised to.
 *
 * A promise may be kept to the client's network or to anybody instead. Such promises are apart from
 * each other and from the strict ones, which are looked at first: a tunnel that is lax takes neither
 * ports nor connections from one that is not.
 */
export class PassivePorts {
  /** By source and port. */
  readonly #promises = new Map<string, Promised>();
  readonly #servers: Server[] = [];
  readonly #ports: number[] = [];
  readonly #logger: Logger;
  readonly #range: string;

  private constructor({ logger, from, to }: PassivePortsOptions) {
    this.#logger = logger;
    this.#range = `${from}-${to}`;
  }

  /**
   * Listens on every port of the range that is free. Ports another program holds are left out, with
   * a warning.
   * @throws GangwayError `passive-ports-taken` when none is left.
   */
  static async open(options: PassivePortsOptions): Promise<PassivePorts> {
    const ports = new PassivePorts(options);
    const range = Array.from({ length: options.to - options.from + 1 }, (_, i) => options.from + i);
    const results = await Promise.allSettled(
      range.map((port) => ports.#listen(options.host, port)),
    );
    const taken = range.filter((_, i) => results[i]?.status === 'rejected');
    if (taken.length === range.length) {
      await ports.close();
      throw new GangwayError(
        'passive-ports-taken',
        `none of the passive ports ${options.from}-${options.to} can be listened on`,
        { remedy: 'Choose another range with --passive-ports A-B and open it in the firewall.' },
      );
    }
    if (taken.length > 0) {
      options.logger.warn(
        { event: 'passive-ports-missing', ports: taken },
        'passive ports are taken by another program and left out',
      );
    }
    return ports;
  }

  /**
   * Promises a port to a client; says why not when all of its ports are promised already.
   * @param source where the connection may come from, seen from the client's address.
   */
  promise(
    client: string,
    source: DataSource,
    accepted: (socket: Socket) => void,
  ): PortPromise | { refused: string } {
    const address = canonicalAddress(client);
    const promised: Promised = { client: address, accepted };
    // A random start makes the port hard to guess (RFC 2577 §8); the walk finds a free one for sure.
    const start = randomInt(this.#ports.length);
    for (let i = 0; i < this.#ports.length; i += 1) {
      const port = this.#ports[(start + i) % this.#ports.length] ?? 0;
      const key = keyOf(source, address, port);
      if (this.#promises.has(key)) continue;
      this.#promises.set(key, promised);
      return {
        port,
        withdraw: () => {
          if (this.#promises.get(key) === promised) this.#promises.delete(key);
        },
      };
    }
    this.#logger.warn(
      { event: 'passive-ports-exhausted', client: address, source, range: this.#range },
      'every passive port is promised to this client; more are had with --passive-ports A-B',
    );
    return {
      refused: `all ${this.#ports.length} passive ports are promised ${PROMISED_TO[source]}`,
    };
  }

  /** Promises outstanding. */
  get promised(): number {
    return this.#promises.size;
  }

  async close(): Promise<void> {
    this.#promises.clear();
    await Promise.all(
      this.#servers.map((server) => new Promise((resolve) => server.close(resolve))),
    );
  }

  async #listen(host: string, port: number): Promise<void> {
    const server = createServer({
      allowHalfOpen: true,
      pauseOnConnect: true,
      noDelay: true,
      keepAlive: true,
    });
    server.on('connection', (socket) => this.#accept(socket, port));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, exclusive: true }, () => {
        server.off('error', reject);
        server.on('error', (error) =>
          this.#logger.warn({ event: 'passive-port-error', port, error: error.message }),
        );
        resolve();
      });
    });
    this.#servers.push(server);
    this.#ports.push(port);
  }

  #accept(socket: Socket, port: number): void {
    const address = canonicalAddress(socket.remoteAddress ?? '');
    const keys = DATA_SOURCES.map((source) => keyOf(source, address, port));
    const key = keys.find((one) => this.#promises.has(one)) ?? '';
    const promised = this.#promises.get(key);
    if (promised === undefined) {
      this.#logger.info(
        { event: 'passive-stranger', client: address, port },
        'a connection nobody was promised',
      );
      socket.on('error', () => {});
      socket.resetAndDestroy();
      return;
    }
    this.#promises.delete(key);
    const { client, accepted } = promised;
    if (address !== client) {
      this.#logger.info(
        { event: 'passive-other-address', client, from: address, port },
        'a data connection came from another address than its control connection',
      );
    }
    accepted(socket);
  }
}

interface Promised {
  /** Canonical address of the control connection. */
  readonly client: string;
  readonly accepted: (socket: Socket) => void;
}

const PROMISED_TO: Readonly<Record<DataSource, string>> = {
  same: 'to your address',
  'same-network': 'to your network',
  any: 'already',
};

function keyOf(source: DataSource, address: string, port: number): string {
  if (source === 'any') return `* ${port}`;
  return `${source === 'same' ? address : networkAround(address)} ${port}`;
}
