import { ReceptionVisit, type TunnelDoor } from '../../shared/gateway/reception-visit.ts';
import { RECEPTION_REPLIES } from '../../shared/gateway/reception-replies.ts';
import { GATEWAY_REPLIES } from '../../shared/gateway/replies.ts';
import type { TlsPolicy, TlsRules } from '../../shared/gateway/tls-rules.ts';
import type { Logger } from '../../shared/log.ts';
import type { TlsTerminator } from '../../shared/net/tls-terminator.ts';
import { systemTimers } from '../../shared/time.ts';
import type { Tunnel } from '../store/store.ts';
import type { Arrival } from './arrivals.ts';
import { clearControl } from './client-control.ts';
import { turnAway } from './turn-away.ts';
import type { WaitingRoom } from './waiting-room.ts';

/** A tunnel as clients reach it at a port that it shares with others. */
export interface SharedTunnel {
  readonly tunnel: Tunnel;
  /** Opens the door to this client; undefined, with a line in the log, for whom it is closed. */
  knock(arrival: Arrival, via: ReceptionTls): TunnelDoor | undefined;
}

/** The TLS of a client that wants to be let in. */
export interface ReceptionTls {
  readonly terminator: TlsTerminator;
  readonly secured: boolean;
}

export interface ReceptionsOptions {
  readonly port: number;
  /** TLS begins at once. */
  readonly implicit: boolean;
  /** The relay's public name. */
  readonly relayName: string;
  readonly terminator: TlsTerminator;
  /** The tunnels of the port as they are now. */
  readonly tunnels: () => readonly SharedTunnel[];
  readonly room: WaitingRoom;
  readonly logger: Logger;
}

/** The clients of a shared port that have not reached a tunnel yet. */
export class Receptions {
  readonly #options: ReceptionsOptions;
  readonly #visits = new Set<ReceptionVisit>();

  constructor(options: ReceptionsOptions) {
    this.#options = options;
  }

  /** Receives a client, unless there are too many. */
  receive(arrival: Arrival): void {
    const { port, implicit, relayName, tunnels, room, logger } = this.#options;
    const { client, balancer } = arrival;
    const terminator = this.#terminator();
    const { channel } = clearControl(arrival, terminator);
    const by = { client: client.host, port, ...(balancer !== undefined && { balancer }) };
    const leave = room.enter(client.host);
    if (leave === undefined) {
      logger.info({ event: 'turned-away', ...by, why: 'max-receptions' });
      turnAway(channel, RECEPTION_REPLIES.tooManyClients());
      return;
    }
    logger.debug({ event: 'reception-opened', ...by });
    const visit: ReceptionVisit = new ReceptionVisit({
      client: channel,
      relayName,
      implicit,
      tls: () => commonRules(tunnels().map(({ tunnel }) => tunnel)),
      find: (name) => {
        const found = this.#find(name);
        return found && ((secured) => found.knock(arrival, { terminator, secured }));
      },
      timers: systemTimers,
      over: (why) => {
        this.#visits.delete(visit);
        leave();
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

  /** Which tunnel it will be is not known: if one wants sessions resumed, each client gets one of his own. */
  #terminator(): TlsTerminator {
    const { terminator, tunnels } = this.#options;
    const isOwn = tunnels().some(({ tunnel }) => tunnel.policy.requireSessionReuse);
    return isOwn ? terminator.apart() : terminator;
  }
}

/** What all tunnels of a port ask for; where they differ, TLS is there for those who want it. */
export function commonRules(tunnels: readonly Tunnel[]): TlsRules {
  const common = (policies: readonly TlsPolicy[]): TlsPolicy => {
    const [first = 'optional', ...others] = policies;
    return others.every((policy) => policy === first) ? first : 'optional';
  };
  const [first, ...others] = tunnels;
  const isOne = others.every(({ implicitPort }) => implicitPort === first?.implicitPort);
  return {
    login: common(tunnels.map(({ policy }) => policy.tls)),
    data: common(tunnels.map(({ policy }) => policy.tlsData)),
    implicitPort: isOne ? (first?.implicitPort ?? undefined) : undefined,
  };
}
