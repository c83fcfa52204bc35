import type { HostPort } from '../../shared/ftp/address.ts';
import type {
  DialOutcome,
  PassiveOffer,
  PassiveOutcome,
  PassiveRefusal,
  PublicSide,
} from '../../shared/gateway/sides.ts';
import { canonicalAddress, familyOf } from '../../shared/net/address.ts';
import type { SlabPool } from '../../shared/net/slab-pool.ts';
import type { DataSource } from '../policy.ts';
import type { Arrival } from './arrivals.ts';
import { dialClient } from './client-dial.ts';
import { ClientSocket } from './client-socket.ts';
import type { PassivePorts } from './passive-ports.ts';
import type { PromiseTerms } from './passive-promises.ts';
import type { PublicHost } from './public-host.ts';
import type { SessionTls } from './session-tls.ts';

export interface SocketPublicSideOptions {
  ports: PassivePorts;
  publicHost: PublicHost;
  tls: SessionTls;
  /** What data connections are read into. */
  slabs: SlabPool;
  /** Where passive data connections may come from. Asked at each promise: it holds at once. */
  dataSource: () => DataSource;
  /** Whether the tunnel admits an address. Asked when a data connection comes. */
  admits: (address: string) => boolean;
  /** Which FTP servers may come in the client's place; undefined for none. Asked at each promise. */
  fxp: () => PromiseTerms['fxp'];
  /** Whether the tunnel believes this balancer. Asked when a data connection comes. */
  believes: (balancer: string) => boolean;
}

/** The gateway's public side where clients reach this machine directly: local sockets. */
export class SocketPublicSide implements PublicSide {
  readonly client: HostPort;
  readonly family: 4 | 6;
  /** Our end of the control connection, from where clients are dialled. */
  readonly #local: HostPort;
  /** The address the client connected to, its balancer's if there is one. */
  readonly #reached: string;
  readonly #options: SocketPublicSideOptions;

  constructor({ socket, client, reached }: Arrival, options: SocketPublicSideOptions) {
    this.client = client;
    this.family = familyOf(client.host);
    const local = canonicalAddress(socket.localAddress ?? '');
    this.#local = { host: local, port: socket.localPort ?? 1 };
    this.#reached = reached.host;
    this.#options = options;
  }

  offerPassive(outcome: PassiveOutcome): PassiveOffer | PassiveRefusal {
    const { ports, publicHost, tls, slabs, dataSource, fxp, ...rules } = this.#options;
    const terms = { ...rules, client: this.client.host, source: dataSource(), fxp: fxp() };
    const promise = ports.promise(terms, {
      accepted: ({ socket, head, client }) =>
        outcome.accepted(new ClientSocket(socket, tls, slabs, head), client),
      stranger: (from) => outcome.stranger(from),
    });
    if ('refused' in promise) return promise;
    return {
      host: publicHost.advertisedIpv4(this.#reached),
      port: promise.port,
      withdraw: () => promise.withdraw(),
    };
  }

  dialClient(address: HostPort, outcome: DialOutcome): () => void {
    const { tls, slabs } = this.#options;
    const { host, port } = this.#local;
    // A balancer may have passed an IPv6 client on over IPv4: then any address of ours has to do.
    const isSame = familyOf(host) === familyOf(address.host);
    const localAddress = isSame ? host : undefined;
    // Old firewalls let an active connection in only from the port before the control port, where
    // RFC 959 §5.2 puts the server's end of it.
    return dialClient(
      { ...address, localAddress, preferredPort: port - 1 },
      {
        connected: (socket, from) => outcome.connected(new ClientSocket(socket, tls, slabs), from),
        failed: (reason) => outcome.failed(reason),
      },
    );
  }
}
