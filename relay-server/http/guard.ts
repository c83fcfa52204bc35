import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GangwayError } from '../../shared/errors.ts';
import { API_LIMITS } from '../../shared/limits.ts';
import type { TokenStore } from '../store/access.ts';
import type { Role } from '../views/access.ts';
import type { Principal } from './principal.ts';

export interface GuardOptions {
  readonly tokens: Pick<TokenStore, 'verify'>;
  /** Of the running relay, for the command line on its machine; empty means that there is none. */
  readonly localToken: string;
}

/**
 * Finds out who makes a request, and lets him do what his role allows: viewers read, admins change, but
 * for what a route says in `config.access`.
 */
export function guard(
  options: GuardOptions,
): (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  return async (request, reply) => {
    const access = accessOf(request);
    if (access === 'everybody') return;
    const principal = await principalOf(request, options);
    if (principal === undefined) {
      void reply.header('www-authenticate', 'Bearer realm="gangway"');
      throw unauthorized();
    }
    request.principal = principal;
    if (access === 'admin' && principal.role !== 'admin') throw forbidden(principal);
  };
}

/** Who may call a route. */
export function accessOf({
  method,
  routeOptions,
}: Pick<FastifyRequest, 'method' | 'routeOptions'>): Role | 'everybody' {
  const reads = method === 'GET' || method === 'HEAD';
  return routeOptions.config.access ?? (reads ? 'viewer' : 'admin');
}

async function principalOf(
  request: FastifyRequest,
  { tokens, localToken }: GuardOptions,
): Promise<Principal | undefined> {
  const given = bearer(request.headers.authorization);
  if (given === undefined) return undefined;
  const from = request.ip;
  if (localToken !== '' && sameText(given, localToken))
    return { kind: 'command-line', name: 'command-line', role: 'admin', from };
  const token = await tokens.verify(given);
  if (token === undefined) return undefined;
  return { kind: 'token', name: token.name, role: token.role, from, proof: token.id };
}

function bearer(header: string | undefined): string | undefined {
  if (header === undefined || header.length > API_LIMITS.secret) return undefined;
  return /^Bearer +(\S+)$/i.exec(header)?.[1];
}

/** Digests first, so that the comparison says nothing about length either. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function unauthorized(): GangwayError {
  return new GangwayError('unauthorized', 'this needs a login or a valid API token', {
    remedy:
      'Log in, or send "Authorization: Bearer TOKEN"; `gangway token create NAME` on the relay\'s machine makes one.',
  });
}

function forbidden({ name }: Principal): GangwayError {
  return new GangwayError('forbidden', `${name} may look, but change nothing`, {
    remedy: 'Ask an admin to do it, or to give you the role admin.',
  });
}
