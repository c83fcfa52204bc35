import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { encodeReply, isCompletion, isPreliminary, type Reply } from '../../shared/ftp/reply.ts';
import { AGENT_LIMITS } from '../../shared/limits.ts';
import { Conversation, replyWords } from './conversation.ts';
import { ServerTlsFault } from './fault.ts';
import { shakeHands } from './handshake.ts';
import type { ServerTlsPlan } from './plan.ts';
import type { Resumption } from './resumption.ts';

export interface NegotiationOptions {
  plan: ServerTlsPlan;
  /** Keeps the sessions of this control connection for its data connections. */
  resumption: Resumption;
  /** What the server is sent first, in clear. */
  preamble: Uint8Array;
  /** Gives it up; the promise then rejects with whatever was under way. */
  signal: AbortSignal;
  /** Hears what the relay is to read: replies before the greeting, and the greeting when all is done. */
  pass: (bytes: Buffer) => void;
}

/** READY in a greeting (RFC 959 §5.4). */
const READY = 220;
/** "Security data exchange complete" (RFC 2228): the next byte is TLS. */
const AGREED = 234;

/**
 * Agrees with the FTP server on TLS for a control connection and its data connections (RFC 4217 §4, §8,
 * §9), before the relay sends anything to it.
 * @param raw connected, made with `allowHalfOpen`
 * @returns the connection, not yet read; undefined if the server does not want to serve: its greeting said so
 *   and was passed on
 * @throws ServerTlsFault; the connection is for the caller to reset
 */
export async function negotiate(
  raw: Socket,
  options: NegotiationOptions,
): Promise<TLSSocket | undefined> {
  const { plan, preamble, pass } = options;
  if (preamble.length > 0) raw.write(preamble);
  let greeting: Reply | undefined;
  if (plan.how === 'explicit') {
    const inClear = new Conversation(raw);
    greeting = await greetingOf(inClear, pass);
    if (greeting.code !== READY) return undefined;
    await askForTls(inClear);
    inClear.leave();
  }
  const secured = await secure(raw, options);
  const conversation = new Conversation(secured);
  greeting ??= await greetingOf(conversation, pass);
  if (greeting.code !== READY) return undefined;
  await agreeOnData(conversation, plan.protectsData);
  conversation.leave();
  pass(encodeReply(greeting));
  return secured;
}

/** The greeting; one that is not 220 was passed on, and so was what says "wait". */
async function greetingOf(
  conversation: Conversation,
  pass: (bytes: Buffer) => void,
): Promise<Reply> {
  const until = performance.now() + AGENT_LIMITS.serverGreeting;
  for (;;) {
    const left = Math.max(Math.ceil(until - performance.now()), 1);
    const reply = await conversation.reply(left, 'our connection');
    if (reply.code !== READY) pass(encodeReply(reply));
    if (!isPreliminary(reply)) return reply;
  }
}

async function askForTls(conversation: Conversation): Promise<void> {
  const answer = await conversation.ask('AUTH TLS');
  if (answer.code === AGREED) return;
  throw new ServerTlsFault(
    'server-tls-refused',
    `the FTP server refuses AUTH TLS: ${replyWords(answer)}`,
    { remedy: 'switch TLS on there, or take --server-tls none or implicit' },
  );
}

/** PBSZ must come first (RFC 4217 §8); a server that has no use for it may say so. */
async function agreeOnData(conversation: Conversation, protect: boolean): Promise<void> {
  await conversation.ask('PBSZ 0');
  const [command, remedy] = protect
    ? ['PROT P', 'switch TLS for data on there, or take --server-data-tls off']
    : ['PROT C', 'take --server-data-tls required'];
  const answer = await conversation.ask(command);
  if (isCompletion(answer)) return;
  const what = `the FTP server refuses ${command}: ${replyWords(answer)}`;
  throw new ServerTlsFault('server-tls-refused', what, { remedy });
}

function secure(raw: Socket, options: NegotiationOptions): Promise<TLSSocket> {
  const { plan, resumption, signal } = options;
  return new Promise((resolve, reject) => {
    const limit = shakeHands(
      raw,
      { plan, resumption, of: 'control', signal },
      { secured: resolve, failed: reject },
    );
    limit();
  });
}
