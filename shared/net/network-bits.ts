import ipaddr from 'ipaddr.js';

/**
 * An address as text of its version and its bits (`4` or `6`, then zeros and ones), so that a network is the
 * beginning of the texts of its addresses. IPv4-mapped IPv6 counts as IPv4; what is no address is empty.
 */
export function addressBits(address: string): string {
  const bare = address.split('%')[0] ?? address;
  if (!ipaddr.isValid(bare)) return '';
  const bytes = ipaddr.process(bare).toByteArray();
  const bits = bytes.map((byte) => byte.toString(2).padStart(8, '0'));
  return `${bytes.length === 4 ? '4' : '6'}${bits.join('')}`;
}

/** What the {@link addressBits} of a network's addresses begin with. @param network in CIDR notation. */
export function networkBits(network: string): string {
  const [address = '', length] = network.split('/');
  return addressBits(address).slice(0, 1 + Number(length));
}
