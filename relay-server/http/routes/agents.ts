import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { pageOf, PageQuery } from '../../views/common.ts';
import { TunnelAgentView, TunnelName } from '../../views/tunnels.ts';
import type { AdminOf } from '../api.ts';
import { Done, failures } from '../answers.ts';

const tags = ['agents'];
const AgentParams = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) });
const AgentQuery = Type.Object(
  { ...PageQuery, tunnel: Type.Optional(TunnelName) },
  { additionalProperties: false },
);

/** `/agents`. */
export function agentRoutes(adminOf: AdminOf): FastifyPluginAsyncTypebox {
  return async (api) => {
    const list = {
      tags,
      summary: 'Agents in the order they were enrolled, revoked ones included',
      querystring: AgentQuery,
      response: { 200: pageOf(TunnelAgentView), ...failures },
    };
    api.get('/agents', { schema: list }, (request) => adminOf(request).pageOfAgents(request.query));
    const revoke = {
      tags,
      summary: 'End the access of an agent at once and for good',
      params: AgentParams,
      response: { 204: Done, ...failures },
    };
    api.delete('/agents/:id', { schema: revoke }, async (request, reply) => {
      await adminOf(request).revokeAgent(request.params.id);
      return reply.code(204).send(null);
    });
    const rotate = {
      tags,
      summary: 'Give an agent that is connected another credential',
      params: AgentParams,
      response: { 204: Done, ...failures },
    };
    api.post('/agents/:id/rotate', { schema: rotate }, async (request, reply) => {
      await adminOf(request).rotateAgent(request.params.id);
      return reply.code(204).send(null);
    });
  };
}
