import { firstOf, type Cause, type Detection } from '../cause.ts';
import type { Facts } from '../finding.ts';
import type { Reading } from '../reading/reading.ts';
import { everybody } from '../remedies/everybody.ts';
import { USE_PASSIVE } from '../remedies/modes.ts';
import {
  CLEAR_DATA,
  NEWER_TLS,
  PROTECT_DATA,
  RESUME_TLS,
  TRUST_CERTIFICATE,
  USE_CLEAR,
  USE_EXPLICIT_TLS,
} from '../remedies/tls.ts';
import { isAlert, tlsTrouble, type TlsTrouble } from '../reading/tls-troubles.ts';
import { shown } from '../words.ts';

/** TLS that came to nothing. */
interface FailedTls {
  readonly at: number;
  readonly trouble: TlsTrouble;
  readonly reason: string;
  readonly connection: 'control connection' | 'data connection';
}

function failedTls(reading: Reading): FailedTls[] {
  const failed: FailedTls[] = [];
  const add = (at: number, reason: string, connection: FailedTls['connection']): void => {
    failed.push({ at, trouble: tlsTrouble(reason), reason: shown(reason), connection });
  };
  for (const { at, broken } of reading.transfers) {
    if (broken === undefined) continue;
    if (broken.code === 'tls-failed' || isAlert(broken.code)) {
      add(at, broken.reason, 'data connection');
    }
  }
  for (const { at, reason } of reading.all('handshake-failed')) {
    add(at, reason, 'control connection');
  }
  const { closed } = reading;
  if (closed?.by === 'client' && (closed.code === 'tls-failed' || isAlert(closed.code))) {
    add(closed.at, closed.reason, 'control connection');
  }
  return failed;
}

const tlsFacts = ({ reason, connection }: FailedTls): Facts => ({ reason, connection });

function detectTrouble(
  reading: Reading,
  ...troubles: readonly TlsTrouble[]
): Detection | undefined {
  const failed = failedTls(reading).filter(({ trouble }) => troubles.includes(trouble));
  return firstOf(failed, tlsFacts);
}

/** TLS stood, and the client went away before it read an answer: as clients do that refuse a certificate. */
function leftAfterHandshake(reading: Reading): Detection | undefined {
  const { closed, events } = reading;
  if (closed?.by !== 'client' || reading.context.certificate === 'vouched') return undefined;
  if (closed.code === 'tls-failed' || isAlert(closed.code)) return undefined;
  const secured = events.findLastIndex(
    ({ event }) => event.type === 'secured' && event.connection === 'control',
  );
  const heard = events.slice(secured).some(({ event }) => event.type === 'answered');
  if (secured < 0 || heard) return undefined;
  return {
    at: closed.at,
    facts: { reason: 'it left right after the handshake', connection: 'control connection' },
  };
}

