import { VERBS } from '../ftp/command.ts';
import { DIAGNOSIS_LIMITS } from '../limits.ts';
import type { ClientProgram } from './programs.ts';
import type { SessionRecord } from './record.ts';
import { shown } from './words.ts';

/** What a client is taken for. */
export interface RecognisedProgram {
  readonly program: ClientProgram;
  /** As it calls itself, or what it is taken for; null for nobody knows. */
  readonly name: string | null;
  /** It said so itself, or does what no other program is known to do. */
  readonly sure: boolean;
}

/** What programs call themselves in CLNT. */
const OWN_NAMES: readonly (readonly [RegExp, ClientProgram])[] = [
  [/filezilla/i, 'filezilla'],
  [/winscp/i, 'winscp'],
  [/total ?commander|wincmd/i, 'total-commander'],
  [/flashfxp/i, 'flashfxp'],
  [/cuteftp/i, 'cuteftp'],
  [/^lftp/i, 'lftp'],
  [/^curl/i, 'curl'],
];

/**
 * How programs begin, as verbs between bars; the first row that fits counts. Those of curl, lftp, wget, tnftp
 * and Python were measured; a row is sure if no other program is known to begin like it.
 */
const HABITS: readonly {
  readonly begins: RegExp;
  readonly program: ClientProgram;
  readonly name: string;
  readonly sure?: true;
}[] = [
  // WinINet asks for the help of SITE, in small letters, which nobody else does.
  { begins: /\|SITE HELP\|/i, program: 'explorer', name: 'Windows Explorer', sure: true },
  // The data connection comes before TYPE, which only curl does.
  {
    begins:
      /^\|(AUTH SSL\|(AUTH TLS\|)?)?USER\|PASS\|(PBSZ\|PROT\|)?PWD\|(CWD\|)*((EPSV|PASV|EPRT|PORT)\|)+TYPE [AI]\|/,
    program: 'curl',
    name: 'curl',
    sure: true,
  },
  { begins: /^\|AUTH SSL\|/, program: 'curl', name: 'curl' },
  { begins: /^\|FEAT\|(AUTH TLS\|)?/, program: 'lftp', name: 'lftp' },
  { begins: /^\|AUTH TLS\|AUTH SSL\|USER\|/, program: 'filezilla', name: 'FileZilla' },
  { begins: /^\|AUTH TLS\|USER\|PASS\|SYST\|FEAT\|/, program: 'filezilla', name: 'FileZilla' },
  {
    begins: /^\|OPTS UTF8 ON\|USER\|(PASS\|)?(?!.*(FEAT|PASV|EPSV)\|).*(PORT|XPWD|NLST|QUIT)\|/,
    program: 'ftp-exe',
    name: 'ftp.exe of Windows',
  },
  {
    begins: /^\|USER\|PASS\|(?!.*(FEAT|SYST|PASV|EPSV)\|).*(XPWD|PORT\|NLST)\|/,
    program: 'ftp-exe',
    name: 'ftp.exe of Windows',
  },
  { begins: /^\|USER\|PASS\|SYST\|FEAT\|OPTS UTF8 ON\|PWD\|/, program: 'winscp', name: 'WinSCP' },
  { begins: /^\|.*\|LIST -al\|/, program: 'flashfxp', name: 'FlashFXP' },
  {
    begins: /^\|USER\|PASS\|SYST\|FEAT\|PWD\|TYPE A\|(PASV|PORT)\|LIST\|/,
    program: 'total-commander',
    name: 'Total Commander',
  },
  {
    begins: /^\|USER\|PASS\|SYST\|PWD\|(CWD\|)?(TYPE A\|)?(EPSV|PASV)\|/,
    program: 'finder',
    name: 'Finder of macOS',
  },
  {
    begins: /^\|(AUTH TLS\|)?USER\|PASS\|(PBSZ\|PROT\|)?SYST\|PWD\|TYPE I\|/,
    program: 'generic',
    name: 'wget',
  },
  { begins: /^\|USER\|PASS\|SYST\|FEAT\|TYPE I\|/, program: 'generic', name: 'tnftp' },
  {
    begins: /^\|(AUTH TLS\|)?USER\|PASS\|(PBSZ\|PROT\|)?TYPE [AI]\|(PASV|EPSV|PORT|EPRT)\|/,
    program: 'generic',
    name: "Python's ftplib",
  },
];

/** Verbs whose argument tells programs apart. */
const TELLING: ReadonlySet<string> = new Set(['AUTH', 'OPTS', 'TYPE', 'LIST', 'SITE']);

/**
 * What program a client is, by what it calls itself (CLNT) or else by how it begins. A guess is right for
 * wording a remedy, and for nothing else.
 */
export function recogniseProgram({ events }: SessionRecord): RecognisedProgram {
  let beginning = '|';
  let commands = 0;
  for (const { event } of events) {
    if (event.type !== 'command') continue;
    const { verb, argument } = event;
    if (verb === 'CLNT' && argument !== undefined && argument.trim() !== '') {
      const name = shown(argument);
      return { program: ownName(name), name, sure: true };
    }
    commands += 1;
    if (commands > DIAGNOSIS_LIMITS.habitCommands || !VERBS.has(verb)) continue;
    const told = TELLING.has(verb) ? `${verb} ${shown(argument)}`.replaceAll('|', '') : verb;
    beginning += `${told}|`;
  }
  const habit = HABITS.find(({ begins }) => begins.test(normal(beginning)));
  if (habit === undefined) return { program: 'generic', name: null, sure: false };
  return { program: habit.program, name: habit.name, sure: habit.sure === true };
}

function ownName(name: string): ClientProgram {
  return OWN_NAMES.find(([pattern]) => pattern.test(name))?.[1] ?? 'generic';
}

/** `opts utf8 on`, as Explorer writes it, is `OPTS UTF8 ON`. */
function normal(beginning: string): string {
  return beginning
    .replaceAll(/OPTS utf8 on/gi, 'OPTS UTF8 ON')
    .replaceAll('LIST (nothing)', 'LIST');
}
