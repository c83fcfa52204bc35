import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import type { Admin } from '../admin/admin.ts';
import { AuditedAdmin } from '../admin/audited-admin.ts';
import type { AuditTrail } from '../audit.ts';
import type { AccountAccess } from '../access/account-access.ts';
import type { Store } from '../store/store.ts';
import { openApiRoute } from './openapi.ts';
import { agentRoutes } from './routes/agents.ts';
import { auditRoutes } from './routes/audit.ts';
import { authRoutes } from './routes/auth.ts';
import { banRoutes } from './routes/bans.ts';
import { historyRoutes } from './routes/history.ts';
import { ownAccountRoutes } from './routes/own-account.ts';
import { statusRoutes } from './routes/status.ts';
import { tokenRoutes } from './routes/tokens.ts';
import { transferRoutes } from './routes/transfers.ts';
import { tunnelRoutes } from './routes/tunnels.ts';
import { userRoutes } from './routes/users.ts';

export interface ApiOptions {
  readonly admin: Admin;
  readonly audit: AuditTrail;
  readonly access: AccountAccess;
  readonly store: Pick<Store, 'audit' | 'history'>;
}

/** Administration in the name of whoever makes a request. */
export type AdminOf = (request: FastifyRequest) => Admin;

/** `/api/v1`: administration. The caller guards it. */
export function apiRoutes(options: ApiOptions): FastifyPluginAsyncTypebox {
  return async (api) => {
    const { admin, audit, access, store } = options;
    const adminOf: AdminOf = ({ principal }) => new AuditedAdmin(admin, audit, principal);
    await api.register(authRoutes(access), { prefix: '/auth' });
    await api.register(ownAccountRoutes(access), { prefix: '/auth' });
    await api.register(userRoutes(adminOf));
    await api.register(tokenRoutes(adminOf));
    await api.register(auditRoutes(store.audit));
    await api.register(banRoutes(adminOf));
    await api.register(historyRoutes(store.history));
    await api.register(transferRoutes(store.history));
    await api.register(tunnelRoutes(adminOf));
    await api.register(agentRoutes(adminOf));
    await api.register(statusRoutes(adminOf));
    await api.register(openApiRoute);
  };
}
