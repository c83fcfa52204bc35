import type { FastifyRequest } from 'fastify';
import type { AuditTrail, Change } from '../audit.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** Where routes of the API note changes, by {@link audited}. */
    audit: AuditTrail;
  }
}

/** Notes a change that a request has made, with who made it and from where. Call it once it is made. */
export function audited(request: FastifyRequest, change: Change): Promise<void> {
  return request.server.audit.record(change, request.principal);
}
