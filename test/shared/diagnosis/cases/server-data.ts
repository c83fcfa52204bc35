import { Visit } from '../../../support/visits.ts';
import type { Case } from './case.ts';

const BY_SERVER = { by: 'server' } as const;
const HEALTHY = new Visit().login().download().quit();
const setupFailed = (text: string): Visit =>
  new Visit()
    .login()
    .command('PASV')
    .on({ type: 'setup-failed', verb: 'PASV', text, why: 'server' })
    .answer('PASV', 425, text)
    .quit();
/** The server is in active mode, and its data connection does not come. */
const serverActive = (): Visit => new Visit().login().active(undefined, 'active');

/** Findings about what is between agent and FTP server. */
export const SERVER_DATA_CASES: readonly Case[] = [
  {
    code: 'server-wants-tls',
    when: 'vsftpd wants TLS before USER',
    visit: new Visit()
      .greeted()
      .ask('USER anna', 530, 'Non-anonymous sessions must use encryption.')
      .quit(),
    facts: { code: 530 },
    unless: 'it is the tunnel that wants it of the client',
    healthy: new Visit()
      .greeted()
      .refused('USER anna', 530, 'tls-required', 'TLS is required here: switch your client.')
      .quit(),
  },
  {
    code: 'server-wants-tls',
    when: 'Pure-FTPd takes no clear text',
    visit: new Visit()
      .greeted()
      .ask(
        'USER anna',
        421,
        'Sorry, cleartext sessions and weak ciphers are not accepted on this server.',
      )
      .closed('server-limit', BY_SERVER),
    unless: 'a file with such a name is missing',
    healthy: new Visit()
      .login()
      .ask('DELE tls-required.txt', 550, 'tls-required.txt: No such file')
      .quit(),
  },
  {
    code: 'server-wants-tls',
    when: 'ProFTPD wants TLS on the data connection',
    visit: new Visit()
      .login()
      .passive()
      .arrive()
      .command('LIST')
      .end('LIST', { code: 522, name: '', text: 'SSL/TLS required on the data channel' }),
    unless: 'the client failed at TLS with the relay',
    healthy: new Visit()
      .login()
      .passive()
      .arrive()
      .command('LIST')
      .end('LIST', {
        code: 522,
        name: '',
        broken: { by: 'client', code: 'tls-failed', reason: 'what the client sent is not TLS' },
        text: 'No TLS on the data connection: what the client sent is not TLS; nothing was transferred.',
      }),
  },
  {
    code: 'server-certificate-refused',
    when: 'the agent does not believe the server',
    visit: new Visit().opened().closed('server-certificate-refused', {
      ...BY_SERVER,
      reason: "the FTP server's certificate (ftp) is self-signed; pin it",
    }),
    facts: { reason: "the FTP server's certificate (ftp) is self-signed; pin it" },
    unless: 'the server refuses TLS',
    healthy: new Visit().opened().closed('server-tls-refused', BY_SERVER),
  },
  {
    code: 'server-tls-refused',
    when: 'the server refuses AUTH TLS of its agent',
    visit: new Visit().opened().closed('server-tls-refused', BY_SERVER),
    unless: 'its certificate is not believed',
    healthy: new Visit().opened().closed('server-certificate-refused', BY_SERVER),
  },
  {
    code: 'server-wants-session-reuse',
    when: 'vsftpd wants the session resumed',
    visit: new Visit().login().passive().arrive().begin('LIST', '').end('LIST', {
      code: 522,
      name: '',
      bytes: 0,
      text: 'SSL connection failed; session reuse required: see require_ssl_reuse option in vsftpd.conf man page',
    }),
    facts: { code: 522 },
    unless: 'it is the tunnel that wants it of the client',
    healthy: new Visit()
      .login()
      .passive()
      .arrive()
      .begin('LIST', '')
      .end('LIST', {
        code: 522,
        broken: { by: 'client', code: 'tls-not-resumed', reason: 'the client has not resumed' },
        text: 'The data connection must resume the TLS session of the control connection; switch it on.',
      }),
  },
  {
    code: 'server-passive-broken',
    when: 'the server names a port where nobody answers',
    visit: setupFailed('The FTP server does not answer on the data port it named: no answer.'),
    unless: 'the server refuses politely',
    healthy: setupFailed('Sorry, no ports available.'),
  },
  {
    code: 'server-refuses-data',
    when: 'the server refuses every way',
    visit: setupFailed('Sorry, no ports available.'),
    facts: { verb: 'PASV', text: 'Sorry, no ports available.' },
    unless: 'it agrees at the second try',
    healthy: new Visit()
      .login()
      .command('PASV')
      .on({ type: 'setup-failed', verb: 'PASV', text: 'Sorry, no ports available.', why: 'server' })
      .answer('PASV', 425, 'Sorry, no ports available.')
      .download()
      .quit(),
  },
  {
    code: 'agent-cannot-listen',
    when: 'the agent may not listen',
    visit: setupFailed("The agent cannot listen for the FTP server's data connection: EACCES."),
    unless: 'the server is at fault',
    healthy: setupFailed('The FTP server named no usable data port; it said: 227 hello'),
  },
  {
    code: 'server-cannot-reach-agent',
    when: 'the server never connects to its agent',
    visit: serverActive()
      .begin('RETR')
      .end('RETR', {
        code: 426,
        bytes: 0,
        broken: { by: 'server', code: 'never-came', reason: 'the FTP server never connected' },
      }),
    facts: { reason: 'the FTP server never connected' },
    unless: 'it does',
    healthy: serverActive().dialled().begin('RETR').end('RETR').quit(),
  },
  {
    code: 'server-cannot-reach-agent',
    when: 'the server says so itself',
    visit: serverActive()
      .command('RETR', 'a')
      .end('RETR', { code: 425, text: 'Failed to establish connection.' }),
    facts: { reason: 'Failed to establish connection.' },
    unless: 'it was to listen',
    healthy: HEALTHY,
  },
];
