import { escapeTelnet } from './telnet.ts';

export { isHarmless, transferDirection, VERBS } from './verbs.ts';
export type { TransferDirection, VerbFacts, VerbKind } from './verbs.ts';

/** One command of a client. */
export interface Command {
  /** Upper-case ASCII; other bytes as Latin-1. Empty for a line without a word. */
  verb: string;
  /** What follows the one separator after the verb, verbatim; undefined if there is none. */
  argument: Buffer | undefined;
  /** The whole line, verbatim, without its end. */
  line: Buffer;
}

const CRLF = Buffer.from('\r\n');

/**
 * Splits a command line. Blanks before the verb are skipped and tabs separate like spaces, because
 * servers do both: a verb that the server sees must not be hidden from us.
 */
export function parseCommand(line: Buffer): Command {
  let start = 0;
  while (start < line.length && isBlank(line[start])) start += 1;
  let end = start;
  while (end < line.length && !isBlank(line[end])) end += 1;
  const verb = upperCase(line.toString('latin1', start, end));
  return { verb, argument: end < line.length ? line.subarray(end + 1) : undefined, line };
}

/**
 * Writes a command with CRLF; a byte 255 is doubled as Telnet demands (RFC 854).
 * @param argument text is written as UTF-8
 * @throws RangeError if verb or argument contain CR, LF or NUL
 */
export function formatCommand(verb: string, argument?: string | Uint8Array): Buffer {
  const head = Buffer.from(verb, 'latin1');
  if (argument === undefined) return encodeCommandLine(head);
  return encodeCommandLine(Buffer.concat([head, Buffer.from(' '), Buffer.from(argument)]));
}

/**
 * Writes a command line that is passed on verbatim: the inverse of the line reader.
 * @throws RangeError if the line contains CR, LF or NUL
 */
export function encodeCommandLine(line: Buffer): Buffer {
  if (line.includes(13) || line.includes(10) || line.includes(0)) {
    throw new RangeError('an FTP command must not contain CR, LF or NUL');
  }
  return Buffer.concat([escapeTelnet(line), CRLF]);
}

/** Space, tab, vertical tab and form feed: what C's `isspace` knows and a line may contain. */
function isBlank(byte: number | undefined): boolean {
  return byte === 32 || byte === 9 || byte === 11 || byte === 12;
}

/** ASCII only: a Latin-1 letter must not become another byte. */
function upperCase(text: string): string {
  return text.replaceAll(/[a-z]+/g, (letters) => letters.toUpperCase());
}
