import type { Reading } from '../reading.ts';
import { detected, type CatalogueRow, type Detected } from '../row.ts';
import { everybody, TO_PLAIN, TO_RESUME, TO_TLS, withSteps } from '../steps.ts';
import type { DiagnosisContext } from '../record.ts';

/** Words by which a client says that it does not believe a certificate, in alerts and in our own texts. */
const REFUSES_CERTIFICATE = /certificate|UNKNOWN_CA|unknown ca/i;
const NO_COMMON_TLS = /no TLS newer|none of the ciphers|every version|cannot check this kind/i;
const ABOUT_TLS = /\b(TLS|SSL|AUTH|encrypt|secure|cleartext|plain ?text)/i;
const ABOUT_REUSE = /session (re)?use|session.*(resum|reus)|not resumed|reuse.*session/i;

/** How the control connection ended, if TLS on it was to blame. */
function tlsEnd(reading: Reading): { at: number; reason: string } | undefined {
  const closed = reading.last(
    'closed',
    ({ code, by }) => by === 'client' && (code === 'tls-failed' || /^ERR_(SSL|TLS)/.test(code)),
  );
  if (closed !== undefined)
    return { at: closed.at, reason: `${closed.event.reason} ${closed.event.code}` };
  const failed = reading.last('handshake-failed');
  return failed === undefined ? undefined : { at: failed.at, reason: failed.event.reason };
}

/** A client that ends the connection as soon as TLS stands has looked at the certificate and gone. */
function leftAfterHandshake(reading: Reading, context: DiagnosisContext): Detected | undefined {
  if (context.certificate === 'vouched') return undefined;
  const secured = reading.last('secured', ({ connection }) => connection === 'control');
  const closed = reading.last('closed', ({ by, code }) => by === 'client' && code !== 'quit');
  if (secured === undefined || closed === undefined) return undefined;
  // lftp sends USER along with the end of the handshake, before it has looked.
  const said = reading
    .all('command')
    .some(({ index, event }) => index > secured.index && event.verb !== 'USER');
  if (said) return undefined;
  const reason = 'it closed the connection as soon as it had seen the certificate';
  return { at: closed.at, facts: { reason, certificate: context.certificate } };
}

function refusal(
  reading: Reading,
  wanted: 'tls-required' | 'data-tls-required' | 'tls-not-available',
) {
  return reading.last('refused', ({ why }) => why === wanted);
}

/** Replies of the FTP server itself that refuse something. */
function serverSaid(reading: Reading, text: RegExp, codes: readonly number[]) {
  return (
    reading.last('login-failed', (event) => codes.includes(event.code) && text.test(event.text)) ??
    reading.last('answered', (event) => codes.includes(event.code) && text.test(event.text ?? ''))
  );
}

