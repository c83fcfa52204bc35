import { randomBytes, randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import type { Logger } from 'pino';
import { GangwayError } from '../../shared/errors.ts';
import type { HostPort } from '../../shared/ftp/address.ts';
import { PASSIVE_LIMITS } from '../limits.ts';
import type { DataSource } from '../policy.ts';
import { Arrivals, type Arrival } from './arrivals.ts';
import { PassivePromises, type PromiseTerms } from './passive-promises.ts';

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
  /** Whether a balancer of any tunnel is at this address: the ports are those of all tunnels. */
  isBalancer: (address: string) => boolean;
  logger: Logger;
}

/**
 * The shared passive ports: a short range that is listened on all the time.
 *
 * A connection is matched by its source address and the port it came to, see {@link PassivePromises}:
 * 64 ports serve any number of clients with 64 pending transfers each, and the firewall needs one
 * range. A stranger is reset and takes nothing from whom the port was promised to.
 */
export class PassivePorts {
  readonly #promises = new PassivePromises<PortOutcome>();
  readonly #servers: Server[] = [];
  readonly #arrivals: Arrivals;
  readonly #logger: Logger;
  readonly #range: string;
  readonly #bounds: { readonly from: number; readonly to: number };
  /** Ports that are listened on, in order. */
  readonly #open: number[] = [];
  #missing: readonly number[] = [];
  /** What tells this relay's ports from those of any other. */
  readonly #nonce = randomBytes(8).toString('hex');
  /** How many want strangers to be told whose the port is. */
  #introducing = 0;

  private constructor({ logger, from, to, isBalancer }: PassivePortsOptions) {
    this.#logger = logger;
    this.#arrivals = new Arrivals({ isBalancer, logger });
    this.#range = `${from}-${to}`;
    this.#bounds = { from, to };
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
    ports.#missing = taken;
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
   */
  promise(terms: PromiseTerms, outcome: PortOutcome): PortPromise | { refused: string } {
    const { client, source } = terms;
    const { ports } = this.#promises;
    // A random start makes the port hard to guess (RFC 2577 §8); the walk finds a free one for sure.
    const promised = this.#promises.promise(terms, outcome, randomInt(ports));
    if (promised !== undefined) {
      if (terms.fxp !== undefined && promised.fxp === undefined) {
        this.#logger.warn(
          { event: 'passive-ports-without-fxp', client, range: this.#range },
          'no passive port is left for another server; the client itself may use this one',
        );
      }
      return { port: promised.port, withdraw: () => this.#promises.withdraw(promised) };
    }
    this.#logger.warn(
      { event: 'passive-ports-exhausted', client, source, range: this.#range },
      'every passive port is promised to this client; more are had with --passive-ports A-B',
    );
    return { refused: `all ${ports} passive ports are promised ${PROMISED_TO[source]}` };
  }

  /** Ports that are listened on, ascending. */
  get ports(): readonly number[] {
    return this.#open.toSorted((a, b) => a - b);
  }

  /** Ports of the range that another program holds. */
  get missing(): readonly number[] {
    return this.#missing;
  }

  /** First and last port that were asked for. */
  get bounds(): { readonly from: number; readonly to: number } {
    return this.#bounds;
  }

  /**
   * Lets the ports say which they are to whom nothing was promised, in place of a reset without a word: so
   * that somebody outside can tell this relay from whatever else answers there. No two ports say the same.
   * @returns what each says, a line without its end; and the end of it
   */
  introduce(): { readonly word: (port: number) => string; readonly stop: () => void } {
    this.#introducing += 1;
    let stopped = false;
    const stop = (): void => {
      if (!stopped) this.#introducing -= 1;
      stopped = true;
    };
    return { word: (port) => this.#word(port), stop };
  }

  #word(port: number): string {
    return `gangway ${this.#nonce} ${port}`;
  }

  async close(): Promise<void> {
    this.#promises.clear();
    this.#arrivals.close();
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
    server.on('connection', (socket) => {
      this.#arrivals.take(socket, (arrival) => this.#accept(arrival, port));
    });
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
    this.#open.push(port);
    this.#promises.addPort(port);
  }

  #accept(arrival: Arrival, port: number): void {
    const { balancer } = arrival;
    const address = arrival.client.host;
    const promised = this.#promises.redeem(address, port, balancer);
    if (promised === undefined) {
      this.#refuse(arrival, port);
      return;
    }
    const { client, value: outcome } = promised;
    if (address !== client) {
      this.#logger.info(
        { event: 'passive-other-address', client, from: address, port },
        'a data connection came from another address than its control connection',
      );
    }
    outcome.accepted(arrival);
  }

  #refuse({ socket, client }: Arrival, port: number): void {
    if (this.#introducing > 0) {
      this.#logger.debug({ event: 'passive-port-introduced', client: client.host, port });
      socket.on('error', () => {}).end(`${this.#word(port)}\r\n`);
      socket.resume().setTimeout(PASSIVE_LIMITS.introduction, () => socket.destroy());
      return;
    }
    this.#logger.info(
      { event: 'passive-stranger', client: client.host, port },
      'a connection nobody was promised',
    );
    socket.on('error', () => {});
    socket.resetAndDestroy();
    // One of those who wait at this port may be the one it belongs to, behind another address.
    for (const { value } of this.#promises.on(port)) value.stranger(client);
  }
}

/** What comes of a promise. */
export interface PortOutcome {
  /** Takes the connection, not yet started. Called at most once. */
  accepted(arrival: Arrival): void;
  /** A connection came that was promised to nobody. */
  stranger(from: HostPort): void;
}

const PROMISED_TO: Readonly<Record<DataSource, string>> = {
  same: 'to your address',
  'same-network': 'to your network',
  any: 'already',
};
