import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { PROBE_LIMITS } from '../../shared/limits.ts';
import { canonicalAddress } from '../../shared/net/address.ts';
import { isWithin, ownAddresses, type OwnAddress } from '../nearby.ts';

/** Ports of FTP below the well-known boundary: control, and control with TLS from the start. */
const FTP_PORTS: ReadonlySet<number> = new Set([21, 990]);
/** Below are well-known services (RFC 2577 §3). */
const FIRST_FREE_PORT = 1024;

export interface OutsidePolicyOptions {
  /** Host of the relay's URL. */
  readonly relayHost: string;
  /** The other end of the carrier: the relay, or a proxy on the way to it. */
  readonly carrierAddress: string | undefined;
  /** Its owner says that the relay itself is at a private address. */
  readonly privateRelay: boolean;
  /** The one FTP server. */
  readonly server: { readonly host: string; readonly port: number };
  /** The system's, unless handed in. */
  readonly own?: () => readonly OwnAddress[];
  readonly resolve?: (name: string) => Promise<readonly string[]>;
}

/**
 * Where an agent connects to when the relay asks what it sees from outside. The relay is not trusted with
 * the agent's network, so this is:
 *
 * - the address at which the relay answers this very link, whatever kind of address that is. Its name must
 *   resolve to it, too: behind a proxy the other end of the link is somebody else;
 * - public addresses of the host that the relay announced as the tunnel's: never one of this machine, of a
 *   network it is in, or of the FTP server;
 * - at either, ports of FTP and those from 1024 on.
 *
 * The FTP server itself is never reached this way. Bytes of the relay's choice go to the first only, and if
 * that is a private address, only on the owner's word: what answers there may as well be a forwarder, whose
 * other ports are not the relay's.
 */
export class OutsidePolicy {
  readonly #options: OutsidePolicyOptions;
  readonly #resolve: (name: string) => Promise<readonly string[]>;
  #announced: string | undefined;
  #relayAddress: Promise<string | undefined> | undefined;

  constructor(options: OutsidePolicyOptions) {
    this.#options = options;
    this.#resolve = options.resolve ?? resolveName;
  }

  /** The relay says where the tunnel is: `ftp://HOST:PORT`. */
  announced(publicAddress: string): void {
    if (!URL.canParse(publicAddress)) return;
    this.#announced = bareHost(new URL(publicAddress).hostname);
  }

  /** Where the relay answers this agent; undefined if a proxy may be between. */
  relayAddress(): Promise<string | undefined> {
    this.#relayAddress ??= this.#findRelay();
    return this.#relayAddress;
  }

  /** Where connections may go that carry bytes of the relay's choice; undefined for nowhere. */
  async visitable(): Promise<string | undefined> {
    const relay = await this.relayAddress();
    if (relay === undefined || this.#options.privateRelay) return relay;
    return this.#isForeign(relay) ? relay : undefined;
  }

  /** The addresses of a name that the agent would connect to; nothing is said of the others. */
  async addresses(name: string): Promise<string[]> {
    const all = await this.#resolve(name);
    const relay = await this.relayAddress();
    const shown = all.filter((one) => one === relay || this.#isForeign(one));
    return [...new Set(shown)].slice(0, PROBE_LIMITS.addresses);
  }

  /** Why the agent does not connect there; undefined if it does. */
  async whyNot(host: string, port: number): Promise<string | undefined> {
    const address = canonicalAddress(host);
    if (host.includes('%') || isIP(host) === 0) return `${host} is no address`;
    const { server } = this.#options;
    const servers = await this.#resolve(server.host).catch(() => [] as readonly string[]);
    const isServer = servers.includes(address);
    if (isServer && port === server.port) return 'that is the FTP server';
    if (port < FIRST_FREE_PORT && !FTP_PORTS.has(port)) return `${port} is no port of FTP`;
    if (address === (await this.relayAddress())) return undefined;
    if (isServer || !this.#isForeign(address)) {
      return `${address} is an address of a private network or of the agent's own, and not where the relay answers`;
    }
    const announced = this.#announced;
    const named = announced === undefined ? [] : await this.#resolve(announced).catch(() => []);
    return named.includes(address) ? undefined : `${address} is not where the tunnel is said to be`;
  }

  /** A public address, neither of this machine nor of a network it is in. */
  #isForeign(address: string): boolean {
    if (ipaddr.parse(address).range() !== 'unicast') return false;
    const own = (this.#options.own ?? ownAddresses)();
    return !own.some(
      (one) =>
        canonicalAddress(one.address) === address ||
        (one.cidr !== null && isWithin(address, one.cidr)),
    );
  }

  async #findRelay(): Promise<string | undefined> {
    const { relayHost, carrierAddress } = this.#options;
    if (carrierAddress === undefined) return undefined;
    const other = canonicalAddress(carrierAddress);
    const named = await this.#resolve(bareHost(relayHost)).catch(() => [] as readonly string[]);
    return named.includes(other) ? other : undefined;
  }
}

/** URLs write IPv6 addresses in brackets. */
function bareHost(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}

async function resolveName(name: string): Promise<readonly string[]> {
  const found = await lookup(name, { all: true });
  return found.map(({ address }) => canonicalAddress(address)).filter((one) => isIP(one) !== 0);
}
