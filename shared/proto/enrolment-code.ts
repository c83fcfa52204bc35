import { canonicalLetters } from '../crockford.ts';

/** Letters of a pin: 130 bits of the SHA-256 of the relay's public key, more than anybody can search. */
export const PIN_LETTERS = 26;

const PIN = /^[0-9A-HJKMNP-TV-Z]{26}$/;

/** An enrolment code, and the key of the relay it is for if that has a certificate of its own making. */
export interface PinnedCode {
  readonly code: string;
  readonly pin: string | undefined;
}

/** `CODE` or `CODE.PIN`, as it is printed and pasted. */
export function formatPinnedCode({ code, pin }: PinnedCode): string {
  return pin === undefined ? code : `${code}.${pin}`;
}

/**
 * The inverse of {@link formatPinnedCode}, forgiving about case, dashes and spaces. Undefined if there
 * is something behind the dot that is no pin: cut off or mistyped, and not to be taken for no pin.
 */
export function parsePinnedCode(typed: string): PinnedCode | undefined {
  const dot = typed.indexOf('.');
  if (dot < 0) return { code: typed.trim(), pin: undefined };
  const pin = canonicalLetters(typed.slice(dot + 1));
  return PIN.test(pin) ? { code: typed.slice(0, dot).trim(), pin } : undefined;
}