export const TLS: readonly Cause[] = [
  {
    code: 'certificate-refused',
    severity: 'error',
    side: 'client',
    title: 'The client does not trust the certificate',
    detect: (reading) => {
      const detection = detectTrouble(reading, 'certificate') ?? leftAfterHandshake(reading);
      const words = {
        vouched: 'issued by an authority',
        'self-signed': 'self-signed, so nobody vouches for it',
        expired: 'expired',
      };
      const certificate = words[reading.context.certificate];
      return detection && { ...detection, facts: { ...detection.facts, certificate } };
    },
    what: 'The client at {client} ended TLS on the {connection}: {reason}. The relay’s certificate is {certificate}.',
    why: 'Programs refuse certificates that nobody they know vouches for, that have expired, or that are for another name than the one the user typed. Some ask their user first, and he said no.',
    webmaster:
      'Give the relay a certificate that everybody trusts: --acme, or --tls-cert and --tls-key, always with the whole chain. Tell users the DNS name it is for, not the address in digits.',
    tell: 'Your program does not trust the certificate of this server.',
    remedy: TRUST_CERTIFICATE,
  },
  {
    code: 'tls-cut-at-handshake',
    severity: 'error',
    side: 'client',
    title: 'The connection was closed as TLS began',
    detect: (reading) => {
      if (reading.context.tunnel.implicit && reading.first('handshake-failed') !== undefined) {
        return undefined;
      }
      return detectTrouble(reading, 'closed', 'other');
    },
    what: 'TLS on the {connection} of the client at {client} did not come about: {reason}.',
    why: 'The program gave up without saying why (often it does not trust the certificate), or a firewall on the way that watches FTP cut the connection when it could no longer read it.',
    webmaster:
      'If it happens to one network only, a firewall there stops FTP over TLS on port 21; a tunnel on another port, or implicit TLS (--implicit-port 990), gets past it. If it happens to many, look at the certificate.',
    tell: 'The encryption between your program and the server did not come about; your side closed the connection. A firewall, a virus scanner or a certificate that your program does not trust can be the reason.',
    remedy: TRUST_CERTIFICATE,
  },
  {
    code: 'tls-version',
    severity: 'error',
    side: 'client',
    title: 'The program knows outdated versions of TLS only',
    detect: (reading) => detectTrouble(reading, 'version'),
    what: 'TLS on the {connection} of the client at {client} did not come about: {reason}.',
    why: 'Versions before TLS 1.2 are broken and not offered here. Programs and systems of before 2013 often know nothing newer.',
    webmaster: 'Nothing can be changed here; older versions are not offered on purpose.',
    tell: 'Your program is too old for the encryption that is used today (TLS 1.2 or 1.3).',
    remedy: NEWER_TLS,
  },
  {
    code: 'tls-cipher',
    severity: 'error',
    side: 'client',
    title: 'Program and relay share no cipher',
    detect: (reading) => detectTrouble(reading, 'cipher'),
    what: 'TLS on the {connection} of the client at {client} did not come about: {reason}.',
    why: 'Only ciphers with forward secrecy and authenticated encryption are offered. An old program, or one that was restricted to a list of ciphers, knows none of them, or cannot check this kind of certificate.',
    webmaster:
      'If the reason is the kind of certificate, one with an RSA key is understood by more programs than one with an ECDSA key.',
    tell: 'Your program and the server know no common way to encrypt.',
    remedy: NEWER_TLS,
  },
  {
    code: 'explicit-client-at-implicit-port',
    severity: 'error',
    side: 'client',
    title: 'The program does not begin TLS at a port that expects it at once',
    detect: (reading) => {
      const failed = reading.first('handshake-failed');
      if (failed === undefined) return undefined;
      const trouble = tlsTrouble(failed.reason);
      if (!['not-tls', 'silent', 'closed', 'other'].includes(trouble)) return undefined;
      const { port } = reading.record;
      return { at: failed.at, facts: { reason: shown(failed.reason), port } };
    },
    what: 'The client at {client} came to port {port}, where TLS begins with the first byte (implicit TLS), and did not begin it: {reason}.',
    why: 'The program expects a greeting in clear, as on the ordinary FTP port. Each end waits for the other.',
    webmaster:
      'Tell users which port is for which setting: the tunnel’s ordinary port for plain FTP and explicit TLS, this one for implicit TLS.',
    tell: 'You connected to port {port}, which is for implicit TLS, but your program is set to plain FTP or explicit TLS. Please use the server’s ordinary FTP port (usually 21) with explicit TLS.',
    remedy: USE_EXPLICIT_TLS,
  },
  {
    code: 'tls-required',
    severity: 'error',
    side: 'client',
    title: 'The tunnel demands TLS, and the program does not use it',
    detect: (reading) => {
      const refused = reading
        .all('refused')
        .filter(({ at, why }) => why === 'tls-required' && !reading.loggedIn(at));
      const turned = reading.turnedAway('tls-required');
      return (
        firstOf(refused, ({ verb }) => ({ verb })) ??
        (turned && { at: turned.at, facts: { verb: 'USER' } })
      );
    },
    what: 'The client at {client} wanted to log in ({verb}) without TLS; this tunnel demands it.',
    why: 'Without TLS anybody on the way can read the password. The tunnel is set to --tls required.',
    webmaster:
      'If users with programs that cannot do TLS are to be let in, set --tls optional, and know that their passwords travel in clear.',
    tell: 'This server takes encrypted connections only.',
    remedy: USE_EXPLICIT_TLS,
  },
  {
    code: 'data-tls-required',
    severity: 'error',
    side: 'client',
    title: 'The tunnel demands TLS for files, and the program does not use it',
    detect: (reading) => {
      const refused = reading
        .all('refused')
        .filter(({ at, why }) => why === 'data-tls-required' && !reading.transferredAfter(at));
      return firstOf(refused, ({ verb }) => ({ verb }));
    },
    what: 'The client at {client} wanted to transfer ({verb}) without encryption of the data; this tunnel demands it.',
    why: 'The login may be encrypted and the files not; those are two settings. The tunnel is set to --tls-data required.',
    webmaster: 'If data may travel in clear, set --tls-data optional.',
    tell: 'This server transfers files and listings encrypted only.',
    remedy: PROTECT_DATA,
  },
  {
    code: 'tls-not-offered',
    severity: 'error',
    side: 'relay',
    title: 'The program demands TLS, which is off at this tunnel',
    detect: (reading) => {
      const { closed } = reading;
      const refused = reading
        .all('refused')
        .filter(
          ({ verb, code, why }) => verb === 'AUTH' && why === 'tls-not-available' && code === 502,
        );
      const [first] = refused;
      // Programs that take TLS only where there is some go on in clear.
      if (first === undefined || closed?.by !== 'client') return undefined;
      if (reading.all('user').some(({ at }) => at >= first.at)) return undefined;
      return firstOf(refused, () => ({}));
    },
    what: 'The client at {client} asked for TLS (AUTH), was told that there is none, and left.',
    why: 'The tunnel is set to --tls off, and the program is set to log in with encryption only.',
    webmaster:
      'Switch TLS on: gangway tunnel update NAME --tls optional. It works for servers that know plain FTP only, too, as the relay speaks it with the client.',
    tell: 'Your program demands encryption, which this server does not offer at the moment. Until we switch it on, only a connection without encryption is possible.',
    remedy: USE_CLEAR,
  },
  {
    code: 'data-tls-not-offered',
    severity: 'error',
    side: 'relay',
    title: 'The program demands encrypted data, which is off at this tunnel',
    detect: (reading) => {
      const refused = reading
        .all('refused')
        .filter(({ verb, code }) => verb === 'PROT' && code === 534)
        .filter(({ at }) => reading.over && !reading.transferredAfter(at));
      return firstOf(refused, () => ({}));
    },
    what: 'The client at {client} asked for encrypted data connections (PROT P), was refused, and transferred nothing.',
    why: 'The tunnel is set to --tls-data off.',
    webmaster: 'Allow it: gangway tunnel update NAME --tls-data optional.',
    tell: 'Your program demands that files are encrypted, which this server does not offer at the moment.',
    remedy: CLEAR_DATA,
  },
  {
    code: 'data-tls-missing',
    severity: 'error',
    side: 'client',
    title: 'The program does not begin TLS on the data connection',
    detect: (reading) => {
      const failed = failedTls(reading).filter(
        ({ connection, trouble }) =>
          connection === 'data connection' &&
          (trouble === 'not-tls' || trouble === 'silent' || trouble === 'http'),
      );
      return firstOf(failed, ({ reason }) => ({ reason }));
    },
    what: 'The client at {client} asked for encrypted data (PROT P), but did not begin TLS on the data connection: {reason}.',
    why: 'In FTP the client begins TLS on every data connection, also in active mode. Some programs forget it in active mode (curl before 8.0 does), and some firewalls put themselves between.',
    webmaster: 'Nothing needs to be changed here. Passive mode helps programs with this fault.',
    tell: 'Your program asked for encrypted transfers but then sent the data without encryption. With a newer version of your program, or in passive mode, it works.',
    remedy: USE_PASSIVE,
  },
  {
    code: 'session-reuse-missing',
    severity: 'error',
    side: 'client',
    title: 'The data connection did not resume the TLS session',
    detect: (reading) => {
      const broken = reading.transfers.filter((one) => one.broken?.code === 'tls-not-resumed');
      return firstOf(broken, ({ verb }) => ({ verb }));
    },
    what: 'For {verb} the client at {client} opened an encrypted data connection that did not resume the TLS session of its control connection, as this tunnel demands.',
    why: 'Resuming proves that both connections belong to the same client. Some programs and libraries cannot do it.',
    webmaster:
      'If such programs are to be let in, switch it off: gangway tunnel update NAME --no-require-session-reuse.',
    tell: 'This server demands that transfers resume the encryption of the login (TLS session reuse), and your program did not.',
    remedy: RESUME_TLS,
  },
  {
    code: 'upload-unclosed',
    severity: 'warning',
    side: 'client',
    title: 'An encrypted upload ended without a proper close',
    detect: (reading) => firstOf(reading.all('unclosed'), () => ({})),
    what: 'The client at {client} ended an encrypted upload without saying that it was complete (close_notify). It was taken as complete.',
    why: 'Without that word nobody can tell the end of a file from a connection that was cut on the way. Many programs leave it out, so it is allowed by default.',
    webmaster:
      'Compare the size of the file. If all your users’ programs close properly, switch on --strict-close, which refuses such uploads.',
    tell: 'Please check the size of the file that you uploaded: your program did not say properly that it was complete.',
    remedy: NEWER_TLS,
  },
  {
    code: 'upload-truncated',
    severity: 'error',
    side: 'client',
    title: 'An encrypted upload was refused, as it may have been cut short',
    detect: (reading) => {
      const broken = reading.transfers.filter((one) => one.broken?.code === 'ERR_TLS_TRUNCATED');
      return firstOf(broken, ({ name }) => ({ name: shown(name) }));
    },
    what: 'The upload of {name} by the client at {client} ended without close_notify and was refused, as the tunnel’s --strict-close demands.',
    why: 'The connection was cut on the way, or the program is one of those that never say that a file is complete.',
    webmaster:
      'If it happens with one program each time, it is the program: switch --strict-close off, or let its users take another.',
    tell: 'Your upload of {name} ended in a way that may mean that it is not complete, so it was refused.',
    remedy: NEWER_TLS,
  },
  {
    code: 'pipelined-auth',
    severity: 'error',
    side: 'client',
    title: 'Commands in clear behind the switch to TLS',
    detect: (reading) => {
      const closed = reading.closedBy('pipelined-auth');
      return closed && { at: closed.at, facts: {} };
    },
    what: 'The client at {client} sent something in clear behind AUTH, before TLS had begun. The session was ended.',
    why: 'It is a way to slip commands into somebody else’s encrypted session (CVE-2011-1575). A program with a fault does it, too.',
    webmaster:
      'Nothing needs to be changed. If it is always the same user, his program is at fault.',
    tell: 'Your program, or somebody between you and the server, sent commands without encryption where encryption had to begin.',
    remedy: everybody(
      'Please install the newest version of your program, and try from another network.',
    ),
  },
];
