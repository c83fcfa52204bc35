import { setTimeout as delay } from 'node:timers/promises';
import type { RealServer, ServerName } from '../support/servers/index.ts';
import type { ServerWord, Verb } from './verdict.ts';

const POLL_MS = 200;

/** A server's log lines of transfers: verb, path and outcome, told from its own words. */
const LINES: Partial<Record<ServerName, (name: string, verb: Verb) => RegExp>> = {
  // … [pid 7] [user] FAIL UPLOAD: Client "192.168.40.2", "/path/name", 123 bytes, 45.00Kbyte/sec
  vsftpd: (name, verb) =>
    new RegExp(`(OK|FAIL) ${verb === 'STOR' ? 'UPLOAD' : 'DOWNLOAD'}: .*/${name}"`, 'g'),
  // … 2 192.168.40.2 123 /path/name b _ i r user ftp 0 * c
  proftpd: (name, verb) =>
    new RegExp(`/${name} b _ ${verb === 'STOR' ? 'i' : 'o'} .* ([ci])$`, 'gm'),
};
const COMPLETE: ReadonlySet<string> = new Set(['OK', 'c']);

/**
 * What the server says of a file of which nobody else speaks, and how often it spoke of it. Waits for it.
 * All tries but the last broke, or there would have been no other.
 */
export async function serverWord(
  server: RealServer,
  { name, verb, withinMs }: Asked,
): Promise<{ readonly word: ServerWord; readonly tries: number }> {
  const lines = LINES[server.name];
  if (lines === undefined) throw new Error(`the log of ${server.name} is not known here`);
  const deadline = performance.now() + withinMs;
  // A line in a file sends nobody an event.
  for (;;) {
    const found = (await server.log()).matchAll(lines(name, verb));
    const words = Array.from(found, ([, word = '']) => COMPLETE.has(word));
    const tries = words.length;
    const last = words.pop();
    if (verb === 'STOR' && words.includes(true)) return { word: 'complete too early', tries };
    if (last !== undefined) return { word: last ? 'complete' : 'incomplete', tries };
    if (performance.now() > deadline) return { word: 'nothing', tries };
    await delay(POLL_MS);
  }
}

/** Which transfer, and for how long to wait for a word (milliseconds). */
interface Asked {
  readonly name: string;
  readonly verb: Verb;
  readonly withinMs: number;
}
