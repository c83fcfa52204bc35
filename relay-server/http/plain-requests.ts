import type { FastifyReply, FastifyRequest } from 'fastify';
import { BlockList, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { GangwayError } from '../../shared/errors.ts';
import { canonicalAddress, familyOf } from '../../shared/net/address.ts';
import { CHALLENGE_PATH } from '../certificates/http-proof.ts';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether a connection is neither encrypted nor within this machine, as the command line's is. */
export function isExposed(socket: Socket): boolean {
  if (socket instanceof TLSSocket) return false;
  const from = canonicalAddress(socket.remoteAddress ?? '');
  // One that is closed has no address any more.
  if (from === '') return true;
  if (from === canonicalAddress(socket.localAddress ?? '')) return false;
  return !LOOPBACK.check(from, `ipv${familyOf(from)}`);
}

/** Why an exposed request is refused where HTTPS is required. */
export const HTTPS_REQUIRED = {
  code: 'https-required',
  message: 'this relay is spoken to by HTTPS only',
  remedy: 'Use the same address with https:// (at the agent: --relay https://…).',
} as const;

/**
 * Sends browsers to HTTPS and refuses everybody else, whose request may hold secrets that were just sent
 * in clear. Authorities check names by plain HTTP and are let through.
 */
export async function refuseExposed(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (!isExposed(request.raw.socket) || request.url.startsWith(CHALLENGE_PATH)) return;
  const { host } = request;
  const isPage = request.method === 'GET' || request.method === 'HEAD';
  if (isPage && request.headers.authorization === undefined && HOST.test(host)) {
    await reply.redirect(`https://${host}${request.url}`, 308);
    return;
  }
  const { code, message, remedy } = HTTPS_REQUIRED;
  throw new GangwayError(code, message, { remedy });
}

const HOST = /^[A-Za-z0-9.-]{1,253}(?::\d{1,5})?$|^\[[0-9A-Fa-f:.]{2,45}\](?::\d{1,5})?$/;
