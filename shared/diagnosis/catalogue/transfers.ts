import { DIAGNOSIS_LIMITS } from '../../limits.ts';
import { firstOf, type Cause } from '../cause.ts';
import type { Facts } from '../finding.ts';
import type { Reading } from '../reading/reading.ts';
import type { TransferRead } from '../reading/transfers.ts';
import { isAlert } from '../reading/tls-troubles.ts';
import { KEEP_ALIVE, TRANSFER_AGAIN } from '../remedies/connections.ts';
import { NOTHING } from '../remedies/everybody.ts';
import { size, shown, span } from '../words.ts';
import { serverWord } from '../reading/server-words.ts';

/** Breakages that have causes of their own. */
const OWN_CAUSES: ReadonlySet<string> = new Set([
  'no-connection',
  'client-unreachable',
  'tls-failed',
  'tls-not-resumed',
  'ERR_TLS_TRUNCATED',
  'stalled',
  'never-came',
  'server-tls-refused',
  'server-certificate-refused',
  'link-lost',
  'going-away',
  'shutting-down',
  'too-many-streams',
  // Ends of the session that say more than the transfer's.
  'idle',
  'killed',
  'restarting',
]);

/** The gateway's reason for an ABOR. */
const ABOR = 'aborted by the client';

function brokenBy(reading: Reading, by: 'client' | 'server'): TransferRead[] {
  return reading.transfers.filter(({ broken }) => {
    if (broken === undefined || broken.by !== by) return false;
    return !OWN_CAUSES.has(broken.code) && !isAlert(broken.code);
  });
}

function transferFacts({ verb, name, bytes, size: whole, ms, broken }: TransferRead): Facts {
  const of = whole === undefined ? '' : ` of ${size(whole)}`;
  return {
    verb,
    name: name === '' ? 'the listing' : shown(name),
    moved: `${size(bytes)}${of}`,
    lasted: span(ms),
    reason: shown(broken?.reason),
  };
}

/** Ends of the control connection that nobody wished for. */
const LOST: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
  'idle',
]);

/** The last transfer was a long one, and the control connection was found dead after or under it. */
function lostInTransfer(reading: Reading): (TransferRead & { silence: number }) | undefined {
  const { closed } = reading;
  const last = reading.transfers.at(-1);
  if (closed?.by !== 'client' || !LOST.has(closed.code) || last === undefined) return undefined;
  if (last.ms < DIAGNOSIS_LIMITS.longTransfer) return undefined;
  const began = last.at - last.ms;
  const spoke = reading.exchanges.some(({ at, verb }) => at > began + 1000 && verb !== last.verb);
  return spoke ? undefined : { ...last, silence: closed.at - began };
}

