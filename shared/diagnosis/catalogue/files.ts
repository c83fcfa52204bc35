import { VERBS } from '../../ftp/command.ts';
import { firstOf, type Cause } from '../cause.ts';
import { NOTICED_VERBS } from '../reading/noticed-verbs.ts';
import type { Reading } from '../reading/reading.ts';
import { serverWord, type ServerWord } from '../reading/server-words.ts';
import { everybody } from '../remedies/everybody.ts';
import { TRANSFER_AGAIN } from '../remedies/connections.ts';
import { USE_UTF8 } from '../remedies/protocols.ts';
import { shown } from '../words.ts';

/** A command about a file that the server refused. */
interface RefusedFile {
  readonly at: number;
  readonly verb: string;
  readonly name: string;
  readonly code: number;
  readonly text: string;
  readonly word: ServerWord | 'encoding';
}

/** Verbs that change files, whose refusal by a read-only tunnel a user notices. */
const CHANGES: ReadonlySet<string> = new Set(
  [...NOTICED_VERBS].filter((verb) => VERBS.get(verb)?.changes),
);

/** UTF-8 that was read as Latin-1 or Windows-1252 and written as UTF-8 again. */
const MOJIBAKE =
  /[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]/;

function isMangled(name: string): boolean {
  return name.includes('\ufffd') || MOJIBAKE.test(name);
}

function refusedFiles(reading: Reading): RefusedFile[] {
  return reading.exchanges.flatMap(({ verb, argument, answer }) => {
    if (answer === undefined || answer.code < 400 || answer.by === 'gateway') return [];
    const isAsked = NOTICED_VERBS.has(verb) || isLastSize(reading, verb, answer.at);
    const mangled = isMangled(argument) && /^(CWD|SIZE|MDTM)$/.test(verb);
    if (!isAsked && !mangled) return [];
    const said = serverWord(verb, answer.code, answer.text);
    const isName = said === 'missing' || said === 'permission' || said === 'other';
    const word = isName && isMangled(argument) && isAboutNames(answer.code) ? 'encoding' : said;
    const { code, text } = answer;
    return [{ at: answer.at, verb, name: shown(argument), code, text: shown(text), word }];
  });
}

function isAboutNames(code: number): boolean {
  return code === 550 || code === 553 || code === 501;
}

/** curl asks for the size first, and leaves if there is no such file. */
function isLastSize({ exchanges }: Reading, verb: string, at: number): boolean {
  if (verb !== 'SIZE') return false;
  return exchanges.every((one) => one.at <= at || one.verb === 'QUIT');
}

function refusedAs(reading: Reading, word: RefusedFile['word']): ReturnType<Cause['detect']> {
  const refused = refusedFiles(reading).filter((one) => one.word === word);
  return firstOf(refused, ({ verb, name, code, text }) => ({ verb, name, code, text }));
}

const SAID = 'The FTP server refused {verb} of {name} for the client at {client}: {code} {text}';

export const FILES: readonly Cause[] = [
  {
    code: 'file-not-found',
    severity: 'info',
    side: 'client',
    title: 'There is no such file',
    detect: (reading) => refusedAs(reading, 'missing'),
    what: SAID,
    why: 'The file or folder does not exist at the server under this name, or the account may not see it. On many servers capital and small letters differ.',
    webmaster: 'Look at the server whether the file is there, and whether the account may read it.',
    tell: 'The server has no file or folder {name}, or you may not see it. Please check the spelling, capital letters included, and the folder you are in.',
    remedy: everybody('A fresh listing of the folder shows what is there.'),
  },
  {
    code: 'permission-denied',
    severity: 'info',
    side: 'server',
    title: 'The account may not do this',
    detect: (reading) => refusedAs(reading, 'permission'),
    what: SAID,
    why: 'The rights of the account at the FTP server do not allow it: the folder may be read-only for it, or the file belongs to somebody else.',
    webmaster:
      'If the user is to be allowed to do it, change the rights of the folder at the FTP server.',
    tell: 'Your account may not do this with {name}. Please tell us if you need the right to, or use the folder that is meant for it.',
    remedy: everybody('There is nothing to change in your program.'),
  },
  {
    code: 'disk-full',
    severity: 'error',
    side: 'server',
    title: 'No room left at the FTP server',
    detect: (reading) => refusedAs(reading, 'storage'),
    what: SAID,
    why: 'The disk of the FTP server is full, or the account has used up its quota.',
    webmaster:
      'Make room on the disk of the FTP server, or raise the quota of the account. Remove the incomplete file.',
    tell: 'There is no room left on the server for {name}, or you have used up the space that is meant for you. Please delete what you no longer need there, or ask us for more.',
    remedy: TRANSFER_AGAIN,
  },
  {
    code: 'encoding-trouble',
    severity: 'warning',
    side: 'client',
    title: 'A file name arrived in the wrong character set',
    detect: (reading) => refusedAs(reading, 'encoding'),
    what: 'The name {name} contains letters that were sent in another character set than UTF-8, or were translated twice. The FTP server refused {verb} of it for the client at {client}: {code} {text}',
    why: 'FTP does not say in which character set names are sent. Program and server have to use the same one, today nearly always UTF-8. The relay passes names on as they are.',
    webmaster:
      'Check that the FTP server uses UTF-8 (vsftpd needs utf8_filesystem, ProFTPD mod_lang, IIS "AllowUTF8"), and what files are really called there.',
    tell: 'The server did not understand the name {name}: accents or special letters in it arrived garbled.',
    remedy: USE_UTF8,
  },
  {
    code: 'read-only',
    severity: 'info',
    side: 'relay',
    title: 'The tunnel is read-only',
    detect: (reading) => {
      const refused = reading
        .all('refused')
        .filter(({ why, verb }) => why === 'read-only' && CHANGES.has(verb));
      return firstOf(refused, ({ verb }) => ({ verb }));
    },
    what: 'The client at {client} wanted to change something with {verb}; this tunnel lets files be read only.',
    why: 'The tunnel is set to --read-only. Users see it as "permission denied", though their rights at the server may be right.',
    webmaster: 'If files may be changed, switch it off: gangway tunnel update NAME --no-read-only.',
    tell: 'Files can be downloaded here, but not uploaded, changed or deleted.',
    remedy: everybody('There is nothing to change in your program.'),
  },
];
