import type { Role } from '../views/access.ts';

/** Who makes a request, as far as it was proven. */
export interface Principal {
  readonly kind: 'user' | 'token' | 'command-line';
  /** Of the user or the token. */
  readonly name: string;
  readonly role: Role;
  /** The address the request comes from. */
  readonly from: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every route but those for everybody. */
    principal: Principal;
  }
  interface FastifyContextConfig {
    /** Who may call the route; without it viewers may read (GET) and only admins change. */
    access?: Role | 'everybody';
  }
}
