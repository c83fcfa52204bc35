import { DIAGNOSIS_LIMITS } from '../../limits.ts';
import { firstOf, type Cause } from '../cause.ts';
import type { Reading } from '../reading/reading.ts';
import { FEWER_CONNECTIONS, TRANSFER_AGAIN } from '../remedies/connections.ts';
import { everybody, NOTHING, REPORT, WAIT } from '../remedies/everybody.ts';
import { seconds, shown, span } from '../words.ts';
import { refusalFacts, refusedFor } from '../reading/login-refusals.ts';
import { endedBy } from './ended.ts';
import { tlsWanted } from './server-data.ts';

/** Longest waits for an answer of the server, where nothing but the server could be the reason. */
function slowAnswers(reading: Reading): { at: number; verb: string; ms: number }[] {
  return reading.exchanges.flatMap(({ at, verb, answer }) => {
    if (answer === undefined) return [];
    const ms = answer.ms - reading.lineDown(answer.at - answer.ms, answer.at);
    if (ms < DIAGNOSIS_LIMITS.slowAnswer) return [];
    // A login that fails is answered late on purpose; transfers take their time, and what is asked meanwhile waits.
    if (TAKES_TIME.has(verb) || (verb === 'PASS' && answer.code >= 400)) return [];
    const isBeside = reading.transfers.some((one) => one.at >= at && one.at - one.ms <= answer.at);
    return isBeside ? [] : [{ at: answer.at, verb, ms }];
  });
}

const TAKES_TIME = new Set(
  'RETR STOR STOU APPE LIST NLST MLSD QUIT ABOR AUTH HASH XCRC XMD5 XSHA XSHA1 XSHA256 XSHA512 COMB'.split(
    ' ',
  ),
);

