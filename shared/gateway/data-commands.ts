import ipaddr from 'ipaddr.js';
import { parseEprtArgument, parsePortArgument, type HostPort } from '../ftp/address.ts';
import type { Command } from '../ftp/command.ts';
import type { Reply } from '../ftp/reply.ts';
import type { ClientMode } from './client-mode.ts';
import { GATEWAY_REPLIES } from './replies.ts';

/** What of a session decides whether a PASV, EPSV, PORT or EPRT is served. */
export interface SetupContext {
  /** The client's end of the control connection. */
  client: HostPort;
  /** Address family of the control connection. */
  family: 4 | 6;
  /** The client has sent EPSV ALL. */
  epsvAll: boolean;
  /** Whether an address other than the client's may be dialled (FXP); it is canonical. */
  fxp: (address: string) => boolean;
  /** Modes the tunnel allows its clients. */
  clientMode: ClientMode;
  /** Whether the client may be in the server's own network. */
  nearby: boolean;
}

/** Where to dial the client, or why not. */
/** `near` is the same client's address in the server's own network, if it may be there. */
export type ActiveRequest = { address: HostPort; near?: HostPort } | { refusal: Reply };

/** Well-known services live below; a data port there is somebody's mistake or an attack (RFC 2577 §3). */
const FIRST_DATA_PORT = 1024;

/** Addresses that mean something in their own network only, by the names of ipaddr.js. */
const INSIDE: ReadonlySet<string> = new Set([
  'private',
  'carrierGradeNat',
  'uniqueLocal',
  'linkLocal',
  'loopback',
  'unspecified',
]);

/** Those of them that a neighbour of the server may have. */
const OWN_NETWORK: ReadonlySet<string> = new Set(['private', 'uniqueLocal']);

/** Whether the client wants no other data commands than EPSV from now on (RFC 2428 §4). */
export function isEpsvAll(command: Command): boolean {
  return command.verb === 'EPSV' && argumentText(command) === 'ALL';
}

/** Why a PASV or EPSV, EPSV ALL included, is not served; undefined if it is. */
export function refusalOfPassive(command: Command, context: SetupContext): Reply | undefined {
  const { family, epsvAll, clientMode } = context;
  if (clientMode === 'active') return GATEWAY_REPLIES.passiveNotAllowed();
  if (command.verb === 'PASV') {
    if (epsvAll) return GATEWAY_REPLIES.epsvAllInForce('PASV');
    return family === 6 ? GATEWAY_REPLIES.noIpv4() : undefined;
  }
  const argument = argumentText(command);
  if (argument === '' || argument === 'ALL') return undefined;
  if (!/^\d{1,5}$/.test(argument)) return GATEWAY_REPLIES.badEpsvArgument();
  const asked = argument === '1' ? 4 : argument === '2' ? 6 : undefined;
  return asked === family ? undefined : GATEWAY_REPLIES.wrongFamily(family);
}

/**
 * Reads a PORT or EPRT. Only the client's own address is dialled, and those that are listed for FXP: a
 * gateway that dials whomever it is told to scans and attacks for others (RFC 2577 §3).
 */
export function parseActive(command: Command, context: SetupContext): ActiveRequest {
  const verb = command.verb === 'PORT' ? 'PORT' : 'EPRT';
  if (context.clientMode === 'passive') return { refusal: GATEWAY_REPLIES.activeNotAllowed() };
  if (context.epsvAll) return { refusal: GATEWAY_REPLIES.epsvAllInForce(verb) };
  const argument = command.argument ?? Buffer.alloc(0);
  const named = verb === 'PORT' ? parsePortArgument(argument) : parseEprtArgument(argument);
  if (named === undefined) return { refusal: GATEWAY_REPLIES.badActiveArgument(verb) };
  if (verb === 'PORT' && context.family === 6) return { refusal: GATEWAY_REPLIES.portOverIpv6() };
  const ownFamily = context.family === 4 ? 1 : 2;
  if ('unsupportedFamily' in named || ('family' in named && named.family !== ownFamily)) {
    return { refusal: GATEWAY_REPLIES.wrongFamily(context.family) };
  }
  if (named.port < FIRST_DATA_PORT) return { refusal: GATEWAY_REPLIES.privilegedPort(named.port) };
  const own = context.client.host;
  const host = ipaddr.process(named.host);
  if (host.toString() === ipaddr.process(own).toString()) {
    return { address: { host: own, port: named.port } };
  }
  if (context.fxp(host.toString())) return { address: { host: host.toString(), port: named.port } };
  if (context.nearby && OWN_NETWORK.has(host.range())) {
    const { port } = named;
    return { address: { host: own, port }, near: { host: host.toString(), port } };
  }
  const behindNat = INSIDE.has(host.range()) && !INSIDE.has(ipaddr.process(own).range());
  return {
    refusal: behindNat
      ? GATEWAY_REPLIES.clientBehindNat(host.toString(), own, context.clientMode)
      : GATEWAY_REPLIES.foreignAddress(host.toString(), own),
  };
}

function argumentText(command: Command): string {
  return command.argument?.toString('latin1').trim().toUpperCase() ?? '';
}
