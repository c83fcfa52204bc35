/** Crockford's base 32: no I, L, O and U, so that it can be read aloud. */
export const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** The first `letters` times five bits, most significant bit first. There must be enough bytes. */
export function toCrockford(bytes: Uint8Array, letters: number): string {
  return Array.from({ length: letters }, (_, index) => {
    const bit = index * 5;
    const at = bit >> 3;
    const pair = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
    return CROCKFORD[(pair >> (11 - (bit & 7))) & 31];
  }).join('');
}

/**
 * What a person typed in its one spelling: case, dashes and spaces do not matter, and O, I, L are read
 * as 0, 1, 1. Other characters stay and are for the caller to refuse.
 */
export function canonicalLetters(typed: string): string {
  return typed.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');
}
