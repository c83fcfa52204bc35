import { setTimeout as delay } from 'node:timers/promises';
import type { RealServer, ServerName } from '../support/servers/index.ts';
import type { ServerWord, Verb } from './verdict.ts';

const POLL_MS = 200;

/** What a server said of one try to transfer a file; undefined while it has not. */
type Said = 'complete' | 'incomplete' | undefined;

/** What servers' logs say of the transfers of a file, in their order. */
const TRIES: Partial<Record<ServerName, (log: string, verb: Verb, name: string) => Said[]>> = {
  vsftpd: vsftpdTries,
  proftpd: proftpdTries,
};

/** Which transfer, and for how long to wait for a word (milliseconds). */
interface Asked {
  readonly name: string;
  readonly verb: Verb;
  readonly withinMs: number;
}

/**
 * What the server says of a file that no other transfer touches, and how often it was asked. Waits for it.
 * All tries but the last broke, or there would have been no other.
 */
export async function serverWord(
  server: RealServer,
  { name, verb, withinMs }: Asked,
): Promise<{ readonly word: ServerWord; readonly tries: number }> {
  const triesIn = TRIES[server.name];
  if (triesIn === undefined) throw new Error(`the log of ${server.name} is not known here`);
  const deadline = performance.now() + withinMs;
  // A line in a file sends nobody an event.
  for (;;) {
    const tries = triesIn(await server.log(), verb, name);
    const last = tries.at(-1);
    if (last !== undefined || performance.now() > deadline) {
      return { word: wordOf(verb, tries), tries: tries.length };
    }
    await delay(POLL_MS);
  }
}

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
function vsftpdTries(log: string, verb: Verb, name: string): Said[] {
  const tries: Said[] = [];
  /** Process → its try that runs. */
  const running = new Map<string, number>();
  for (const line of log.split('\n')) {
    const [, pid = '', kind, text = ''] =
      /\[pid (\d+)\].* FTP (command|response): Client "[^"]*", "(.*)"$/.exec(line) ?? [];
    const own = running.get(pid);
    if (kind === 'command' && text === `${verb} ${name}`)
      running.set(pid, tries.push(undefined) - 1);
    else if (kind === 'response' && own !== undefined && !text.startsWith('1')) {
      tries[own] = text.startsWith('2') ? 'complete' : 'incomplete';
      running.delete(pid);
    }
  }
  return tries;
}

/** ProFTPD's TransferLog: `… 2 192.168.40.2 123 /path/name b _ i r user ftp 0 * c`. */
function proftpdTries(log: string, verb: Verb, name: string): Said[] {
  const direction = verb === 'STOR' ? 'i' : 'o';
  const lines = log.matchAll(new RegExp(`/${name} b _ ${direction} .* ([ci])$`, 'gm'));
  return Array.from(lines, ([, end]) => (end === 'c' ? 'complete' : 'incomplete'));
}
