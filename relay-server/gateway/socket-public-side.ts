import type { Socket } from 'node:net';
import type { Channel } from '../../shared/channel.ts';
import type { HostPort } from '../../shared/ftp/address.ts';
import type { PassiveOffer, PassiveRefusal, PublicSide } from '../../shared/gateway/sides.ts';
import { canonicalAddress, familyOf } from '../../shared/net/address.ts';
import type { SlabPool } from '../../shared/net/slab-pool.ts';
import { connectIntoSlabs, readIntoSlabs } from '../../shared/net/slab-reads.ts';
import { SocketChannel } from '../../shared/net/socket-channel.ts';
import type { PassivePorts } from './passive-ports.ts';
import type { PublicHost } from './public-host.ts';

const NOTHING_READ = new Uint8Array(0);

export interface SocketPublicSideOptions {
  ports: PassivePorts;
  publicHost: PublicHost;
  /** What data connections are read into. */
  slabs: SlabPool;
}

/** The gateway's public side where clients reach this machine directly: local sockets. */
export class SocketPublicSide implements PublicSide {
  readonly client: HostPort;
  readonly family: 4 | 6;
  readonly #local: string;
  readonly #options: SocketPublicSideOptions;

  constructor(control: Socket, options: SocketPublicSideOptions) {
    const remote = canonicalAddress(control.remoteAddress ?? '');
    this.client = { host: remote, port: control.remotePort ?? 0 };
    this.family = familyOf(remote);
    this.#local = canonicalAddress(control.localAddress ?? '');
    this.#options = options;
  }

  offerPassive(accepted: (channel: Channel) => void): PassiveOffer | PassiveRefusal {
    const { ports, publicHost, slabs } = this.#options;
    const promise = ports.promise(this.client.host, (accepting) => {
      const { socket, reads } = readIntoSlabs(accepting, NOTHING_READ, slabs);
      accepted(new SocketChannel(socket, reads));
    });
    if ('refused' in promise) return promise;
    return {
      host: publicHost.advertisedIpv4(this.#local),
      port: promise.port,
      withdraw: () => promise.withdraw(),
    };
  }

  dialClient(address: HostPort): Channel {
    const options = { ...address, allowHalfOpen: true, noDelay: true };
    const { socket, reads } = connectIntoSlabs(options, this.#options.slabs);
    return new SocketChannel(socket, reads);
  }
}
