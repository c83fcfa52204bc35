import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { API_LIMITS } from '../../limits.ts';
import { pageOf, PageQuery } from '../../views/common.ts';
import {
  AgentCode,
  ChangeTunnelRequest,
  CreatedTunnel,
  CreateTunnel,
  TunnelName,
  TunnelView,
} from '../../views/tunnels.ts';
import type { AdminOf } from '../api.ts';
import { Done, failures } from '../answers.ts';

const tags = ['tunnels'];
const TunnelParams = Type.Object({ name: TunnelName });
const OneTunnel = Type.Object({ tunnel: TunnelView });
const TunnelQuery = Type.Object(
  {
    ...PageQuery,
    q: Type.Optional(
      Type.String({
        maxLength: API_LIMITS.search,
        description: 'part of the name, host, port or FTP server',
      }),
    ),
  },
  { additionalProperties: false },
);

/** `/tunnels` and what belongs to one of them. */
export function tunnelRoutes(adminOf: AdminOf): FastifyPluginAsyncTypebox {
  return async (api) => {
    const list = {
      tags,
      summary: 'Tunnels by name',
      querystring: TunnelQuery,
      response: { 200: pageOf(TunnelView), ...failures },
    };
    api.get('/tunnels', { schema: list }, (request) =>
      adminOf(request).pageOfTunnels(request.query),
    );
    const create = {
      tags,
      summary: 'Make a tunnel and a code for its agent',
      body: CreateTunnel,
      response: { 201: CreatedTunnel, ...failures },
    };
    api.post('/tunnels', { schema: create }, async (request, reply) =>
      reply.code(201).send(await adminOf(request).createTunnel(request.body)),
    );
    await api.register(oneTunnelRoutes(adminOf));
  };
}

function oneTunnelRoutes(adminOf: AdminOf): FastifyPluginAsyncTypebox {
  return async (api) => {
    const one = { tags, params: TunnelParams, response: { 200: OneTunnel, ...failures } };
    api.get(
      '/tunnels/:name',
      { schema: { ...one, summary: 'A tunnel with its agents' } },
      async (request) => ({
        tunnel: await adminOf(request).showTunnel(request.params.name),
      }),
    );
    const change = { ...one, summary: 'Change a tunnel at once', body: ChangeTunnelRequest };
    api.patch('/tunnels/:name', { schema: change }, async (request) => {
      const { revision, ...changes } = request.body;
      const condition = revision === undefined ? {} : { revision };
      const { name } = request.params;
      return { tunnel: await adminOf(request).updateTunnel(name, changes, condition) };
    });
    const remove = {
      tags,
      summary: 'Delete a tunnel; its agents lose access',
      params: TunnelParams,
      response: { 204: Done, ...failures },
    };
    api.delete('/tunnels/:name', { schema: remove }, async (request, reply) => {
      await adminOf(request).deleteTunnel(request.params.name);
      return reply.code(204).send(null);
    });
    const code = {
      tags,
      summary: 'Make a code for one more agent',
      params: TunnelParams,
      response: { 201: AgentCode, ...failures },
    };
    api.post('/tunnels/:name/agent-codes', { schema: code }, async (request, reply) =>
      reply.code(201).send(await adminOf(request).agentCode(request.params.name)),
    );
  };
}