export const TRANSFERS: readonly Cause[] = [
  {
    code: 'control-lost-in-transfer',
    severity: 'error',
    side: 'client',
    title: 'The control connection was lost during a long transfer',
    detect: (reading) => {
      const last = lostInTransfer(reading);
      return last && { at: last.at, facts: transferFacts(last) };
    },
    what: 'While {name} was transferred for {lasted} ({moved}), nothing passed on the control connection of the client at {client}, and then it was dead.',
    why: 'Routers and firewalls forget connections on which nothing passes, often after five minutes. In FTP the control connection is silent during a transfer, so large files end like this: all bytes have arrived, and the program hangs or reports an error.',
    webmaster:
      'Nothing can be changed at the relay: it keeps its end awake. The router or firewall at the client needs a longer time-out for silent TCP connections.',
    tell: 'Your file was transferred for so long that a router or firewall at your end forgot the connection over which the server says that it is complete. Check the size of the file: it may be complete.',
    remedy: KEEP_ALIVE,
  },
  {
    code: 'control-lost-in-silence',
    severity: 'warning',
    side: 'client',
    title: 'The connection was lost while nothing happened on it',
    detect: (reading) => {
      const { closed } = reading;
      if (closed?.by !== 'client' || lostInTransfer(reading) !== undefined) return undefined;
      if (!LOST.has(closed.code) || closed.code === 'idle') return undefined;
      const silence = reading.silenceBefore(closed.at);
      if (silence < DIAGNOSIS_LIMITS.natSilence) return undefined;
      return { at: closed.at, facts: { waited: span(silence), reason: shown(closed.reason) } };
    },
    what: 'Nothing passed on the connection of the client at {client} for {waited}; then it was found dead: {reason}.',
    why: 'A router or firewall forgot the silent connection, or the client’s computer was switched off, put to sleep or changed its network.',
    webmaster: 'Nothing needs to be changed here.',
    tell: 'Your connection was lost while nothing happened on it. Your program can connect again at once.',
    remedy: KEEP_ALIVE,
  },
  {
    code: 'idle-timeout',
    severity: 'info',
    side: 'client',
    title: 'An idle session was ended',
    detect: (reading) => {
      const closed = reading.closedBy('idle');
      if (closed === undefined || lostInTransfer(reading) !== undefined) return undefined;
      return { at: closed.at, facts: { waited: span(reading.silenceBefore(closed.at)) } };
    },
    what: 'The client at {client} sent no command for {waited}; the session was ended by the tunnel’s time-out.',
    why: 'A program was left open. That is normal.',
    webmaster: 'Nothing needs to be changed. The time is --idle-timeout.',
    tell: 'Your connection was closed because you did nothing for {waited}. Your program connects again by itself at the next click.',
    remedy: KEEP_ALIVE,
  },
  {
    code: 'transfer-stalled',
    severity: 'error',
    side: 'client',
    title: 'A transfer stood still',
    detect: (reading) =>
      firstOf(
        reading.transfers.filter((one) => one.broken?.code === 'stalled'),
        transferFacts,
      ),
    what: 'The transfer of {name} with the client at {client} stood still after {moved} and was broken off: {reason}.',
    why: 'The client took or sent nothing any more: its line was interrupted, its disk is full, the program waits for an answer of its user, or a firewall stopped the connection in the middle.',
    webmaster:
      'If it happens to one user, it is his line or program. If it happens to many at the same size, look for a firewall or virus scanner on the way. The time is --stall-timeout.',
    tell: 'Your transfer of {name} stood still for too long and was broken off after {moved}. Please check your line, and that your disk is not full.',
    remedy: TRANSFER_AGAIN,
  },
  {
    code: 'client-cancelled',
    severity: 'info',
    side: 'client',
    title: 'The user cancelled a transfer',
    detect: (reading) =>
      firstOf(
        reading.transfers.filter(({ broken }) => broken?.by === 'client' && broken.reason === ABOR),
        transferFacts,
      ),
    what: 'The client at {client} cancelled the transfer of {name} after {moved}.',
    why: 'Somebody pressed "cancel", or the program had seen enough.',
    webmaster: 'Nothing needs to be changed.',
    tell: 'Your transfer of {name} was cancelled by your program.',
    remedy: TRANSFER_AGAIN,
  },
  {
    code: 'client-broke-off',
    severity: 'warning',
    side: 'client',
    title: 'The client broke a transfer off',
    detect: (reading) => {
      if (lostInTransfer(reading) !== undefined) return undefined;
      const missedPort = reading.promises.some(({ outcome }) => outcome === 'missed');
      const broken = brokenBy(reading, 'client').filter(
        ({ broken: by, bytes }) => by?.reason !== ABOR && !(missedPort && bytes === 0),
      );
      return firstOf(broken, transferFacts);
    },
    what: 'The client at {client} broke the transfer of {name} off after {moved} and {lasted}: {reason}.',
    why: 'The program was closed or crashed, the computer went to sleep or lost its network, or a firewall cut the connection.',
    webmaster:
      'Nothing needs to be changed here. The file is not complete, and both ends were told so.',
    tell: 'Your transfer of {name} was broken off at your end after {moved}; the file is not complete.',
    remedy: TRANSFER_AGAIN,
  },
  {
    code: 'server-broke-off',
    severity: 'error',
    side: 'server',
    title: 'The FTP server broke a transfer off',
    detect: (reading) => {
      const broken = brokenBy(reading, 'server').filter(
        ({ verb, code, said }) => said === '' || serverWord(verb, code, said) === 'other',
      );
      return firstOf(broken, (one) => ({
        ...transferFacts(one),
        ...(one.said !== '' && { reason: shown(one.said) }),
      }));
    },
    what: 'The FTP server broke the transfer of {name} for the client at {client} off after {moved}: {reason}.',
    why: 'The server was stopped or crashed, its data time-out is too short for slow clients, or it could not read or write the file any further.',
    webmaster:
      'Look at the log of the FTP server at that time, at its disk, and at its time-outs for data connections.',
    tell: 'The server broke your transfer of {name} off after {moved}; the file is not complete.',
    remedy: TRANSFER_AGAIN,
  },
  {
    code: 'client-sent-nothing',
    severity: 'info',
    side: 'client',
    title: 'An upload arrived empty',
    detect: (reading) => {
      const empty = reading.transfers.filter(
        ({ direction, bytes, code, broken }) =>
          direction === 'upload' && bytes === 0 && code < 300 && broken === undefined,
      );
      return firstOf(empty, transferFacts);
    },
    what: 'The client at {client} uploaded {name} with no bytes in it, and ended properly.',
    why: 'The file is empty at the client, or another program holds it open. Some firewalls and virus scanners let the connection through but not the data.',
    webmaster: 'If it is not meant to be empty, ask the user for the size of his file.',
    tell: 'Your file {name} arrived empty. If it is not empty at your end, please close the program that uses it.',
    remedy: TRANSFER_AGAIN,
  },
  {
    code: 'data-direct-failed',
    severity: 'info',
    side: 'client',
    title: "A client in the server's own network was not reached there",
    detect: (reading) =>
      firstOf(reading.all('data-direct-failed'), ({ host, port, reason }) => ({
        host,
        port,
        reason: shown(reason),
      })),
    what: 'The agent tried to reach the client at {client} directly, as {host} port {port}, and could not: {reason}. The data went through the relay.',
    why: 'The client named an address of a private network like the server’s, but is not in it, or its firewall lets nobody in.',
    webmaster:
      'Nothing needs to be changed; such transfers are slower at their beginning. --no-lan-direct switches the attempt off.',
    tell: 'Your transfer works.',
    remedy: NOTHING,
  },
];
