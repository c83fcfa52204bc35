import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';
import { canonicalAddress, familyOf } from '../shared/net/address.ts';

/** Ranges of addresses that only mean something in their own network, by the names of ipaddr.js. */
const PRIVATE: ReadonlySet<string> = new Set(['private', 'uniqueLocal']);
/** Well-known services live below (RFC 2577 §3). */
const FIRST_DATA_PORT = 1024;

/** An address of this machine with its network. */
export interface OwnAddress {
  readonly address: string;
  /** With the prefix length, as `192.168.1.5/24`; null where the system does not tell. */
  readonly cidr: string | null;
}

/**
 * Whether a client there may be dialled on the relay's word, where the agent's owner agreed to that at all:
 * a private address in a network this machine is in, but neither this machine nor the FTP server, and no
 * well-known port. So a relay in wrong hands reaches neighbours' high ports and nothing else.
 * @param server address of the FTP server
 */
export function isNearby(
  host: string,
  port: number,
  server: string,
  own: readonly OwnAddress[] = ownAddresses(),
): boolean {
  const address = canonicalAddress(host);
  if (host.includes('%') || isIP(address) === 0 || port < FIRST_DATA_PORT) return false;
  if (!PRIVATE.has(ipaddr.parse(address).range())) return false;
  if (address === canonicalAddress(server)) return false;
  if (own.some((one) => canonicalAddress(one.address) === address)) return false;
  return own.some(({ cidr }) => cidr !== null && isWithin(address, cidr));
}

/** Whether an address is in a network in CIDR notation. */
export function isWithin(address: string, cidr: string): boolean {
  const [network = '', bits] = cidr.split('/');
  const family = familyOf(address);
  if (familyOf(network) !== family) return false;
  const list = new BlockList();
  list.addSubnet(canonicalAddress(network), Number(bits), `ipv${family}`);
  return list.check(address, `ipv${family}`);
}

/** Addresses of this machine. */
export function ownAddresses(): OwnAddress[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
}
