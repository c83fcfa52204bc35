/** Whether a ban is of an address. Pure. */

interface Parsed {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** Whether an address is `network`, or in it where that is one in CIDR notation. False for what is neither. */
export function covers(network: string, address: string): boolean {
  const [base = '', length] = network.split('/');
  const from = parsed(base);
  const one = parsed(address);
  if (from === undefined || one === undefined || from.bits !== one.bits) return false;
  const prefix = length === undefined ? from.bits : Number(length);
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > from.bits) return false;
  const rest = BigInt(from.bits - prefix);
  return from.value >> rest === one.value >> rest;
}

function parsed(text: string): Parsed | undefined {
  if (!text.includes(':')) {
    const value = ofIpv4(text);
    return value === undefined ? undefined : { bits: 32, value };
  }
  const value = ofIpv6(text);
  return value === undefined ? undefined : { bits: 128, value };
}

function ofIpv4(text: string): bigint | undefined {
  const parts = text.split('.');
  const isAddress =
    parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256);
  return isAddress ? parts.reduce((sum, part) => (sum << 8n) + BigInt(part), 0n) : undefined;
}

/** RFC 4291 §2.2; the form with an IPv4 address at its end is none that the relay writes. */
function ofIpv6(text: string): bigint | undefined {
  const [left = '', right, more] = text.split('::');
  if (more !== undefined) return undefined;
  const head = left === '' ? [] : left.split(':');
  const tail = right === undefined || right === '' ? [] : right.split(':');
  const missing = 8 - head.length - tail.length;
  if (right === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array<string>(missing).fill('0'), ...tail];
  if (!groups.every((group) => /^[\da-f]{1,4}$/i.test(group))) return undefined;
  return groups.reduce((sum, group) => (sum << 16n) + BigInt(`0x${group}`), 0n);
}
