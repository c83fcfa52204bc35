/** Whom somebody asks about. Pure. */
export interface Asked {
  readonly address: string;
  readonly user: string;
}

/** Digits and points, or hexadecimal digits with a colon among them: an address or the beginning of one. */
const ADDRESS = /^(?:\d[\d.]*|[\da-f.]*:[\da-f:.]*)$/i;

/** Takes what was typed for a part of an address or, if it cannot be one, of a user's name. */
export function askedFor(text: string): Asked {
  const typed = text.trim();
  return ADDRESS.test(typed) ? { address: typed, user: '' } : { address: '', user: typed };
}

/** Whether it could be a user's name as well. */
export function isAmbiguous(address: string): boolean {
  return /^\d+$/.test(address);
}
