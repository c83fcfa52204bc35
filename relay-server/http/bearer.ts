import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GangwayError } from '../../shared/errors.ts';
import { API_LIMITS } from '../../shared/limits.ts';
import type { TokenStore } from '../store/store.ts';

/**
 * Lets a request pass that carries an API token or the local token.
 * @param localToken of the running relay; empty means that there is none.
 */
export function requireBearer(
  tokens: Pick<TokenStore, 'verify'>,
  localToken: string,
): (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  return async (request, reply) => {
    const given = bearer(request.headers.authorization);
    if (given !== undefined) {
      if (localToken !== '' && sameText(given, localToken)) return;
      if ((await tokens.verify(given)) !== undefined) return;
    }
    void reply.header('www-authenticate', 'Bearer realm="gangway"');
    throw new GangwayError('unauthorized', 'this needs a valid API token', {
      remedy:
        'Send "Authorization: Bearer TOKEN"; `gangway token create NAME` on the relay\'s machine makes one.',
    });
  };
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
