import { firstOf, type Cause } from '../cause.ts';
import type { Reading } from '../reading/reading.ts';
import { tlsTrouble } from '../reading/tls-troubles.ts';
import { FTP_NOT_HTTP, FTP_NOT_SFTP } from '../remedies/protocols.ts';
import { everybody } from '../remedies/everybody.ts';
import { USE_EXPLICIT_TLS } from '../remedies/tls.ts';
import { shown } from '../words.ts';

function speaks(reading: Reading, protocol: string): ReturnType<Cause['detect']> {
  const signs = reading.all('other-protocol').filter((sign) => sign.protocol === protocol);
  const { port } = reading.record;
  const detection = firstOf(signs, () => ({ port }));
  if (detection !== undefined || protocol !== 'http') return detection;
  const failed = reading
    .all('handshake-failed')
    .filter(({ reason }) => tlsTrouble(reason) === 'http');
  return firstOf(failed, () => ({ port }));
}

export const PROTOCOL: readonly Cause[] = [
  {
    code: 'speaks-sftp',
    severity: 'error',
    side: 'client',
    title: 'The program speaks SFTP (SSH), not FTP',
    detect: (reading) => speaks(reading, 'ssh'),
    what: 'The client at {client} came to the FTP port {port} and began to speak SSH.',
    why: 'SFTP sounds like FTP but is another protocol, a part of SSH on port 22. Programs offer both, and are easily set to the wrong one.',
    webmaster: 'Tell the user to choose FTP. If he needs SFTP, that is another server.',
    tell: 'Your program is set to SFTP, which is another protocol than FTP.',
    remedy: FTP_NOT_SFTP,
  },
  {
    code: 'speaks-http',
    severity: 'error',
    side: 'client',
    title: 'A browser or web program came to the FTP port',
    detect: (reading) => speaks(reading, 'http'),
    what: 'The client at {client} came to the FTP port {port} and sent a request for a web page (HTTP). It was turned away.',
    why: 'Somebody typed the address into a browser, an FTP program is set to use an HTTP proxy, a monitoring system is set to the wrong protocol, or a scanner looks around.',
    webmaster:
      'Nothing needs to be changed. For monitoring, use a check for FTP or for an open TCP port.',
    tell: 'You tried to open the FTP server with a browser or over a web proxy, which does not work.',
    remedy: FTP_NOT_HTTP,
  },
  {
    code: 'implicit-tls-at-explicit-port',
    severity: 'error',
    side: 'client',
    title: 'The program begins TLS at once at the ordinary port',
    detect: (reading) => speaks(reading, 'tls'),
    what: 'The client at {client} came to port {port}, where the server speaks first and in clear, and began TLS at once (implicit TLS, or HTTPS).',
    why: 'There are two kinds of FTP over TLS: explicit, on the ordinary port, and implicit, on a port of its own (990). The program is set to implicit, or somebody tried HTTPS.',
    webmaster:
      'Tell the user to choose explicit TLS, or give the tunnel a port for implicit TLS: gangway tunnel update NAME --implicit-port 990.',
    tell: 'Your program is set to implicit TLS, but port {port} is for explicit TLS.',
    remedy: USE_EXPLICIT_TLS,
  },
  {
    code: 'not-an-ftp-client',
    severity: 'warning',
    side: 'client',
    title: 'What connected is not an FTP program',
    detect: (reading) => {
      const others = reading.all('other-protocol');
      if (others.some(({ protocol }) => protocol !== 'unknown')) return undefined;
      const closed = reading.closedBy('bad-lines', 'other-protocol');
      const at = others[0]?.at ?? closed?.at;
      if (at === undefined) return undefined;
      return {
        at,
        facts: { reason: shown(closed?.reason ?? 'its first words are of another protocol') },
      };
    },
    what: 'What came from {client} sent lines that are no FTP commands: {reason}.',
    why: 'A scanner looks around, a program of another kind (mail, video) has the wrong port, or a firewall garbles what an FTP program sends.',
    webmaster:
      'Nothing needs to be changed. If the same address comes again and again and is nobody’s you know, ban it.',
    tell: 'Your program does not speak FTP, or something on the way garbles what it sends.',
    remedy: everybody(
      'Please check that the right kind of program is set to this address and port, and try an FTP program such as FileZilla.',
    ),
  },
];
