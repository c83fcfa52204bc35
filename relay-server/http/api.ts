import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import type { Admin } from '../admin/admin.ts';
import { AuditedAdmin } from '../admin/audited-admin.ts';
import type { AuditTrail } from '../audit.ts';
import { agentRoutes } from './routes/agents.ts';
import { statusRoutes } from './routes/status.ts';
import { tokenRoutes } from './routes/tokens.ts';
import { tunnelRoutes } from './routes/tunnels.ts';

export interface ApiOptions {
  readonly admin: Admin;
  readonly audit: AuditTrail;
}

/** Administration in the name of whoever makes a request. */
export type AdminOf = (request: FastifyRequest) => Admin;

/** `/api/v1`: administration. The caller guards it. */
export function apiRoutes({ admin, audit }: ApiOptions): FastifyPluginAsyncTypebox {
  return async (api) => {
    const adminOf: AdminOf = ({ principal }) => new AuditedAdmin(admin, audit, principal);
    await api.register(tunnelRoutes(adminOf));
    await api.register(agentRoutes(adminOf));
    await api.register(tokenRoutes(adminOf));
    await api.register(statusRoutes(adminOf));
  };
}
