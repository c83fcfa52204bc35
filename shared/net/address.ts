import ipaddr from 'ipaddr.js';

/**
 * An IP address in the one spelling that can be compared: IPv4 for IPv4-mapped IPv6 (`::ffff:…`),
 * no zone, lower case. What is no address comes back unchanged.
 */
export function canonicalAddress(address: string): string {
  const bare = address.split('%')[0] ?? address;
  return ipaddr.isValid(bare) ? ipaddr.process(bare).toString() : address;
}

/** 4 or 6, by the canonical form. */
export function familyOf(address: string): 4 | 6 {
  return canonicalAddress(address).includes(':') ? 6 : 4;
}

/** Whether an address is one that only its own network can reach: loopback, RFC 1918, link-local… */
export function isPrivateAddress(address: string): boolean {
  const bare = canonicalAddress(address);
  return ipaddr.isValid(bare) && ipaddr.parse(bare).range() !== 'unicast';
}
