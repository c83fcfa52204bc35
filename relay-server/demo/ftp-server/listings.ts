import { Readable } from 'node:stream';
import type { Entry } from './files.ts';

/** Facts of RFC 3659 §7.5 that MLSD and MLST give, in the order they are written. */
export const FACTS = ['type', 'size', 'modify', 'perm'] as const;
export type Fact = (typeof FACTS)[number];

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** Like `ls`: a time of day for what changed within half a year, a year for the rest. */
const RECENT = 182 * 86_400_000;
/** Characters of a listing handed to the data connection at once. */
const PIECE = 16 * 1024;

const FACT_OF: Record<Fact, (entry: Entry) => string> = {
  type: ({ stats }) => (stats.isDirectory() ? 'dir' : 'file'),
  size: ({ stats }) => String(stats.size),
  modify: ({ stats }) => timestamp(stats.mtime),
  perm: ({ stats }) => (stats.isDirectory() ? 'elcmfpd' : 'rwadf'),
};

/** A line as `ls -l` writes it, which every client can read; times are UTC. `now` in ms. */
export function unixLine({ name, stats }: Entry, now: number): string {
  const type = stats.isDirectory() ? 'd' : '-';
  const links = String(stats.nlink).padStart(4);
  const size = String(stats.size).padStart(12);
  return `${type}${permissions(stats.mode)} ${links} ftp      ftp      ${size} ${unixTime(stats.mtime, now)} ${name}`;
}

/** A line of MLSD (RFC 3659 §7.2): `type=file;size=5; name`. */
export function machineLine(entry: Entry, facts: ReadonlySet<Fact>): string {
  const chosen = FACTS.filter((fact) => facts.has(fact));
  return `${chosen.map((fact) => `${fact}=${FACT_OF[fact](entry)};`).join('')} ${entry.name}`;
}

/** The time of MDTM and MLSD: UTC, `YYYYMMDDhhmmss` (RFC 3659 §2.3). */
export function timestamp(time: Date): string {
  return time.toISOString().replaceAll(/[-:T]|\..*/g, '');
}

/** A listing as a stream of UTF-8 lines with CRLF, made as it is read. */
export function listingStream(
  entries: AsyncIterable<Entry>,
  line: (entry: Entry) => string,
): Readable {
  return Readable.from(pieces(entries, line), { objectMode: false });
}

async function* pieces(
  entries: AsyncIterable<Entry>,
  line: (entry: Entry) => string,
): AsyncGenerator<Buffer> {
  let text = '';
  for await (const entry of entries) {
    text += `${line(entry)}\r\n`;
    if (text.length < PIECE) continue;
    yield Buffer.from(text);
    text = '';
  }
  if (text !== '') yield Buffer.from(text);
}

function permissions(mode: number): string {
  return Array.from('rwxrwxrwx', (letter, bit) => ((mode >> (8 - bit)) & 1 ? letter : '-')).join(
    '',
  );
}

function unixTime(time: Date, now: number): string {
  const day = `${MONTHS[time.getUTCMonth()]} ${String(time.getUTCDate()).padStart(2)}`;
  const age = now - time.getTime();
  const recent = age < RECENT && age > -86_400_000;
  return `${day} ${recent ? time.toISOString().slice(11, 16) : ` ${time.getUTCFullYear()}`}`;
}
