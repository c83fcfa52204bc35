import { isHarmless, type Command } from '../ftp/command.ts';
import type { Reply } from '../ftp/reply.ts';
import { GATEWAY_REPLIES } from './replies.ts';

/** What the gateway does with a command; everything it does not know passes to the server unchanged. */
export type Handling =
  | { do: 'forward' }
  | { do: 'transfer' }
  /** Forward, and break off the transfer that runs. */
  | { do: 'abort' }
  | { do: 'passive' }
  | { do: 'active' }
  /** The client's TLS: answered here, never by the server. */
  | { do: 'security' }
  | { do: 'answer'; reply: Reply }
  /** Answer and close the session. */
  | { do: 'hang-up'; reply: Reply };

const FORWARD: Handling = { do: 'forward' };
const ABORT: Handling = { do: 'abort' };
const TRANSFER: Handling = { do: 'transfer' };
const PASSIVE: Handling = { do: 'passive' };
const ACTIVE: Handling = { do: 'active' };
const SECURITY: Handling = { do: 'security' };

/** Commands about the TLS between client and gateway (RFC 4217). */
const SECURITY_VERBS: ReadonlySet<string> = new Set(['AUTH', 'PBSZ', 'PROT', 'CCC']);

/** Verbs that would move data past the gateway, promise what it cannot keep, or lie about who is here. */
const REFUSED: ReadonlyMap<string, () => Reply> = new Map([
  ['LPRT', GATEWAY_REPLIES.longAddress],
  ['LPSV', GATEWAY_REPLIES.longAddress],
  ['SPSV', GATEWAY_REPLIES.longAddress],
  ['CPSV', GATEWAY_REPLIES.serverToServer],
  ['SSCN', GATEWAY_REPLIES.serverToServer],
  // A PROXY header: a server that trusts the agent to send one would take the client for another.
  ['PROXY', GATEWAY_REPLIES.notACommand],
]);

/** FEAT lines that must not be promised, by their first word (RFC 2389). */
export const HIDDEN_FEATURES: ReadonlySet<string> = new Set([
  'AUTH',
  'PBSZ',
  'PROT',
  'CCC',
  'SSCN',
  'CPSV',
  'SPSV',
  'LPRT',
  'LPSV',
]);

/** FEAT lines that hold through the gateway whatever the server says. */
export const ADDED_FEATURES: readonly string[] = ['EPRT', 'EPSV', 'PASV'];

const TRANSFER_VERBS: ReadonlySet<string> = new Set([
  'RETR',
  'LIST',
  'NLST',
  'MLSD',
  'STOR',
  'STOU',
  'APPE',
]);

/**
 * First words of a browser's or a scanner's request. As the first line of a session they mean that
 * somebody is being used to send FTP commands he cannot see (ALPACA, cross-protocol POST).
 */
const FOREIGN_FIRST_WORDS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'OPTIONS',
  'CONNECT',
  'TRACE',
  'PATCH',
  'EHLO',
  'HELO',
  'RTSP',
]);

/** A verb is letters (RFC 959 §5.3.1); a few servers have some with digits, as XMD5 and XSHA1. */
const VERB = /^[A-Z][A-Z0-9]{1,11}$/;

/**
 * How a command is to be handled. `first` marks the first line of the session; a `readOnly` one passes
 * only what is known to change no file.
 */
export function handlingOf(command: Command, first: boolean, readOnly = false): Handling {
  const { verb } = command;
  if (first && FOREIGN_FIRST_WORDS.has(verb)) {
    return { do: 'hang-up', reply: GATEWAY_REPLIES.otherProtocol() };
  }
  if (!VERB.test(verb)) return { do: 'answer', reply: GATEWAY_REPLIES.notACommand() };
  if (readOnly && !isHarmless(verb, command.argument?.toString('latin1'))) {
    return { do: 'answer', reply: GATEWAY_REPLIES.readOnly(verb) };
  }
  if (verb === 'PASV' || verb === 'EPSV') return PASSIVE;
  if (verb === 'PORT' || verb === 'EPRT') return ACTIVE;
  if (TRANSFER_VERBS.has(verb)) return TRANSFER;
  if (verb === 'ABOR') return ABORT;
  if (SECURITY_VERBS.has(verb)) return SECURITY;
  const refusal = REFUSED.get(verb);
  return refusal === undefined ? FORWARD : { do: 'answer', reply: refusal() };
}
