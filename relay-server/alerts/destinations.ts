import { BlockList, isIP, type LookupFunction } from 'node:net';
import { lookup as systemLookup } from 'node:dns';
import { canonicalAddress, familyOf } from '../../shared/net/address.ts';

/**
 * Where no alert is sent to: addresses of a machine's own link and of cloud providers' metadata services, which
 * hand out credentials to whoever asks from within; and what is no single machine at all. Loopback and private
 * networks are allowed, since receivers of one's own are there.
 */
const REFUSED = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 3],
] as const) {
  REFUSED.addSubnet(network, bits, 'ipv4');
}
for (const [network, bits] of [
  ['::', 128],
  ['fe80::', 10],
  ['ff00::', 8],
  // Link-local IPv4 behind NAT64 (RFC 6052) and 6to4 (RFC 3056).
  ['64:ff9b::a9fe:0', 112],
  ['2002:a9fe::', 32],
] as const) {
  REFUSED.addSubnet(network, bits, 'ipv6');
}
// Metadata services outside the link: Alibaba, Azure, AWS and Google by IPv6.
REFUSED.addAddress('100.100.100.200', 'ipv4');
REFUSED.addAddress('168.63.129.16', 'ipv4');
REFUSED.addAddress('fd00:ec2::254', 'ipv6');
REFUSED.addAddress('fd20:ce::254', 'ipv6');

/** Whether alerts may be sent to an IP address. */
export function isAllowedAddress(address: string): boolean {
  const canonical = canonicalAddress(address);
  return isIP(canonical) !== 0 && !REFUSED.check(canonical, `ipv${familyOf(canonical)}`);
}

/** Why a name or address cannot be a receiver; undefined if it can, as far as it says. */
export function refusedHost(host: string): string | undefined {
  const bare = host.replace(/^\[|\]$/g, '');
  if (isIP(bare) === 0 || isAllowedAddress(bare)) return undefined;
  return `${bare} is a link-local or metadata address, or of no single machine`;
}

/** A destination that was refused, which no retry changes. */
export class DestinationRefused extends Error {
  override readonly name = 'DestinationRefused';
}

/**
 * Looks a name up and lets only addresses through that may be sent to. What is checked is what is dialled, so a
 * name that answers differently the second time gains nothing.
 */
export function guardedLookup(lookup: typeof systemLookup = systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) {
        callback(error, []);
        return;
      }
      const allowed = found.filter(({ address }) => isAllowedAddress(address));
      const [first] = allowed;
      if (first === undefined) {
        const why = `${hostname} leads to a link-local or metadata address`;
        callback(new DestinationRefused(why), []);
      } else if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}
