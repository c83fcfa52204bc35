import type { Logger } from '../../shared/log.ts';
import type { ListenerState } from '../admin/runtime.ts';
import type { Tunnel } from '../store/store.ts';
import type { Arrival } from './arrivals.ts';
import { PublicPort } from './public-port.ts';
import { Receptions, type SharedTunnel } from './receptions.ts';

/** A tunnel as its public ports see it. */
export interface PortTenant extends SharedTunnel {
  /** Whether a balancer of the tunnel is at this address. */
  isBalancer(address: string): boolean;
  /** Serves a client, or tells him why not. */
  accept(arrival: Arrival): void;
}

/** An open port, whose it is, and who waits there to say which of them he means. */
interface Occupied {
  readonly port: PublicPort;
  readonly receptions: Receptions;
  tenants: readonly PortTenant[];
}

export interface PublicPortsOptions {
  /** The relay's public name. */
  readonly relayName: string;
  readonly logger: Logger;
}

const STOPPED: ListenerState = { state: 'stopped' };

/** The public ports of all tunnels, kept equal to what the tunnels say. */
export class PublicPorts {
  readonly #options: PublicPortsOptions;
  readonly #ports = new Map<string, Occupied>();

  constructor(options: PublicPortsOptions) {
    this.#options = options;
  }

  /**
   * Closes ports that are nobody's any more and opens those that are missing, also such that could not be
   * opened before. Never rejects: what went wrong is in {@link stateOf}.
   */
  async settle(tenants: readonly PortTenant[]): Promise<void> {
    const wanted = Map.groupBy(tenants, ({ tunnel }) => keyOf(tunnel.listenHost, tunnel.port));
    for (const key of this.#ports.keys()) {
      if (!wanted.has(key)) this.#close(key);
    }
    await Promise.all([...wanted].map(([key, those]) => this.#occupy(key, those)));
  }

  /** Whether the port of a tunnel is open. */
  stateOf({ listenHost, port }: Tunnel): ListenerState {
    return this.#ports.get(keyOf(listenHost, port))?.port.state ?? STOPPED;
  }

  /** Takes no more clients. */
  close(): void {
    for (const key of this.#ports.keys()) this.#close(key);
  }

  #close(key: string): void {
    const occupied = this.#ports.get(key);
    this.#ports.delete(key);
    occupied?.port.close();
    occupied?.receptions.close();
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
    const { relayName, logger } = this.#options;
    const tunnels = (): readonly PortTenant[] => occupied.tenants;
    const occupied: Occupied = {
      tenants,
      receptions: new Receptions({ port, relayName, tunnels, logger }),
      port: new PublicPort({
        host,
        port,
        isBalancer: (address) => occupied.tenants.some((one) => one.isBalancer(address)),
        arrived: (arrival) => receive(occupied, arrival),
        logger,
      }),
    };
    this.#ports.set(key, occupied);
    return occupied;
  }
}

/** A port that is shared asks everybody whom he means, even while there is one tunnel only. */
function receive({ tenants, receptions }: Occupied, arrival: Arrival): void {
  const [first] = tenants;
  if (first?.tunnel.shared === false) first.accept(arrival);
  else receptions.receive(arrival);
}

function keyOf(listenHost: string, port: number): string {
  return `${listenHost} ${port}`;
}
