import type { Logger } from '../../shared/log.ts';
import type { ListenerState } from '../admin/runtime.ts';
import type { Tunnel } from '../store/store.ts';
import type { Arrival } from './arrivals.ts';
import { PublicPort } from './public-port.ts';

/** A tunnel as its public ports see it. */
export interface PortTenant {
  readonly tunnel: Tunnel;
  /** Whether a balancer of the tunnel is at this address. */
  isBalancer(address: string): boolean;
  /** Serves a client, or tells him why not. */
  accept(arrival: Arrival): void;
}

/** An open port, and whose it is. */
interface Occupied {
  readonly port: PublicPort;
  tenants: readonly PortTenant[];
}

const STOPPED: ListenerState = { state: 'stopped' };

/** The public ports of all tunnels, kept equal to what the tunnels say. */
export class PublicPorts {
  readonly #logger: Logger;
  readonly #ports = new Map<string, Occupied>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /**
   * Closes ports that are nobody's any more and opens those that are missing, also such that could not be
   * opened before. Never rejects: what went wrong is in {@link stateOf}.
   */
  async settle(tenants: readonly PortTenant[]): Promise<void> {
    const wanted = Map.groupBy(tenants, ({ tunnel }) => keyOf(tunnel.listenHost, tunnel.port));
    for (const [key, { port }] of this.#ports) {
      if (wanted.has(key)) continue;
      port.close();
      this.#ports.delete(key);
    }
    await Promise.all([...wanted].map(([key, those]) => this.#occupy(key, those)));
  }

  /** Whether the port of a tunnel is open. */
  stateOf({ listenHost, port }: Tunnel): ListenerState {
    return this.#ports.get(keyOf(listenHost, port))?.port.state ?? STOPPED;
  }

  /** Takes no more clients. */
  close(): void {
    for (const { port } of this.#ports.values()) port.close();
    this.#ports.clear();
  }

  async #occupy(key: string, tenants: readonly PortTenant[]): Promise<void> {
    const occupied = this.#ports.get(key) ?? this.#make(key, tenants);
    occupied.tenants = tenants;
    await occupied.port.listen();
  }

  #make(key: string, tenants: readonly PortTenant[]): Occupied {
    const [first] = tenants;
    if (first === undefined) throw new RangeError('a port without a tunnel');
    const { listenHost: host, port } = first.tunnel;
    const occupied: Occupied = {
      tenants,
      port: new PublicPort({
        host,
        port,
        isBalancer: (address) => occupied.tenants.some((one) => one.isBalancer(address)),
        arrived: (arrival) => occupied.tenants[0]?.accept(arrival),
        logger: this.#logger,
      }),
    };
    this.#ports.set(key, occupied);
    return occupied;
  }
}

function keyOf(listenHost: string, port: number): string {
  return `${listenHost} ${port}`;
}
