import { detected, type CatalogueRow } from '../row.ts';
import { everybody, TO_TLS, withSteps } from '../steps.ts';

/** Clients that speak something else than what the port is for. */
export const PROTOCOL_ROWS: readonly CatalogueRow[] = [
  {
    code: 'speaks-sftp',
    severity: 'error',
    side: 'client',
    title: 'The client speaks SFTP (SSH), not FTP',
    detect(reading) {
      const other = reading.last('other-protocol', ({ protocol }) => protocol === 'ssh');
      return detected(other, { client: reading.record.client.host, port: reading.record.port });
    },
    what: (say) => `${say('client')} began SSH at the FTP port ${say('port')}.`,
    why: 'SFTP is file transfer over SSH, and has nothing in common with FTP but its letters.',
    tellUser: (program) =>
      program === 'winscp'
        ? 'Please choose the file protocol "FTP" instead of "SFTP" in WinSCP, with "TLS/SSL Explicit encryption" if you want it encrypted.'
        : 'Your program is set to SFTP. Please choose FTP (or "FTP with explicit TLS", if you want it encrypted) in the settings of the connection.',
    webmaster: 'Nothing has to be changed. Tell the user protocol and port along with the address.',
  },
  {
    code: 'speaks-http',
    severity: 'info',
    side: 'client',
    title: 'A browser or a scanner speaks HTTP',
    detect(reading) {
      const other = reading.last('other-protocol', ({ protocol }) => protocol === 'http');
      return detected(other, { client: reading.record.client.host, port: reading.record.port });
    },
    what: (say) => `${say('client')} sent an HTTP request to the FTP port ${say('port')}.`,
    why: 'Somebody typed the address with http://, uses an HTTP proxy for FTP, or scans ports.',
    tellUser: everybody(
      'This is an FTP server. Browsers can no longer open FTP addresses; please use an FTP program such as FileZilla.',
    ),
    webmaster: 'Nothing has to be changed: the connection is closed at its first line.',
  },
  {
    code: 'speaks-other',
    severity: 'info',
    side: 'client',
    title: 'The client does not speak FTP',
    detect(reading) {
      const other = reading.last('other-protocol', ({ protocol }) => protocol === 'unknown');
      const bad = reading.last('closed', ({ code }) => code === 'bad-lines');
      return detected(other ?? bad, { client: reading.record.client.host });
    },
    what: (say) => `What ${say('client')} sent are no FTP commands.`,
    why: 'Mostly scanners that try every protocol at every port.',
    tellUser: everybody('Your program does not speak FTP. Please choose FTP in its settings.'),
    webmaster: 'If it comes again and again from one address, ban it.',
  },
  {
    code: 'implicit-tls-at-explicit-port',
    severity: 'error',
    side: 'client',
    title: 'The client begins TLS at once (implicit FTPS) at the wrong port',
    detect(reading) {
      const other = reading.last('other-protocol', ({ protocol }) => protocol === 'tls');
      return detected(other, { client: reading.record.client.host, port: reading.record.port });
    },
    what: (say) =>
      `${say('client')} began TLS at port ${say('port')}, where it is asked for by AUTH TLS.`,
    why: 'Implicit FTPS (ftps://) needs a port of its own. At this port encryption is explicit.',
    tellUser: withSteps(
      'Your program is set to implicit FTPS; this address wants explicit FTP over TLS.',
      TO_TLS,
    ),
    webmaster:
      'For programs that know implicit FTPS only, give the tunnel a second port: --implicit-port 990.',
  },
  {
    code: 'plain-at-implicit-port',
    severity: 'error',
    side: 'client',
    title: 'The client waits for a greeting at the port of implicit FTPS',
    detect(reading, { tunnel }) {
      const failed = reading.last('handshake-failed', ({ reason }) =>
        /not TLS|in time|closed/.test(reason),
      );
      if (failed === undefined || !tunnel.implicit) return undefined;
      if (/certificate|issuer/.test(failed.event.reason)) return undefined;
      return detected(failed, { reason: failed.event.reason, port: reading.record.port });
    },
    what: (say) => `At port ${say('port')} TLS begins at once, and did not: ${say('reason')}.`,
    why: 'The client uses plain FTP or explicit TLS at the port for implicit FTPS, and both sides wait for the other.',
    tellUser: withSteps(
      'Please use the port for explicit FTP (usually 21) with "explicit FTP over TLS", or set your program to implicit FTPS at this port.',
      TO_TLS,
    ),
    webmaster: 'Nothing has to be changed. Tell users which port is for which kind of encryption.',
  },
];
