import type { Socket } from 'node:net';
import type { Channel } from '../../shared/channel.ts';
import type { HostPort } from '../../shared/ftp/address.ts';
import type {
  DialOutcome,
  PassiveOffer,
  PassiveRefusal,
  PublicSide,
} from '../../shared/gateway/sides.ts';
import { canonicalAddress, familyOf } from '../../shared/net/address.ts';
import type { SlabPool } from '../../shared/net/slab-pool.ts';
import { readIntoSlabs } from '../../shared/net/slab-reads.ts';
import { SocketChannel } from '../../shared/net/socket-channel.ts';
import type { DataSource } from '../policy.ts';
import { dialClient } from './client-dial.ts';
import type { PassivePorts } from './passive-ports.ts';
import type { PublicHost } from './public-host.ts';

const NOTHING_READ = new Uint8Array(0);

export interface SocketPublicSideOptions {
  ports: PassivePorts;
  publicHost: PublicHost;
  /** What data connections are read into. */
  slabs: SlabPool;
  /** Where passive data connections may come from. Asked at each promise: it holds at once. */
  dataSource: () => DataSource;
}

/** The gateway's public side where clients reach this machine directly: local sockets. */
export class SocketPublicSide implements PublicSide {
  readonly client: HostPort;
  readonly family: 4 | 6;
  readonly #local: HostPort;
  readonly #options: SocketPublicSideOptions;

  constructor(control: Socket, options: SocketPublicSideOptions) {
    const remote = canonicalAddress(control.remoteAddress ?? '');
    this.client = { host: remote, port: control.remotePort ?? 0 };
    this.family = familyOf(remote);
    const local = canonicalAddress(control.localAddress ?? '');
    this.#local = { host: local, port: control.localPort ?? 1 };
    this.#options = options;
  }

  offerPassive(
    accepted: (channel: Channel, from: HostPort) => void,
  ): PassiveOffer | PassiveRefusal {
    const { ports, publicHost, slabs, dataSource } = this.#options;
    const promise = ports.promise(this.client.host, dataSource(), (accepting) => {
      const { socket, reads } = readIntoSlabs(accepting, NOTHING_READ, slabs);
      const from = {
        host: canonicalAddress(socket.remoteAddress ?? ''),
        port: socket.remotePort ?? 0,
      };
      accepted(new SocketChannel(socket, reads), from);
    });
    if ('refused' in promise) return promise;
    return {
      host: publicHost.advertisedIpv4(this.#local.host),
      port: promise.port,
      withdraw: () => promise.withdraw(),
    };
  }

  dialClient(address: HostPort, outcome: DialOutcome): () => void {
    const { slabs } = this.#options;
    const { host, port } = this.#local;
    // Old firewalls let an active connection in only from the port before the control port, where
    // RFC 959 §5.2 puts the server's end of it.
    return dialClient({ ...address, localAddress: host, preferredPort: port - 1, slabs }, outcome);
  }
}
