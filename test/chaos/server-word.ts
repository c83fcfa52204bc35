import { setTimeout as delay } from 'node:timers/promises';
import type { RealServer, ServerName } from '../support/servers/index.ts';
import type { ServerWord, Verb } from './verdict.ts';

const POLL_MS = 200;

/** What a server said of one try to transfer a file; undefined while it has not. */
type Said = 'complete' | 'incomplete' | undefined;

/** What a log says of the transfers of each file, in their order. A file is only fetched, or only sent. */
type TriesOfFiles = ReadonlyMap<string, readonly Said[]>;

const READERS: Partial<Record<ServerName, (log: string) => TriesOfFiles>> = {
  vsftpd: readVsftpd,
  proftpd: readProftpd,
};

/** What a server says of a file that no other transfer touches, and how often it was asked for it. */
export interface Word {
  readonly word: ServerWord;
  readonly tries: number;
}

/** Which transfer, and for how long to wait for a word (milliseconds). */
interface Asked {
  readonly name: string;
  readonly verb: Verb;
  readonly withinMs: number;
}

/** Waits until a server has said something of the last try. */
export async function serverWord(
  server: RealServer,
  { name, verb, withinMs }: Asked,
): Promise<Word> {
  const deadline = performance.now() + withinMs;
  // A line in a file sends nobody an event.
  for (;;) {
    const word = (await serverWords(server))(verb, name);
    if (word.word !== 'nothing' || performance.now() > deadline) return word;
    await delay(POLL_MS);
  }
}

/** What a server has said up to now, of any transfer. */
export async function serverWords(server: RealServer): Promise<(verb: Verb, name: string) => Word> {
  const read = READERS[server.name];
  if (read === undefined) throw new Error(`the log of ${server.name} is not known here`);
  const files = read(await server.log());
  return (verb, name) => {
    const tries = files.get(name) ?? [];
    return { word: wordOf(verb, tries), tries: tries.length };
  };
}

/** All tries but the last broke, or there would have been no other. */
function wordOf(verb: Verb, tries: readonly Said[]): ServerWord {
  if (verb === 'STOR' && tries.slice(0, -1).includes('complete')) return 'complete too early';
  return tries.at(-1) ?? 'nothing';
}

/**
 * vsftpd with `log_ftp_protocol`. Its reply is asked: it writes its line on the transfer after that, and not
 * at all when the control connection was reset meanwhile.
 *
 *     … [pid 7] [user] FTP command: Client "192.168.40.2", "STOR name"
 *     … [pid 7] [user] FTP response: Client "192.168.40.2", "426 Failure reading network stream."
 */
function readVsftpd(log: string): TriesOfFiles {
  const files = new Map<string, Said[]>();
  /** Process → what is to be said of its transfer that runs. */
  const running = new Map<string, { readonly tries: Said[]; readonly index: number }>();
  for (const line of log.split('\n')) {
    const [, pid = '', kind, text = ''] = VSFTPD_LINE.exec(line) ?? [];
    const [, name] = VSFTPD_TRANSFER.exec(text) ?? [];
    const own = running.get(pid);
    if (kind === 'command' && name !== undefined) {
      const tries = triesOf(files, name);
      running.set(pid, { tries, index: tries.push(undefined) - 1 });
    } else if (kind === 'response' && own !== undefined && !text.startsWith('1')) {
      own.tries[own.index] = text.startsWith('2') ? 'complete' : 'incomplete';
      running.delete(pid);
    }
  }
  return files;
}

const VSFTPD_LINE = /\[pid (\d+)\].* FTP (command|response): Client "[^"]*", "(.*)"$/;
const VSFTPD_TRANSFER = /^(?:RETR|STOR|APPE) (\S+)$/;

/** ProFTPD's TransferLog: `… 2 192.168.40.2 123 /path/name b _ i r user ftp 0 * c`. */
function readProftpd(log: string): TriesOfFiles {
  const files = new Map<string, Said[]>();
  for (const [, name = '', end] of log.matchAll(PROFTPD_TRANSFER)) {
    triesOf(files, name).push(end === 'c' ? 'complete' : 'incomplete');
  }
  return files;
}

const PROFTPD_TRANSFER = /\/([^/\s]+) b _ [io] .* ([ci])$/gm;

function triesOf(files: Map<string, Said[]>, name: string): Said[] {
  const tries = files.get(name) ?? [];
  files.set(name, tries);
  return tries;
}