export const SERVER: readonly Cause[] = [
  {
    code: 'server-down',
    severity: 'error',
    side: 'server',
    title: 'The FTP server is not running',
    detect: (reading) => endedBy(reading, 'connect-refused'),
    what: 'The agent is connected, but the machine of the FTP server refused its connection: {reason}.',
    why: 'Nothing listens at the address the agent was given (--server): the FTP server is stopped, or it listens on another port or address.',
    webmaster:
      'Start the FTP server, and compare its port with --server of the agent. gangway doctor tries it from the agent.',
    tell: 'The FTP server is not running at this moment.',
    remedy: WAIT,
  },
  {
    code: 'server-unreachable',
    severity: 'error',
    side: 'server',
    title: 'The FTP server does not answer its agent',
    detect: (reading) =>
      endedBy(reading, 'connect-timeout', 'connect-unreachable', 'dial-forbidden'),
    what: 'The agent is connected, but does not reach the FTP server: {reason}.',
    why: 'The server’s machine is off, its address has changed, or a firewall between agent and server drops the connection.',
    webmaster:
      'From the agent’s machine, try to connect to the address of --server. If the server has a new address, start the agent with it.',
    tell: 'The FTP server cannot be reached at this moment.',
    remedy: WAIT,
  },
  {
    code: 'server-silent',
    severity: 'error',
    side: 'server',
    title: 'The FTP server accepts connections but says nothing',
    detect: (reading) => endedBy(reading, 'greeting-timeout'),
    what: 'The FTP server took the connection for the client at {client} and did not greet: {reason}.',
    why: 'The server hangs, has no free process, or expects TLS from the first byte (then the agent needs --server-tls implicit).',
    webmaster:
      'Restart the FTP server if it hangs. If it is set to implicit TLS, start the agent with --server-tls implicit.',
    tell: 'The FTP server is there but does not answer.',
    remedy: WAIT,
  },
  {
    code: 'server-slow-greeting',
    severity: 'warning',
    side: 'server',
    title: 'The FTP server greets late',
    detect: (reading) => {
      const opened = reading.first('opened');
      const greeted = reading.first('greeted');
      if (opened === undefined || greeted === undefined) return undefined;
      const ms = greeted.at - opened.at - reading.lineDown(opened.at, greeted.at);
      if (ms < DIAGNOSIS_LIMITS.slowGreeting) return undefined;
      return { at: greeted.at, facts: { seconds: seconds(ms) } };
    },
    what: 'The client at {client} waited {seconds} seconds for the FTP server’s greeting.',
    why: 'Many servers look up the name of whoever connects, and wait for an answer that never comes. Others ask for an ident, or are overloaded.',
    webmaster:
      'Switch the look-up off at the server: ProFTPD "UseReverseDNS off" and "IdentLookups off", Pure-FTPd "-H". Or give the agent’s address a name in DNS or in the server’s hosts file.',
    tell: 'The server takes long to greet, and some programs give up meanwhile.',
    remedy: everybody(
      'If your program gives up, please allow it a longer time-out, and try again.',
    ),
  },
  {
    code: 'server-slow',
    severity: 'warning',
    side: 'server',
    title: 'The FTP server answers slowly',
    detect: (reading) =>
      firstOf(slowAnswers(reading), ({ verb, ms }) => ({ verb, seconds: seconds(ms) })),
    what: 'The FTP server took {seconds} seconds to answer {verb} of the client at {client}.',
    why: 'The server is overloaded, its disk or network folder is slow, or it asks another system about users.',
    webmaster: 'Look at the load of the FTP server and at the folders it serves.',
    tell: 'The server answers slowly at this moment.',
    remedy: WAIT,
  },
  {
    code: 'server-not-ftp',
    severity: 'error',
    side: 'server',
    title: 'What answers is not an FTP server',
    detect: (reading) => endedBy(reading, 'server-not-ftp', 'server-reply-too-long'),
    what: 'What answers the agent does not speak FTP, or said more than any FTP server: {reason}.',
    why: 'The address of --server leads to another service (SSH, HTTP, a server with implicit TLS), or something between garbles what the server says.',
    webmaster:
      'Check host and port of --server at the agent. Port 22 is SSH; port 990 is FTP with implicit TLS and needs --server-tls implicit.',
    tell: 'The FTP server is not set up correctly at this moment.',
    remedy: REPORT,
  },
  {
    code: 'server-limit',
    severity: 'error',
    side: 'server',
    title: 'The FTP server has as many users as it takes',
    detect: (reading) => firstOf(refusedFor(reading, 'limit'), refusalFacts),
    what: 'The FTP server turned the client at {client} away: {code} {text}',
    why: 'The server’s own limit for connections or for logins of one user is reached.',
    webmaster:
      'Raise the limit at the FTP server (vsftpd max_clients, ProFTPD MaxClients, Pure-FTPd -c, FileZilla Server "max. number of users"), or lower the tunnel’s --max-sessions to match it.',
    tell: 'The FTP server has as many users at this moment as it can take.',
    remedy: FEWER_CONNECTIONS,
  },
  {
    code: 'server-limit-per-address',
    severity: 'error',
    side: 'server',
    title: 'The FTP server takes all users for one address',
    detect: (reading) => firstOf(refusedFor(reading, 'limit-per-address'), refusalFacts),
    what: 'The FTP server turned the client at {client} away, as it has too many connections from one address: {code} {text}',
    why: 'To the FTP server all users come from one address, that of the agent. A limit per address at the server is a limit for all of them together.',
    webmaster:
      'Take the limit per address off at the FTP server (vsftpd max_per_ip, ProFTPD MaxClientsPerHost, Pure-FTPd -C) and use the tunnel’s --max-sessions-per-address in its place. Or let the server know the real addresses: --proxy-protocol, if it understands that.',
    tell: 'The FTP server has as many connections at this moment as it is set to take.',
    remedy: WAIT,
  },
  {
    code: 'server-bans-agent',
    severity: 'error',
    side: 'server',
    title: 'The FTP server has locked its agent out',
    detect: (reading) => firstOf(refusedFor(reading, 'banned'), refusalFacts),
    what: 'The FTP server refused the connection for the client at {client} before any login: {code} {text}',
    why: 'To the FTP server all users come from the address of the agent. When one of them types a wrong password too often, the server’s own ban locks all of them out. Or the server’s list of allowed addresses lacks the agent.',
    webmaster:
      'Allow the agent’s address at the FTP server and exempt it from bans (fail2ban "ignoreip", ProFTPD mod_ban, FileZilla Server auto-ban). Let the relay ban in its place: it knows the real addresses.',
    tell: 'The FTP server refuses all connections at this moment. It is not because of you.',
    remedy: WAIT,
  },
  {
    code: 'server-turned-away',
    severity: 'error',
    side: 'server',
    title: 'The FTP server does not want to serve now',
    detect: (reading) => {
      const others = refusedFor(reading, 'other').filter(({ code }) => code !== 331);
      return firstOf(others, refusalFacts);
    },
    what: 'The FTP server turned the client at {client} away: {code} {text}',
    why: 'The server is starting or shutting down, is set not to serve, or refuses the login for a reason that its words give.',
    webmaster: 'Look at the log of the FTP server at that time.',
    tell: 'The FTP server does not serve at this moment; it says "{text}".',
    remedy: WAIT,
  },
  {
    code: 'server-hung-up',
    severity: 'error',
    side: 'server',
    title: 'The FTP server ended the session',
    detect: (reading) => {
      const closed = reading.closedBy('server-closed', 'connection-reset', 'server-limit');
      if (closed?.by !== 'server' || refusedFor(reading, 'limit').length > 0) return undefined;
      const isIdle = reading.silenceBefore(closed.at) >= DIAGNOSIS_LIMITS.serverIdle;
      const isGreeting = reading.all('greeted').some(({ code }) => code >= 400);
      if (isIdle || isGreeting || tlsWanted(reading).length > 0) return undefined;
      return { at: closed.at, facts: { reason: shown(closed.reason), lasted: span(closed.ms) } };
    },
    what: 'After {lasted} the FTP server ended the session of the client at {client} by itself: {reason}.',
    why: 'The server was stopped or crashed, or ended the session after too many failed logins or commands that it did not like.',
    webmaster: 'Look at the log of the FTP server at that time.',
    tell: 'The FTP server ended your connection by itself.',
    remedy: WAIT,
  },
  {
    code: 'server-idle-timeout',
    severity: 'info',
    side: 'server',
    title: 'The FTP server ended an idle session',
    detect: (reading) => {
      const closed = reading.closedBy('server-closed', 'server-limit');
      if (closed?.by !== 'server') return undefined;
      const silence = reading.silenceBefore(closed.at);
      if (silence < DIAGNOSIS_LIMITS.serverIdle) return undefined;
      return { at: closed.at, facts: { waited: span(silence) } };
    },
    what: 'The client at {client} sent nothing for {waited}; then the FTP server closed the connection.',
    why: 'FTP servers close connections on which nothing happens, most after five to fifteen minutes.',
    webmaster:
      'Nothing needs to be changed. If users complain, raise the time-out at the server (vsftpd idle_session_timeout, ProFTPD TimeoutIdle, Pure-FTPd -I).',
    tell: 'Your connection was closed because nothing happened on it for {waited}. Your program connects again by itself at the next click.',
    remedy: NOTHING,
  },
  {
    code: 'server-out-of-step',
    severity: 'error',
    side: 'server',
    title: 'The FTP server lost count of its transfers',
    detect: (reading) => endedBy(reading, 'out-of-step'),
    what: 'After a transfer of the client at {client} broke, the FTP server did not say what became of it: {reason}. The session was ended, so that no file is mixed up with another.',
    why: 'Some servers do not notice that a data connection broke, and would send the next file on the wrong connection.',
    webmaster: 'Nothing needs to be changed; a newer version of the FTP server may do better.',
    tell: 'A transfer was broken off, and the server had to end the connection for safety. Your program can connect again at once.',
    remedy: TRANSFER_AGAIN,
  },
];
