import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Admin } from '../../admin/admin.ts';
import type { AuditTrail } from '../../audit.ts';
import { ErrorBody } from '../errors.ts';

export interface AgentRotationOptions {
  readonly admin: Pick<Admin, 'rotateAgent'>;
  readonly audit?: AuditTrail | undefined;
}

const AgentParams = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) });
const failures = { '4xx': ErrorBody, '5xx': ErrorBody };

/** `POST /agents/:id/rotate`: another credential for an agent that is connected. */
export function agentRotationRoutes({
  admin,
  audit,
}: AgentRotationOptions): FastifyPluginAsyncTypebox {
  return async (api) => {
    api.post(
      '/agents/:id/rotate',
      {
        config: { access: 'admin' },
        schema: { params: AgentParams, response: { 204: Type.Null(), ...failures } },
      },
      async (request, reply) => {
        const { id } = request.params;
        await admin.rotateAgent(id);
        await audit?.record({ action: 'agent.rotate', target: id }, request.principal);
        return reply.code(204).send(null);
      },
    );
  };
}
