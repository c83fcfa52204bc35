import { Visit } from '../../../support/visits.ts';
import type { Case } from './case.ts';

const speaking = (protocol: 'http' | 'ssh' | 'tls' | 'unknown'): Visit =>
  new Visit().opened().on({ type: 'other-protocol', protocol });

/** Findings about clients that speak something else. */
export const PROTOCOL_CASES: readonly Case[] = [
  {
    code: 'speaks-sftp',
    when: 'the client begins with SSH',
    visit: speaking('ssh').closed(),
    facts: { port: 21 },
    unless: 'it begins with HTTP',
    healthy: speaking('http').closed(),
  },
  {
    code: 'speaks-http',
    when: 'a browser comes',
    visit: speaking('http').closed('other-protocol'),
    unless: 'an FTP client comes',
    healthy: new Visit().login().quit(),
  },
  {
    code: 'speaks-http',
    when: 'a browser comes to the implicit port',
    visit: new Visit({ port: 990 }).on({
      type: 'handshake-failed',
      reason: 'what the client sent is not TLS but HTTP',
    }),
    unless: 'it is not HTTP',
    healthy: new Visit({ port: 990 }).on({
      type: 'handshake-failed',
      reason: 'what the client sent is not TLS',
    }),
  },
  {
    code: 'implicit-tls-at-explicit-port',
    when: 'the client begins TLS at once',
    visit: speaking('tls').on({ type: 'bad-line', fault: 'nul' }).closed('ECONNRESET'),
    unless: 'it asks for it with AUTH',
    healthy: new Visit().tls().ask('USER anna', 331).closed(),
  },
  {
    code: 'not-an-ftp-client',
    when: 'a scanner sends rubbish',
    visit: new Visit().greeted().on({ type: 'bad-line', fault: 'nul' }).closed('bad-lines'),
    unless: 'what it is is known',
    healthy: speaking('http').closed('other-protocol'),
  },
  {
    code: 'not-an-ftp-client',
    when: 'a mail program comes',
    visit: speaking('unknown').closed('other-protocol'),
    unless: 'a single line is garbled',
    healthy: new Visit().login().on({ type: 'bad-line', fault: 'bare-cr' }).quit(),
  },
];
