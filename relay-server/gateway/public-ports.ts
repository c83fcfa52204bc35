import type { Logger } from '../../shared/log.ts';
import { TlsTerminator, type TlsTerminatorOptions } from '../../shared/net/tls-terminator.ts';
import type { ListenerState } from '../admin/runtime.ts';
import type { Tunnel } from '../store/store.ts';
import type { Arrival } from './arrivals.ts';
import { clearControl, type ClientControl } from './client-control.ts';
import { Handshakes } from './handshakes.ts';
import { PublicPort } from './public-port.ts';
import { Receptions, type SharedTunnel } from './receptions.ts';
import { WaitingRoom } from './waiting-room.ts';

/** A tunnel as its public ports see it. */
export interface PortTenant extends SharedTunnel {
  /** Whether a balancer of the tunnel is at this address. */
  isBalancer(address: string): boolean;
  /** Serves a client, or tells him why not. */
  accept(arrival: Arrival, control: ClientControl): void;
  /** A client of the implicit port did not get as far as TLS. */
  handshakeFailed(arrival: Arrival, reason: string): void;
  /** What begins TLS on the connections of one client. */
  terminator(): TlsTerminator;
}

export interface PublicPortsOptions extends TlsTerminatorOptions {
  /** The relay's public name. */
  readonly relayName: string;
  readonly logger: Logger;
}

/** One of a tunnel's ports: where it is, and whether TLS begins there at once. */
interface Place {
  readonly host: string;
  readonly port: number;
  readonly implicit: boolean;
}

/** Somebody who has come to a public port. Addresses are canonical. */
export interface ArrivalSeen {
  /** The port that is listened on. */
  readonly port: number;
  readonly client: string;
  /** Address that he came to. */
  readonly reached: string;
}

/** An open port, whose it is, and who waits there. */
interface Occupied {
  readonly port: PublicPort;
  readonly implicit: boolean;
  readonly receptions: Receptions;
  readonly handshakes: Handshakes;
  tenants: readonly PortTenant[];
}

const STOPPED: ListenerState = { state: 'stopped' };

/** The public ports of all tunnels, kept equal to what the tunnels say. */
export class PublicPorts {
  readonly #options: PublicPortsOptions;
  readonly #ports = new Map<string, Occupied>();
  /** Who is told of everybody who comes. */
  readonly #watchers = new Set<(seen: ArrivalSeen) => void>();

  constructor(options: PublicPortsOptions) {
    this.#options = options;
  }

  /**
   * Closes ports that are nobody's any more and opens those that are missing, also such that could not be
   * opened before. Never rejects: what went wrong is in {@link stateOf}.
   */
  async settle(tenants: readonly PortTenant[]): Promise<void> {
    const places = tenants.flatMap((tenant) =>
      placesOf(tenant.tunnel).map((place) => ({ place, tenant })),
    );
    const wanted = Map.groupBy(places, ({ place }) => keyOf(place));
    for (const key of this.#ports.keys()) {
      if (!wanted.has(key)) this.#close(key);
    }
    await Promise.all(
      [...wanted.values()].map((those) =>
        this.#occupy(
          those[0]?.place,
          those.map(({ tenant }) => tenant),
        ),
      ),
    );
  }

  /** Whether the ports of a tunnel are open; the first that is not. */
  stateOf(tunnel: Tunnel): ListenerState {
    const states = placesOf(tunnel).map(
      (place) => this.#ports.get(keyOf(place))?.port.state ?? STOPPED,
    );
    return states.find(({ state }) => state !== 'listening') ?? { state: 'listening' };
  }

  /** Tells of everybody who comes to a port, before anything becomes of him; until the returned function is called. */
  watch(seen: (arrival: ArrivalSeen) => void): () => void {
    this.#watchers.add(seen);
    return () => void this.#watchers.delete(seen);
  }

  /** Takes no more clients; those who are in no session yet are sent away. */
  close(): void {
    for (const key of this.#ports.keys()) this.#close(key);
  }

  #close(key: string): void {
    const occupied = this.#ports.get(key);
    this.#ports.delete(key);
    occupied?.port.close();
    occupied?.receptions.close();
    occupied?.handshakes.close();
  }

  async #occupy(place: Place | undefined, tenants: readonly PortTenant[]): Promise<void> {
    if (place === undefined) return;
    const occupied = this.#ports.get(keyOf(place)) ?? this.#make(place, tenants);
    occupied.tenants = tenants;
    await occupied.port.listen();
  }

  #make({ host, port, implicit }: Place, tenants: readonly PortTenant[]): Occupied {
    const { relayName, identityFor, logger } = this.#options;
    const tunnels = (): readonly PortTenant[] => occupied.tenants;
    const terminator = new TlsTerminator({ identityFor });
    const waiting = { port, room: new WaitingRoom(), logger };
    const occupied: Occupied = {
      tenants,
      implicit,
      receptions: new Receptions({ ...waiting, implicit, relayName, terminator, tunnels }),
      handshakes: new Handshakes(waiting),
      port: new PublicPort({
        host,
        port,
        isBalancer: (address) => occupied.tenants.some((one) => one.isBalancer(address)),
        arrived: (arrival) => {
          const seen = { port, client: arrival.client.host, reached: arrival.reached.host };
          for (const watcher of this.#watchers) watcher(seen);
          receive(occupied, arrival);
        },
        logger,
      }),
    };
    this.#ports.set(keyOf({ host, port, implicit }), occupied);
    return occupied;
  }
}

/** A port that is shared asks everybody whom he means, even while there is one tunnel only. */
function receive(occupied: Occupied, arrival: Arrival): void {
  const { socket, head } = arrival;
  if (head.length > 0) socket.unshift(head);
  const [tenant] = occupied.tenants;
  if (tenant === undefined || tenant.tunnel.shared) {
    occupied.receptions.receive(arrival);
    return;
  }
  const terminator = tenant.terminator();
  if (!occupied.implicit) {
    tenant.accept(arrival, clearControl(arrival, terminator));
    return;
  }
  // The tunnel may have begun anew under another name meanwhile.
  const now = (): PortTenant => occupied.tenants[0] ?? tenant;
  occupied.handshakes.begin(arrival, terminator, {
    secured: (control) => now().accept(arrival, control),
    failed: (reason) => now().handshakeFailed(arrival, reason),
  });
}

function placesOf({ listenHost: host, port, implicitPort }: Tunnel): Place[] {
  const explicit = { host, port, implicit: false };
  return implicitPort === null
    ? [explicit]
    : [explicit, { host, port: implicitPort, implicit: true }];
}

/** A port that changes its kind is another one. */
function keyOf({ host, port, implicit }: Place): string {
  return `${host} ${port} ${implicit ? 'implicit' : 'explicit'}`;
}
