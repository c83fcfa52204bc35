import type { ClientProgram } from './programs.ts';
import type { SessionRecord } from './record.ts';

/** The program of a client. */
export interface RecognisedProgram {
  readonly program: ClientProgram;
  /** As it calls itself; null if it does not. */
  readonly name: string | null;
  /** It said so itself. */
  readonly sure: boolean;
}

/** Parts of the names by which programs call themselves (CLNT), in small letters. */
const NAMES: readonly (readonly [string, ClientProgram])[] = [
  ['filezilla', 'filezilla'],
  ['winscp', 'winscp'],
  ['flashfxp', 'flashfxp'],
  ['cuteftp', 'cuteftp'],
  ['total commander', 'total-commander'],
  ['lftp', 'lftp'],
  ['curl', 'curl'],
];

/** Commands of a session, one after the other, each with a blank behind it; arguments where they matter. */
type Habit = readonly [ClientProgram, RegExp];

/**
 * How programs begin, as far as they can be told apart; the first that fits counts. Measured with the programs
 * themselves (curl 7.88, lftp 4.9), the others from their documentation: guesses.
 */
const HABITS: readonly Habit[] = [
  // Explorer and everything that uses WinINet.
  ['explorer', /^USER PASS (OPTS-utf8 )?SYST SITE-help PWD /],
  ['ftp-exe', /^OPTS-utf8 USER PASS (PORT|XPWD|NLST|QUIT|CWD|TYPE)/],
  ['lftp', /^FEAT (AUTH )?(OPTS-utf8 |OPTS |CLNT |HOST |LANG )*(USER )?/],
  ['filezilla', /^(AUTH (AUTH )?)?USER PASS (SYST )?FEAT (CLNT )?(OPTS-utf8 )?(PBSZ PROT )?PWD /],
  ['winscp', /^(AUTH )?USER PASS SYST FEAT (OPTS-utf8 )?(PBSZ PROT )?PWD (CWD )?/],
  ['total-commander', /^USER PASS SYST FEAT (OPTS-utf8 |CLNT )*PWD (TYPE PASV|TYPE PORT)/],
  ['curl', /^(AUTH )?USER PASS (PBSZ PROT )?PWD (CWD )*(EPSV|PASV|EPRT|PORT|TYPE|QUIT)/],
  ['finder', /^USER PASS SYST PWD TYPE (PASV|EPSV) (CWD )?LIST/],
];

/** Recognises a client's program by what it says of itself, else by its habits. Pure. */
export function recogniseProgram(record: SessionRecord): RecognisedProgram {
  const commands = record.events.flatMap(({ event }) => (event.type === 'command' ? [event] : []));
  const named = commands.find(({ verb }) => verb === 'CLNT')?.argument?.trim();
  if (named !== undefined && named !== '') {
    const name = named.slice(0, 64);
    const found = NAMES.find(([part]) => name.toLowerCase().includes(part));
    return { program: found?.[1] ?? 'generic', name, sure: found !== undefined };
  }
  const text = commands.slice(0, 16).map(wordOf).join(' ').concat(' ');
  const habit = HABITS.find(([, pattern]) => pattern.test(text));
  return { program: habit?.[0] ?? 'generic', name: null, sure: false };
}

/** A verb, with what tells programs apart in its argument. */
function wordOf({ verb, argument = '' }: { verb: string; argument?: string }): string {
  if (verb === 'OPTS' && /^utf-?8/i.test(argument)) return 'OPTS-utf8';
  if (verb === 'SITE' && /^help/i.test(argument)) return 'SITE-help';
  return verb;
}
