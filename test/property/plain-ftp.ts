/**
 * The text of FTP read in the slowest and plainest way, all bytes at once: what the gateway's readers, which
 * get their bytes in pieces, are compared with.
 */
import { ADDED_FEATURES, HIDDEN_FEATURES } from '../../shared/gateway/verbs.ts';
import { FTP_LIMITS } from '../../shared/limits.ts';

/** One Telnet sequence, as far as it is there (RFC 854). */
const TELNET =
  /\xff(?:[\xfb-\xfe](?:[^]|$)|\xfa(?:[^\xff]|\xff[^\xf0])*(?:\xff\xf0|\xff?$)|\xf4\xf2?|[\xf0-\xf3\xf5-\xf9]|\xff|)/g;

/**
 * The commands in what a client sent: Telnet out
 * by one expression, then line after line. A line with NUL or a CR of its own is none.
 */
export function commandsIn(sent: string): string[] {
  let rest = sent.replaceAll(TELNET, (one) => (one === '\xff\xff' ? '\xff' : ''));
  const lines: string[] = [];
  for (;;) {
    // The LF of an ABOR may have been lost as urgent data.
    const found = /^ABOR(?=\r)\r\n?|^[^\n]*\n/i.exec(rest);
    if (found === null) break;
    rest = rest.slice(found[0].length);
    const line = found[0].replace(/\r?\n?$/, '');
    if (!/[\r\0]/.test(line) && line.length <= FTP_LIMITS.commandLine) lines.push(line);
  }
  return lines;
}

/** Whether `seen` is `said` with lines left out. */
export function isSubsequence(seen: readonly string[], said: readonly string[]): boolean {
  let at = 0;
  return seen.every((line) => {
    at = said.indexOf(line, at) + 1;
    return at > 0;
  });
}

/** The replies in what a server sent, whole ones only, each as its lines (RFC 959 §4.2). */
export function repliesIn(sent: string): string[] {
  const replies: string[] = [];
  let open: string[] = [];
  for (const line of sent.split('\n').slice(0, -1)) {
    open.push(line.replace(/\r$/, ''));
    const [first = '', last = ''] = [open[0], open.at(-1)];
    const code = first.slice(0, 3);
    if (first[3] === '-' && last !== code && !last.startsWith(`${code} `)) continue;
    replies.push(open.join('\n'));
    open = [];
  }
  return replies;
}

/** FEAT as it is to be edited, by leaving out and adding lines of text. */
export function edited(feat: string): string {
  const lines = feat.split('\n');
  const body = lines.slice(1, -1).filter((line) => {
    const word = line.trim().split(' ')[0] ?? '';
    return !HIDDEN_FEATURES.has(word);
  });
  const added = ADDED_FEATURES.filter((name) => !body.includes(` ${name}`));
  const middle = [...body, ...added.map((name) => ` ${name}`)];
  const whole = lines.length > 1 && lines[0]?.startsWith('211');
  const [first, last] = whole ? [lines[0], lines.at(-1)] : ['211-Features:', '211 End'];
  return [first, ...middle, last].join('\n');
}
