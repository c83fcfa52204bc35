import type { Cause, Detection } from '../cause.ts';
import type { Facts } from '../finding.ts';
import type { LinePattern } from '../line-pattern.ts';
import { linkLosses } from '../reading/link-losses.ts';
import type { Reading } from '../reading/reading.ts';
import { TRANSFER_AGAIN } from '../remedies/connections.ts';
import { span } from '../words.ts';

/** The cause behind each pattern of losses. */
const CODES: Readonly<Record<LinePattern['is'], string>> = {
  daily: 'agent-line-drops',
  regular: 'agent-proxy-timeout',
  often: 'agent-line-unstable',
};

/** What the losses of a line show as a finding, without a visit: its cause's texts need no more facts. */
export function lineFinding(pattern: LinePattern): { code: string; facts: Facts } {
  return { code: CODES[pattern.is], facts: patternFacts(pattern) };
}

function patternFacts(pattern: LinePattern): Facts {
  const { losses } = pattern;
  if (pattern.is === 'daily') {
    return { losses, days: pattern.days, clock: timeOfDay(pattern.minute) };
  }
  return pattern.is === 'regular' ? { losses, every: span(pattern.every) } : { losses };
}

/** `20:05 UTC`. */
function timeOfDay(minute: number): string {
  const [hours, minutes] = [Math.floor(minute / 60), minute % 60];
  return `${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')} UTC`;
}

/** The line was lost under this visit, whether or not it came back in time, and its losses are of that kind. */
function dropped(reading: Reading, is: LinePattern['is']): Detection | undefined {
  const { line } = reading.context.agent;
  if (line?.is !== is) return undefined;
  const signs = [...reading.all('line-lost'), ...reading.all('line-back'), ...linkLosses(reading)];
  if (signs.length === 0) return undefined;
  return { at: Math.min(...signs.map(({ at }) => at)), facts: patternFacts(line) };
}

/** Why the line between relay and agent is lost again and again. */
export const LINE: readonly Cause[] = [
  {
    code: 'agent-line-drops',
    severity: 'warning',
    side: 'agent',
    title: 'The line to the agent drops at the same time of day',
    detect: (reading) => dropped(reading, 'daily'),
    what: 'The line between relay and agent drops about {clock}: on {days} of the last seven days, {losses} times together.',
    why: 'Something does it by the clock: the router or the provider of the FTP server’s site connects anew once a day, a machine there restarts, updates itself or saves power, or a backup fills the line.',
    webmaster:
      'Find out what happens at the FTP server’s site about {clock}. Put the router’s daily reconnect, restarts and updates at an hour when nobody transfers, limit the bandwidth of backups, and switch off power saving of the agent’s machine and its Wi-Fi.',
    tell: 'The line to the FTP server is interrupted for a moment at about the same time each day. A transfer that stands still then goes on by itself; if one broke off, it is good to start it again.',
    remedy: TRANSFER_AGAIN,
  },
  {
    code: 'agent-proxy-timeout',
    severity: 'warning',
    side: 'agent',
    title: 'The line to the agent is cut at regular intervals',
    detect: (reading) => dropped(reading, 'regular'),
    what: 'The line between relay and agent is cut {every} after it has come about, again and again: {losses} times of late.',
    why: 'A reverse proxy in front of the relay, or a proxy or firewall at the FTP server’s site, ends connections at that age.',
    webmaster:
      'In a reverse proxy in front of the relay raise the time-out of WebSockets to hours (nginx: proxy_read_timeout and proxy_send_timeout; HAProxy: timeout tunnel; Apache: ProxyTimeout; Traefik: respondingTimeouts). If there is none, ask whoever runs the firewall or proxy at the FTP server’s site to let connections to the relay last.',
    tell: 'The line to the FTP server is interrupted for a moment now and then. A transfer that stands still then goes on by itself; if one broke off, it is good to start it again.',
    remedy: TRANSFER_AGAIN,
  },
  {
    code: 'agent-line-unstable',
    severity: 'warning',
    side: 'agent',
    title: 'The line to the agent drops often',
    detect: (reading) => dropped(reading, 'often'),
    what: 'The line between relay and agent dropped {losses} times within a day, at no particular time.',
    why: 'The internet line or the Wi-Fi of the FTP server’s site is unstable, or its router is overloaded.',
    webmaster:
      'Connect the agent’s machine by cable, or switch off the power saving of its Wi-Fi. Look in the router’s log for reconnects at the times that the tunnel’s page lists, and tell the provider of them.',
    tell: 'The line to the FTP server is unstable at this moment. A transfer that stands still goes on by itself; if one broke off, it is good to start it again.',
    remedy: TRANSFER_AGAIN,
  },
];
