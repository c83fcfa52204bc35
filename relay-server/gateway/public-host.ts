import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import { GangwayError } from '../../shared/errors.ts';
import { canonicalAddress, familyOf, isPrivateAddress } from '../../shared/net/address.ts';

/** The relay's public name: what addresses are printed with, and what a 227 reply names. */
export class PublicHost {
  /** Name or address for `ftp://` addresses and URLs. */
  readonly name: string;
  /** True when the name was found out rather than configured and only this network can reach it. */
  readonly doubtful: boolean;
  readonly #configuredIpv4: string | undefined;
  readonly #fallbackIpv4: string | undefined;

  private constructor(name: string, ipv4: string | undefined, configured: boolean) {
    this.name = name;
    this.doubtful = !configured && isPrivateAddress(name);
    this.#configuredIpv4 = configured ? ipv4 : undefined;
    this.#fallbackIpv4 = ipv4;
  }

  /**
   * @param configured `--public-host`: a name or an address; undefined to take this machine's own.
   * @throws GangwayError `public-host-unknown` when a configured name does not resolve.
   */
  static async find(configured: string | undefined): Promise<PublicHost> {
    if (configured === undefined) {
      const own = ownIpv4();
      return new PublicHost(own ?? 'localhost', own, false);
    }
    try {
      const addresses = await lookup(configured, { all: true });
      const ipv4 = addresses.find((a) => a.family === 4)?.address;
      return new PublicHost(configured, ipv4, true);
    } catch (cause) {
      throw new GangwayError(
        'public-host-unknown',
        `the public host name ${configured} does not resolve`,
        { remedy: 'Correct --public-host, or give the address itself.', cause },
      );
    }
  }

  /**
   * The IPv4 address for a 227 reply. A client that came over loopback is told loopback; otherwise
   * the configured address counts, and without one the address the client itself reached us by.
   * @param local the local address of the client's control connection, canonical.
   */
  advertisedIpv4(local: string): string | undefined {
    const localIpv4 = familyOf(local) === 4 ? local : undefined;
    if (localIpv4?.startsWith('127.') === true) return localIpv4;
    return this.#configuredIpv4 ?? localIpv4 ?? this.#fallbackIpv4;
  }
}

/** The address of this machine that looks most public. */
function ownIpv4(): string | undefined {
  const own = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter((a) => a.family === 'IPv4' && !a.internal)
    .map((a) => canonicalAddress(a.address));
  return own.find((address) => !isPrivateAddress(address)) ?? own[0];
}
