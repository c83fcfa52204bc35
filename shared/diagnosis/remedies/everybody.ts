import type { Remedy } from '../cause.ts';
import { CLIENT_PROGRAMS } from '../programs.ts';

/** The same steps whatever the program. */
export function everybody(text: string): Remedy {
  return Object.fromEntries(CLIENT_PROGRAMS.map((program) => [program, text])) as Record<
    (typeof CLIENT_PROGRAMS)[number],
    string
  >;
}

/** Programs that come with a system and cannot do what is needed. */
export const OTHER_PROGRAMS =
  'Please use another program for it: FileZilla and WinSCP are free, and Cyberduck is for the Mac.';

/** Nothing is to be done at the user's end. */
export const WAIT = everybody(
  'You need not change anything in your program. Please try again in a few minutes.',
);

/** It went well. */
export const NOTHING = everybody('You need not change anything in your program.');

/** It is to be mended at our end. */
export const REPORT = everybody(
  'You need not change anything in your program; we are looking into it.',
);
