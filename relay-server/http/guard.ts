import type { FastifyReply, FastifyRequest } from 'fastify';
import { GangwayError } from '../../shared/errors.ts';
import type { Role } from '../views/access.ts';
import type { Identities } from './identities.ts';
import type { Principal } from './principal.ts';
import { refuseForeign } from './same-origin.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** Who makes requests; for answers that last longer than his right to them. */
    identities: Identities;
  }
}

/**
 * Lets whoever makes a request do what his role allows: viewers read, admins change, but for what a route
 * says in `config`.
 */
export function guard(
  identities: Identities,
): (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  return async (request, reply) => {
    const { config } = request.routeOptions;
    const access = accessOf(request.method, config.access);
    if (access === 'everybody') return refuseForeign(request);
    const identity = await identities.of(request);
    if (identity === undefined) {
      void reply.header('www-authenticate', 'Bearer realm="gangway"');
      throw unauthorized();
    }
    if (identity.byCookie) refuseForeign(request);
    const { principal } = identity;
    request.principal = principal;
    if (identity.mustChangePassword && config.beforePasswordChange !== true)
      throw passwordChangeRequired();
    if (access === 'admin' && principal.role !== 'admin') throw forbidden(principal);
  };
}

/** Who may call a route. @param said in its configuration. */
export function accessOf(method: string, said: Role | 'everybody' | undefined): Role | 'everybody' {
  const reads = method === 'GET' || method === 'HEAD';
  return said ?? (reads ? 'viewer' : 'admin');
}

function unauthorized(): GangwayError {
  return new GangwayError('unauthorized', 'this needs a login or a valid API token', {
    remedy:
      'Log in, or send "Authorization: Bearer TOKEN"; `gangway token create NAME` on the relay\'s machine makes one.',
  });
}

function passwordChangeRequired(): GangwayError {
  return new GangwayError(
    'password-change-required',
    'choose a password of your own before anything else',
    { remedy: 'POST /api/v1/auth/password with the password you have and the one you choose.' },
  );
}

function forbidden({ name }: Principal): GangwayError {
  return new GangwayError('forbidden', `${name} may look, but change nothing`, {
    remedy: 'Ask an admin to do it, or to give you the role admin.',
  });
}
