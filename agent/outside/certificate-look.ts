import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { PROBE_LIMITS } from '../../shared/limits.ts';
import { certificateFacts } from '../../shared/net/certificate-facts.ts';
import { trustedRoots } from '../../shared/net/trusted-roots.ts';
import type { AnswerOf, Probe } from '../../shared/proto/probes.ts';
import { Conversation, replyWords } from '../server-tls/conversation.ts';

/**
 * Begins TLS at a port as an FTP client does, and says which certificate is shown and whether this system
 * believes it.
 * @throws Error when it does not come so far
 */
export async function lookAtCertificate({
  address,
  port,
  begins,
  name,
}: Extract<Probe, { kind: 'tls' }>): Promise<AnswerOf<'tls'>> {
  const socket = connect({ host: address, port });
  socket.on('error', () => {});
  const late = AbortSignal.timeout(PROBE_LIMITS.greeting + PROBE_LIMITS.connect);
  // Whoever waits for a reply notices the end of the connection.
  late.addEventListener('abort', () => socket.destroy());
  try {
    await once(socket, 'connect', { signal: late });
    if (begins === 'explicit') await askForTls(socket);
    return shownBy(await secured(socket, name, late));
  } catch (error) {
    throw late.aborted ? new Error('no answer in time', { cause: error }) : error;
  } finally {
    socket.destroy();
  }
}

async function askForTls(socket: Socket): Promise<void> {
  const conversation = new Conversation(socket);
  const greeting = await conversation.reply(PROBE_LIMITS.greeting, 'the connection');
  if (greeting.code !== 220) throw new Error(`the greeting was ${replyWords(greeting)}`);
  const agreed = await conversation.ask('AUTH TLS');
  if (agreed.code !== 234) throw new Error(`AUTH TLS was answered ${replyWords(agreed)}`);
  conversation.leave();
}

async function secured(socket: Socket, name: string, late: AbortSignal): Promise<TLSSocket> {
  const isName = isIP(name) === 0;
  const tls = connectTls({
    socket,
    host: name,
    ...(isName && { servername: name }),
    ca: trustedRoots(undefined),
    // Looked at below: what is shown is to be told, whatever it is.
    rejectUnauthorized: false,
  });
  tls.on('error', () => {});
  await once(tls, 'secureConnect', { signal: late });
  return tls;
}

function shownBy(tls: TLSSocket): AnswerOf<'tls'> {
  const certificate = tls.getPeerX509Certificate();
  if (certificate === undefined) throw new Error('no certificate was shown');
  const { subject, issuer, names, notBefore, notAfter, fingerprint } =
    certificateFacts(certificate);
  return {
    kind: 'tls',
    refusedAs: tls.authorized ? null : String(tls.authorizationError).slice(0, 128),
    subject: subject.slice(0, 256),
    issuer: issuer.slice(0, 256),
    names: names.slice(0, 10).map((one) => one.slice(0, 253)),
    notBefore,
    notAfter,
    fingerprint,
    protocol: tls.getProtocol() ?? 'unknown',
  };
}
