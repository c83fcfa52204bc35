import type { Role } from '../views/access.ts';

/** Who makes a request, as far as it was proven. */
export interface Principal {
  /** `relay` is the relay itself, which makes no requests but changes things by its rules. */
  readonly kind: 'user' | 'token' | 'command-line' | 'relay';
  /** Of the user or the token. */
  readonly name: string;
  readonly role: Role;
  /** The address the request comes from. */
  readonly from: string;
  /** Id of the login or of the API token that proved it; absent where neither did. */
  readonly proof?: string;
}

/** Who changes the store beside a relay that does not run. */
export const COMMAND_LINE: Principal = {
  kind: 'command-line',
  name: 'command-line',
  role: 'admin',
  from: 'this machine',
};

/** What the relay does by itself. */
export const THE_RELAY: Principal = {
  kind: 'relay',
  name: 'relay',
  role: 'admin',
  from: 'this machine',
};

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every route but those for everybody. */
    principal: Principal;
  }
  interface FastifyContextConfig {
    /** Who may call the route; without it viewers may read (GET) and only admins change. */
    access?: Role | 'everybody';
    /** Open also to a user who has to choose a password before anything else. */
    beforePasswordChange?: true;
  }
}
