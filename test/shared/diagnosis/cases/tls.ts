import { Visit } from '../../../support/visits.ts';
import type { Case } from './case.ts';

const HEALTHY = new Visit()
  .tls()
  .ask('USER anna', 331)
  .command('PASS')
  .on({ type: 'logged-in', code: 230 })
  .answer('PASS', 230)
  .ask('PBSZ 0', 200)
  .ask('PROT P', 200)
  .passive()
  .arrive()
  .begin('RETR')
  .secured('data')
  .end('RETR')
  .quit();
/** TLS on the control connection comes to nothing. */
const failed = (reason: string, code = 'tls-failed'): Visit =>
  new Visit().greeted().ask('AUTH TLS', 234).closed(code, { reason });
/** TLS on a data connection comes to nothing. */
const dataFailed = (code: string, reason: string): Visit =>
  new Visit()
    .login()
    .passive()
    .arrive()
    .begin('STOR')
    .end('STOR', { code: 522, bytes: 0, broken: { by: 'client', code, reason } });
const IMPLICIT_PORT = { port: 990 };
const handshakeFailed = (reason: string): Visit =>
  new Visit(IMPLICIT_PORT).on({ type: 'handshake-failed', reason });

/** Findings about TLS with the client. */
export const TLS_CASES: readonly Case[] = [
  {
    code: 'certificate-refused',
    when: 'the client says that it does not know the issuer',
    visit: failed("the client does not trust the certificate's issuer"),
    facts: { connection: 'control connection' },
    unless: 'its TLS is too old',
    healthy: failed('the client speaks no TLS newer than 1.1; 1.2 is needed'),
  },
  {
    code: 'certificate-refused',
    when: 'in TLS 1.3 the alert comes behind the handshake',
    visit: new Visit()
      .tls()
      .closed('ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', { reason: 'TLS: tlsv1 alert unknown ca' }),
    unless: 'the session goes on',
    healthy: HEALTHY,
  },
  {
    code: 'certificate-refused',
    when: 'the client leaves after the handshake without a word, as lftp does',
    visit: new Visit()
      .tls()
      .command('CLNT', 'lftp/4.9.2')
      .command('USER', 'anna')
      .closed('ECONNRESET'),
    unless: 'the certificate is vouched for',
    healthy: new Visit().tls().command('USER', 'anna').closed('ECONNRESET'),
    healthyContext: { certificate: 'vouched' },
  },
  {
    code: 'certificate-refused',
    when: 'the client refuses it on the implicit port',
    visit: handshakeFailed('the client refuses the certificate'),
    unless: 'it sends nothing there',
    healthy: handshakeFailed('the client did not begin TLS in time'),
  },
  {
    code: 'tls-cut-at-handshake',
    when: 'the client closes in the handshake',
    visit: failed('the client closed the connection before TLS was agreed on'),
    unless: 'it refuses the certificate',
    healthy: failed('the client refuses the certificate'),
  },
  {
    code: 'tls-version',
    when: 'the client knows TLS 1.1 only',
    visit: failed('the client speaks no TLS newer than 1.1; 1.2 is needed'),
    unless: 'there is no common cipher',
    healthy: failed('the client knows none of the ciphers that are allowed'),
  },
  {
    code: 'tls-cipher',
    when: 'there is no common cipher',
    visit: failed('the client knows none of the ciphers that are allowed'),
    unless: 'all is well',
    healthy: HEALTHY,
  },
  {
    code: 'explicit-client-at-implicit-port',
    when: 'the client waits for a greeting',
    visit: handshakeFailed('the client did not begin TLS in time'),
    facts: { port: 990 },
    unless: 'it speaks TLS and refuses the certificate',
    healthy: handshakeFailed('the client refuses the certificate'),
  },
  {
    code: 'tls-required',
    when: 'the client logs in without it',
    visit: new Visit().greeted().refused('USER anna', 530, 'tls-required').quit(),
    facts: { verb: 'USER' },
    unless: 'the client then switches to TLS',
    healthy: new Visit()
      .greeted()
      .refused('USER anna', 530, 'tls-required')
      .ask('AUTH TLS', 234)
      .secured()
      .ask('USER anna', 331)
      .on({ type: 'logged-in', code: 230 })
      .quit(),
  },
  {
    code: 'tls-required',
    when: 'the tunnel behind a shared port wants it',
    visit: new Visit().on({ type: 'reception-failed', why: 'tls-required', user: 'anna@shop' }),
    unless: 'it is optional',
    healthy: new Visit().login().quit(),
  },
  {
    code: 'data-tls-required',
    when: 'the data is to go in clear',
    visit: new Visit().login().passive().refused('RETR a', 521, 'data-tls-required').quit(),
    facts: { verb: 'RETR' },
    unless: 'the client then encrypts it',
    healthy: new Visit().login().refused('PROT C', 521, 'data-tls-required').download().quit(),
  },
  {
    code: 'tls-not-offered',
    when: 'the client leaves as there is none',
    visit: new Visit().greeted().refused('AUTH TLS', 502, 'tls-not-available').closed(),
    unless: 'the client goes on in clear',
    healthy: new Visit()
      .greeted()
      .refused('AUTH TLS', 502, 'tls-not-available')
      .refused('AUTH SSL', 502, 'tls-not-available')
      .ask('USER anna', 331)
      .quit(),
  },
  {
    code: 'data-tls-not-offered',
    when: 'the client leaves as data is in clear',
    visit: new Visit().login().refused('PROT P', 534, 'tls-not-available').quit(),
    unless: 'the client transfers in clear',
    healthy: new Visit().login().refused('PROT P', 534, 'tls-not-available').download().quit(),
  },
  {
    code: 'data-tls-missing',
    when: 'the client sends the data in clear',
    visit: dataFailed('tls-failed', 'what the client sent is not TLS'),
    unless: 'it refuses the certificate',
    healthy: dataFailed('tls-failed', 'the client refuses the certificate'),
  },
  {
    code: 'session-reuse-missing',
    when: 'the tunnel wants sessions resumed',
    visit: dataFailed('tls-not-resumed', 'the client has not resumed the TLS session'),
    facts: { verb: 'STOR' },
    unless: 'it resumes them',
    healthy: HEALTHY,
  },
  {
    code: 'upload-unclosed',
    when: 'an upload ends without close_notify',
    visit: new Visit()
      .login()
      .passive()
      .arrive()
      .begin('STOR')
      .on({ type: 'unclosed' })
      .end('STOR'),
    unless: 'it ends with it',
    healthy: HEALTHY,
  },
  {
    code: 'upload-truncated',
    when: 'the tunnel refuses such an upload',
    visit: dataFailed('ERR_TLS_TRUNCATED', 'the TLS connection ended without close_notify'),
    facts: { name: 'report.pdf' },
    unless: 'the client breaks it off',
    healthy: dataFailed('ECONNRESET', 'the connection was reset'),
  },
  {
    code: 'pipelined-auth',
    when: 'commands come in clear behind AUTH',
    visit: new Visit().greeted().command('AUTH', 'TLS').closed('pipelined-auth'),
    unless: 'AUTH is alone',
    healthy: HEALTHY,
  },
];
