import { BlockList, isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { Parsed, Parser } from '../config.ts';
import { canonicalAddress, familyOf } from './address.ts';

/** Bits of the network one customer has: an IPv4 subnet as providers route it, an IPv6 subnet (RFC 6177). */
const NETWORK_BITS = { 4: 24, 6: 64 } as const;

/**
 * A network as CIDR or a single address, IPv4 or IPv6. The value is its one spelling, always with the
 * prefix length; IPv4-mapped IPv6 comes out as IPv4.
 */
export const network: Parser<string> = (raw) => {
  const [address = '', bits, ...rest] = raw.split('/');
  const version = address.includes('%') ? 0 : isIP(address);
  const most = version === 4 ? 32 : 128;
  const length = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  if (version === 0 || rest.length > 0 || !(length <= most)) {
    return wrong(
      'is neither a network nor an address',
      'Write it like 203.0.113.0/24, 203.0.113.7 or 2001:db8::/32.',
    );
  }
  const first = firstAddress(address, length);
  if (first !== ipaddr.parse(address).toString()) {
    return wrong(
      `has bits beyond its first ${length}`,
      `Write ${first}/${length} for the network, or ${address} for the one address.`,
    );
  }
  const mapped = version === 6 && length >= 96 && canonicalAddress(first) !== first;
  const value = mapped ? `${canonicalAddress(first)}/${length - 96}` : `${first}/${length}`;
  return { ok: true, value };
};

/** The network of a client in the sense of "the same network": IPv4 by 24 bits, IPv6 by 64. */
export function networkAround(address: string): string {
  const canonical = canonicalAddress(address);
  if (isIP(canonical) === 0) return canonical;
  const bits = NETWORK_BITS[familyOf(canonical)];
  return `${firstAddress(canonical, bits)}/${bits}`;
}

/** Who counts as one in limits: an IPv4 address, or an IPv6 network, whose addresses one host can all have. */
export function holderOf(address: string): string {
  const canonical = canonicalAddress(address);
  return familyOf(canonical) === 6 ? networkAround(canonical) : canonical;
}

/** Addresses in a list of networks; each as {@link network} spells it. */
export class Networks {
  // Apart, because Node would find IPv4 addresses in `::/0`.
  readonly #lists = { 4: new BlockList(), 6: new BlockList() };

  constructor(networks: readonly string[]) {
    for (const one of networks) {
      const [address = '', bits] = one.split('/');
      const family = familyOf(address);
      this.#lists[family].addSubnet(address, Number(bits), `ipv${family}`);
    }
  }

  /** @param address in any spelling; what is no address is in no network. */
  has(address: string): boolean {
    const canonical = canonicalAddress(address);
    if (isIP(canonical) === 0) return false;
    const family = familyOf(canonical);
    return this.#lists[family].check(canonical, `ipv${family}`);
  }
}

function firstAddress(address: string, bits: number): string {
  const cidr = `${address}/${bits}`;
  return isIP(address) === 4
    ? ipaddr.IPv4.networkAddressFromCIDR(cidr).toString()
    : ipaddr.IPv6.networkAddressFromCIDR(cidr).toString();
}

function wrong(problem: string, remedy: string): Parsed<never> {
  return { ok: false, problem, remedy };
}
