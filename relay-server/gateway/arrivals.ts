import type { Socket } from 'node:net';
import type { HostPort } from '../../shared/ftp/address.ts';
import { PROXY_LIMITS } from '../limits.ts';
import type { Logger } from '../../shared/log.ts';
import { canonicalAddress } from '../../shared/net/address.ts';
import { ProxyHeaderReader } from '../proxy-protocol/header-reader.ts';
import type { ProxyHeader } from '../proxy-protocol/header.ts';

/** A connection that has come, with who is behind it. */
export interface Arrival {
  /** Nothing is read from it any more until its consumer starts it. */
  readonly socket: Socket;
  /** The client's end, as its balancer says if there is one. */
  readonly client: HostPort;
  /** What the client connected to: the balancer's public address, or ours. */
  readonly reached: HostPort;
  /** The balancer that passed the connection on, if one did. */
  readonly balancer: string | undefined;
  /** Bytes that were read from it and belong to its consumer. */
  readonly head: Uint8Array;
}

export interface ArrivalsOptions {
  /** Whether a balancer is at this address, which begins every connection with a PROXY header. */
  isBalancer: (address: string) => boolean;
  logger: Logger;
}

const NOTHING: Uint8Array = new Uint8Array(0);

/**
 * Finds out who is behind the connections of a listener. From a balancer that is known a PROXY header
 * must come first, and says it; one that is malformed, or not there in time, resets the connection. From
 * anybody else no header is taken: whoever could send one could be whom he likes.
 */
export class Arrivals {
  readonly #options: ArrivalsOptions;
  /** Connections whose header is not there yet. */
  readonly #pending = new Set<Socket>();

  constructor(options: ArrivalsOptions) {
    this.#options = options;
  }

  /** Calls `arrived` at most once: at once, or when the header has come. */
  take(socket: Socket, arrived: (arrival: Arrival) => void): void {
    const client = endOf(socket.remoteAddress, socket.remotePort);
    const reached = endOf(socket.localAddress, socket.localPort);
    if (!this.#options.isBalancer(client.host)) {
      arrived({ socket, client, reached, balancer: undefined, head: NOTHING });
      return;
    }
    this.#readHeader(socket, client.host, (header, head) => {
      const own = { source: client, destination: reached };
      const { source, destination } = header.kind === 'proxied' ? header.ends : own;
      const balancer = client.host;
      arrived({ socket, client: source, reached: destination, balancer, head });
    });
  }

  /** Resets what has not said yet who it is. */
  close(): void {
    for (const socket of this.#pending) socket.resetAndDestroy();
  }

  #readHeader(
    socket: Socket,
    balancer: string,
    complete: (header: ProxyHeader, rest: Uint8Array) => void,
  ): void {
    const reader = new ProxyHeaderReader();
    const refuse = (why: string): void => {
      finish();
      socket.on('error', () => {});
      socket.resetAndDestroy();
      // Balancers look whether a port is open by connecting and saying nothing.
      const level = reader.received === 0 && !isLate(why) ? 'debug' : 'warn';
      this.#options.logger[level]({ event: 'proxy-header-refused', balancer, why });
    };
    const take = (chunk: Uint8Array): void => {
      const progress = reader.push(chunk);
      if (progress.state === 'bad') refuse(progress.why);
      if (progress.state !== 'complete') return;
      // Paused in the call that brought the last byte: neither more bytes nor an end can come meanwhile.
      socket.pause();
      finish();
      complete(progress.header, progress.rest);
    };
    const ended = (): void => refuse('the connection ended before its PROXY header');
    const timer = setTimeout(() => refuse(LATE), PROXY_LIMITS.headerTime);
    const finish = (): void => {
      clearTimeout(timer);
      this.#pending.delete(socket);
      socket.off('data', take).off('end', ended).off('error', ended).off('close', ended);
    };
    this.#pending.add(socket);
    socket.on('data', take).on('end', ended).on('error', ended).on('close', ended);
    socket.resume();
  }
}

const LATE = `no PROXY header within ${PROXY_LIMITS.headerTime / 1000} seconds`;

function isLate(why: string): boolean {
  return why === LATE;
}

function endOf(address: string | undefined, port: number | undefined): HostPort {
  return { host: canonicalAddress(address ?? ''), port: port ?? 0 };
}
