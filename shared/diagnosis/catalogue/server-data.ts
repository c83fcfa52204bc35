import { firstOf, type Cause } from '../cause.ts';
import type { Reading } from '../reading/reading.ts';
import { serverWord } from '../reading/server-words.ts';
import { REPORT } from '../remedies/everybody.ts';
import { shown } from '../words.ts';
import { endedBy } from './ended.ts';
import { refusedFor } from '../reading/login-refusals.ts';

/** TLS that the server demands of the agent. */
export function tlsWanted(reading: Reading): { at: number; code: number; text: string }[] {
  const said = reading.exchanges.flatMap(({ verb, answer }) => {
    if (answer === undefined || answer.code < 400 || answer.by === 'gateway') return [];
    const isIt = serverWord(verb, answer.code, answer.text) === 'tls-wanted';
    return isIt ? [{ at: answer.at, code: answer.code, text: shown(answer.text) }] : [];
  });
  return [...refusedFor(reading, 'tls-wanted'), ...said].sort((one, other) => one.at - other.at);
}

const OWN_SETUP =
  /^(The FTP server (named|does not answer|answered)|The agent cannot|Can't open a passive port)|\ball \d+ passive ports are promised\b|no port is free/;

/** What stands between the agent and the FTP server: TLS and data connections. */
export const SERVER_DATA: readonly Cause[] = [
  {
    code: 'server-wants-tls',
    severity: 'error',
    side: 'agent',
    title: 'The FTP server demands TLS of its agent',
    detect: (reading) => firstOf(tlsWanted(reading), ({ code, text }) => ({ code, text })),
    what: 'The FTP server refused the client at {client}, as it demands TLS: {code} {text}',
    why: 'TLS between client and relay ends at the relay. Between agent and FTP server it is off until the agent is told to speak it, whatever the client does.',
    webmaster:
      'Start the agent with --server-tls explicit (or implicit, as the server is set), and with --server-ca or --server-fingerprint if the server’s certificate is its own.',
    tell: 'The FTP server demands a setting that is missing at our end. It is not because of your program.',
    remedy: REPORT,
  },
  {
    code: 'server-certificate-refused',
    severity: 'error',
    side: 'agent',
    title: "The agent does not trust the FTP server's certificate",
    detect: (reading) =>
      endedBy(reading, 'server-certificate-refused') ??
      firstOf(
        reading.transfers.filter((one) => one.broken?.code === 'server-certificate-refused'),
        ({ broken }) => ({ reason: shown(broken?.reason) }),
      ),
    what: 'The agent ended TLS with the FTP server: {reason}.',
    why: 'The server shows a certificate that nobody the agent knows vouches for, that has expired, or that is for another name.',
    webmaster:
      'Pin the certificate with --server-fingerprint, name its authority with --server-ca, or its name with --server-name; the reason says which. Renew it if it has expired.',
    tell: 'The server is not set up correctly at this moment.',
    remedy: REPORT,
  },
  {
    code: 'server-tls-refused',
    severity: 'error',
    side: 'agent',
    title: 'TLS between agent and FTP server did not come about',
    detect: (reading) =>
      endedBy(reading, 'server-tls-refused') ??
      firstOf(
        reading.transfers.filter((one) => one.broken?.code === 'server-tls-refused'),
        ({ broken }) => ({ reason: shown(broken?.reason) }),
      ),
    what: 'The agent is told to speak TLS with the FTP server, and it did not come about: {reason}.',
    why: 'The server has TLS switched off, or speaks the other kind (explicit or implicit), or an old version.',
    webmaster:
      'Compare --server-tls of the agent with the server: explicit on its ordinary port, implicit on port 990, none if the server knows no TLS.',
    tell: 'The server is not set up correctly at this moment.',
    remedy: REPORT,
  },
  {
    code: 'server-wants-session-reuse',
    severity: 'error',
    side: 'server',
    title: 'The FTP server refused a data connection for not resuming its TLS session',
    detect: (reading) => {
      const broken = reading.transfers.filter(
        ({ verb, code, said }) => said !== '' && serverWord(verb, code, said) === 'session-reuse',
      );
      return firstOf(broken, ({ code, said }) => ({ code, text: shown(said) }));
    },
    what: 'The FTP server refused a data connection of its agent: {code} {text}',
    why: 'The server demands that data connections resume the TLS session of the control connection. The agent does so; a server that has lost the session (restart, several processes, a cache that is too short) refuses all the same.',
    webmaster:
      'Take the demand off at the server (vsftpd require_ssl_reuse=NO, ProFTPD TLSOptions NoSessionReuseRequired): agent and server are neighbours. Or let its sessions live longer.',
    tell: 'The server refused the transfer for a reason at our end.',
    remedy: REPORT,
  },
  {
    code: 'server-passive-broken',
    severity: 'error',
    side: 'server',
    title: "The FTP server's own passive mode does not work",
    detect: (reading) => {
      const failed = reading
        .all('setup-failed')
        .filter(({ text }) =>
          /named no usable data port|does not answer on the data port/.test(text),
        );
      return firstOf(failed, ({ verb, text }) => ({ verb, text: shown(text) }));
    },
    what: 'The client at {client} asked for a data connection ({verb}); the FTP server agreed but could not be reached: {text}',
    why: 'The server names a port where nobody answers: its own firewall blocks its passive range even for the agent, or the range is set wrongly.',
    webmaster:
      'Open the server’s passive ports for the agent’s machine, or let the server connect to the agent: gangway tunnel update NAME --server-mode active. If the data ports are on other machines, start the agent with --data-hosts.',
    tell: 'The server could not open a connection for files and listings.',
    remedy: REPORT,
  },
  {
    code: 'server-refuses-data',
    severity: 'error',
    side: 'server',
    title: 'The FTP server refuses data connections',
    detect: (reading) => {
      const failed = reading
        .all('setup-failed')
        .filter(
          ({ at, text }) =>
            reading.loggedIn() && !OWN_SETUP.test(text) && !reading.transferredAfter(at),
        );
      return firstOf(failed, ({ verb, text }) => ({ verb, text: shown(text) }));
    },
    what: 'The client at {client} asked for a data connection ({verb}), and the FTP server refused every way of making one: {text}',
    why: 'Passive mode may be switched off at the server, its passive ports may all be in use, or it forbids the account to transfer.',
    webmaster:
      'Look at the settings for passive mode at the FTP server. --server-mode chooses one way; with auto all are tried.',
    tell: 'The server could not open a connection for files and listings.',
    remedy: REPORT,
  },
  {
    code: 'agent-cannot-listen',
    severity: 'error',
    side: 'agent',
    title: 'The agent cannot wait for the FTP server’s data connection',
    detect: (reading) => {
      const failed = reading
        .all('setup-failed')
        .filter(({ text }) => text.startsWith('The agent cannot listen'));
      return firstOf(failed, ({ text }) => ({ text: shown(text) }));
    },
    what: 'The FTP server is to connect to its agent (active mode), and the agent could not wait for it: {text}',
    why: 'A firewall program or a restricted account on the agent’s machine does not let it listen.',
    webmaster: 'Allow the agent to listen, or choose --server-mode epsv or pasv for the tunnel.',
    tell: 'The server could not open a connection for files and listings.',
    remedy: REPORT,
  },
  {
    code: 'server-cannot-reach-agent',
    severity: 'error',
    side: 'server',
    title: 'The FTP server cannot connect to its agent',
    detect: (reading) => {
      const failed = reading.transfers.filter(({ serverWay, code, broken }) => {
        if (serverWay !== 'active') return false;
        return broken?.code === 'never-came' || (code === 425 && broken === undefined);
      });
      return firstOf(failed, ({ verb, said, broken }) => ({
        verb,
        reason: shown(said === '' ? broken?.reason : said),
      }));
    },
    what: 'For {verb} the FTP server was to connect to its agent (active mode), and did not: {reason}',
    why: 'A firewall on the agent’s machine, or between the two, blocks the server’s connection.',
    webmaster:
      'Allow connections from the FTP server to the agent’s machine, or choose --server-mode epsv or pasv for the tunnel.',
    tell: 'The server could not open a connection for files and listings.',
    remedy: REPORT,
  },
];