/** Encryption: between the client and the relay, and between the agent and the FTP server. */
export const TLS_ROWS: readonly CatalogueRow[] = [
  {
    code: 'tls-required',
    severity: 'error',
    side: 'client',
    title: 'The tunnel requires TLS and the client logs in without it',
    detect(reading) {
      const refused = refusal(reading, 'tls-required');
      const turned = reading.last('turned-away', ({ why }) => why === 'tls-required');
      return detected(refused ?? turned, { client: reading.record.client.host });
    },
    what: (say) => `${say('client')} wanted to log in without encryption and was refused.`,
    why: 'The policy of the tunnel asks for TLS, so that no password goes through the network in clear.',
    tellUser: withSteps('This server can be used with encryption only.', TO_TLS),
    webmaster:
      'If programs have to be served that know no TLS, set the policy "TLS" of the tunnel to "optional".',
  },
  {
    code: 'data-tls-required',
    severity: 'error',
    side: 'client',
    title: 'The tunnel requires encrypted transfers',
    detect(reading) {
      const refused = refusal(reading, 'data-tls-required');
      return detected(refused, { verb: refused?.event.verb ?? '' });
    },
    what: (say) =>
      `The client sent ${say('verb')} without having asked for encrypted transfers (PROT P).`,
    why: 'The policy of the tunnel asks for TLS on data connections, too; the client encrypts at most the login.',
    tellUser: withSteps(
      'On this server listings and files have to be encrypted as well as the login.',
      TO_TLS,
    ),
    webmaster:
      'If the program cannot do it, set the policy "TLS for data" of the tunnel to "optional".',
  },
  {
    code: 'tls-not-available',
    severity: 'error',
    side: 'relay',
    title: 'The client wants TLS, which is switched off at the tunnel',
    detect(reading) {
      const refused = refusal(reading, 'tls-not-available');
      if (refused === undefined || reading.has('logged-in')) return undefined;
      return detected(refused, { verb: refused.event.verb, text: refused.event.text });
    },
    what: (say) => `The client sent ${say('verb')} and was answered: ${say('text')}`,
    why: 'The policy of the tunnel says that TLS is off (or that data is not to be encrypted), and the client insists on it.',
    tellUser: withSteps('This server does not offer encryption at this address.', TO_PLAIN),
    webmaster: 'Set the policy "TLS" of the tunnel to "optional"; it works with every FTP server.',
  },
  {
    code: 'certificate-refused',
    severity: 'error',
    side: 'client',
    title: 'The client does not trust the certificate',
    detect(reading, context) {
      const end = tlsEnd(reading);
      if (end !== undefined && REFUSES_CERTIFICATE.test(end.reason)) {
        return { at: end.at, facts: { reason: end.reason, certificate: context.certificate } };
      }
      return leftAfterHandshake(reading, context);
    },
    what: (say) =>
      `TLS ended because of the client: ${say('reason')}. The certificate shown is ${say('certificate')}.`,
    why: "Programs believe a certificate that a known authority has issued for the name they connect to. One of the relay's own, one that has expired or one for another name makes them ask or give up.",
    tellUser: everybody(
      'Your FTP program does not know the certificate of this server. If it asks, please compare the fingerprint with the one we gave you and accept it permanently; otherwise please wait until we have installed another certificate. Please use the name we gave you, not an IP address.',
    ),
    webmaster:
      'Give the relay a certificate that clients know: --acme, or --tls-cert and --tls-key. It has to be for the name clients use. lftp refuses unknown ones unless told "set ssl:verify-certificate no".',
  },
  {
    code: 'tls-no-common-version',
    severity: 'error',
    side: 'client',
    title: 'The client speaks no TLS that is still safe',
    detect(reading) {
      const end = tlsEnd(reading);
      if (end === undefined || !NO_COMMON_TLS.test(end.reason)) return undefined;
      return { at: end.at, facts: { reason: end.reason } };
    },
    what: (say) => `TLS did not come about: ${say('reason')}.`,
    why: 'The relay speaks TLS 1.2 and 1.3. Older versions are broken, and are not offered.',
    tellUser: everybody(
      'Your FTP program is too old for the encryption this server uses. Please install its current version, or use FileZilla or WinSCP.',
    ),
    webmaster:
      'Nothing should be changed here. A device that cannot be updated can use the tunnel without TLS if its policy allows it.',
  },
  {
    code: 'tls-handshake-failed',
    severity: 'error',
    side: 'client',
    title: 'TLS with the client did not come about',
    detect(reading) {
      const end = tlsEnd(reading);
      if (end === undefined || REFUSES_CERTIFICATE.test(end.reason)) return undefined;
      if (NO_COMMON_TLS.test(end.reason) || /not TLS/.test(end.reason)) return undefined;
      return { at: end.at, facts: { reason: end.reason } };
    },
    what: (say) => `TLS did not come about: ${say('reason')}.`,
    why: 'The client ended the connection before TLS was agreed on: often because of the certificate, sometimes because a program in between inspects traffic.',
    tellUser: everybody(
      'The encrypted connection did not come about. Please install the current version of your FTP program, and check whether a security program on your side inspects encrypted traffic.',
    ),
    webmaster: "If it happens to many, look at the relay's certificate (gangway status).",
  },
  {
    code: 'data-tls-failed',
    severity: 'error',
    side: 'client',
    title: 'TLS on the data connection did not come about',
    detect(reading) {
      const ended = reading.last('transfer-ended', ({ broken }) => broken?.code === 'tls-failed');
      return detected(ended, { reason: ended?.event.broken?.reason ?? '' });
    },
    what: (say) =>
      `The control connection is encrypted, the data connection could not be: ${say('reason')}.`,
    why: 'The client asked for encrypted transfers (PROT P) and did not begin TLS on the data connection. Some programs do so in active mode; curl before version 8 does.',
    tellUser: everybody(
      'The encryption of your transfer did not come about. Please install the current version of your FTP program and use passive mode.',
    ),
    webmaster: 'Nothing has to be changed here.',
  },
  {
    code: 'session-reuse-demanded',
    severity: 'error',
    side: 'client',
    title: 'The tunnel demands TLS session resumption',
    detect(reading) {
      const ended = reading.last(
        'transfer-ended',
        ({ broken }) => broken?.code === 'tls-not-resumed',
      );
      return detected(ended, { client: reading.record.client.host });
    },
    what: (say) =>
      `The data connection of ${say('client')} did not resume the TLS session of its control connection.`,
    why: 'The policy of the tunnel wants each data connection to prove that it belongs to the login by resuming its TLS session. Not every program can.',
    tellUser: withSteps(
      'This server wants transfers to resume the TLS session of the login.',
      TO_RESUME,
    ),
    webmaster: 'If such programs have to be served, switch the policy "require session reuse" off.',
  },
  {
    code: 'server-session-reuse',
    severity: 'error',
    side: 'server',
    title: 'The FTP server demands TLS session resumption of the agent',
    detect(reading) {
      const answered = reading.last(
        'answered',
        ({ code, text = '' }) => (code === 522 || code === 425) && ABOUT_REUSE.test(text),
      );
      const own = reading.last(
        'transfer-ended',
        ({ broken }) => broken?.code === 'tls-not-resumed',
      );
      if (own !== undefined || answered === undefined) return undefined;
      return detected(answered, { text: answered.event.text ?? '' });
    },
    what: (say) => `The FTP server said: ${say('text')}`,
    why: 'The server did not recognise the TLS session of its data connection. The agent resumes sessions; a server that forgets them early, or a balancer in front of several servers, defeats that.',
    tellUser: everybody(
      'The FTP server has a problem with encrypted transfers; we are looking after it.',
    ),
    webmaster:
      'Restart the agent with the current version. If it stays so, switch the demand off at the server (vsftpd: require_ssl_reuse=NO, ProFTPD: TLSOptions NoSessionReuseRequired), or use --server-data-tls off.',
  },
  {
    code: 'server-wants-tls',
    severity: 'error',
    side: 'server',
    title: 'The FTP server itself wants TLS from the agent',
    detect(reading) {
      const said = serverSaid(reading, ABOUT_TLS, [421, 521, 522, 530, 534, 550]);
      if (said === undefined || ABOUT_REUSE.test(said.event.text ?? '')) return undefined;
      // What the gateway words itself is told as a refusal as well.
      const text = said.event.text ?? '';
      if (reading.has('refused') && reading.last('refused', (own) => own.text.includes(text))) {
        return undefined;
      }
      return detected(said, { text });
    },
    what: (say) => `The FTP server said: ${say('text')}`,
    why: 'The server takes logins over TLS only, and the agent speaks plain FTP with it.',
    tellUser: everybody('There is a problem with the server; we are looking after it.'),
    webmaster: 'Start the agent with --server-tls explicit (or implicit for a server at port 990).',
  },
  {
    code: 'server-certificate-refused',
    severity: 'error',
    side: 'agent',
    title: "The agent does not trust the FTP server's certificate",
    detect(reading) {
      const closed = reading.last('closed', ({ code }) => code === 'server-certificate-refused');
      return detected(closed, { reason: closed?.event.reason ?? '' });
    },
    what: (say) => `The agent broke off: ${say('reason')}`,
    why: 'The server shows a certificate that no authority vouches for, that has changed or that is for another name.',
    tellUser: everybody('There is a problem with the server; we are looking after it.'),
    webmaster:
      'Compare the certificate with what the server should have. Then start the agent with --server-fingerprint SHA256 of it, or with --server-ca FILE.',
  },
  {
    code: 'server-tls-refused',
    severity: 'error',
    side: 'server',
    title: 'TLS between the agent and the FTP server does not come about',
    detect(reading) {
      const closed = reading.last('closed', ({ code }) => code === 'server-tls-refused');
      return detected(closed, { reason: closed?.event.reason ?? '' });
    },
    what: (say) => `The agent could not agree on TLS with the FTP server: ${say('reason')}`,
    why: 'The agent is told to speak TLS with a server that does not offer it, or not as told.',
    tellUser: everybody('There is a problem with the server; we are looking after it.'),
    webmaster:
      'Check --server-tls at the agent: explicit is for AUTH TLS at port 21, implicit for port 990, none for a server without TLS.',
  },
];
