import type { TunnelDoor } from '../../shared/gateway/reception-visit.ts';
import { ReceptionVisit } from '../../shared/gateway/reception-visit.ts';
import { RECEPTION_REPLIES } from '../../shared/gateway/reception-replies.ts';
import { GATEWAY_REPLIES } from '../../shared/gateway/replies.ts';
import { RECEPTION_LIMITS } from '../../shared/limits.ts';
import type { Logger } from '../../shared/log.ts';
import { SocketChannel } from '../../shared/net/socket-channel.ts';
import { holderOf } from '../../shared/net/networks.ts';
import { systemTimers } from '../../shared/time.ts';
import type { Tunnel } from '../store/store.ts';
import type { Arrival } from './arrivals.ts';
import { turnAway } from './turn-away.ts';

/** A tunnel as clients reach it at a port that it shares with others. */
export interface SharedTunnel {
  readonly tunnel: Tunnel;
  /** Opens the door to this client; undefined, with a line in the log, for whom it is closed. */
  knock(arrival: Arrival): TunnelDoor | undefined;
}

export interface ReceptionsOptions {
  readonly port: number;
  /** The relay's public name. */
  readonly relayName: string;
  /** The tunnels of the port as they are now. */
  readonly tunnels: () => readonly SharedTunnel[];
  readonly logger: Logger;
}

/** The clients of a shared port that have not reached a tunnel yet. */
export class Receptions {
  readonly #options: ReceptionsOptions;
  readonly #visits = new Set<ReceptionVisit>();
  readonly #held = new Map<string, number>();

  constructor(options: ReceptionsOptions) {
    this.#options = options;
  }

  /** Receives a client, unless there are too many. */
  receive(arrival: Arrival): void {
    const { port, relayName, logger } = this.#options;
    const { socket, head, client, balancer } = arrival;
    if (head.length > 0) socket.unshift(head);
    const holder = holderOf(client.host);
    const held = this.#held.get(holder) ?? 0;
    const { clients, clientsPerAddress } = RECEPTION_LIMITS;
    const by = { client: client.host, port, ...(balancer !== undefined && { balancer }) };
    if (this.#visits.size >= clients || held >= clientsPerAddress) {
      const reply = RECEPTION_REPLIES.tooManyClients();
      logger.info({ event: 'turned-away', ...by, why: 'max-receptions', code: reply.code });
      turnAway(socket, reply);
      return;
    }
    this.#held.set(holder, held + 1);
    logger.debug({ event: 'reception-opened', ...by });
    const visit: ReceptionVisit = new ReceptionVisit({
      client: new SocketChannel(socket),
      relayName,
      secure: undefined,
      find: (name) => {
        const found = this.#find(name);
        return found && (() => found.knock(arrival));
      },
      timers: systemTimers,
      over: (why) => {
        this.#visits.delete(visit);
        this.#leave(holder);
        logger.debug({ event: 'reception-closed', ...by, why });
      },
    });
    this.#visits.add(visit);
  }

  /** Ends every visit. */
  close(): void {
    const reply = GATEWAY_REPLIES.shuttingDown();
    for (const visit of this.#visits) visit.close(reply, 'the port is closed');
  }

  #find(name: string): SharedTunnel | undefined {
    return this.#options
      .tunnels()
      .find(({ tunnel }) => tunnel.name === name || tunnel.host === name);
  }

  #leave(holder: string): void {
    const left = (this.#held.get(holder) ?? 1) - 1;
    if (left > 0) this.#held.set(holder, left);
    else this.#held.delete(holder);
  }
}
