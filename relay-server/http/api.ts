import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Admin } from '../admin/admin.ts';
import {
  AgentCode,
  ChangeTunnelRequest,
  CreatedToken,
  CreatedTunnel,
  CreateTunnel,
  DisplayName,
  RelayStatus,
  TunnelName,
  TunnelView,
} from '../views/tunnels.ts';
import { ErrorBody } from './errors.ts';

const failures = { '4xx': ErrorBody, '5xx': ErrorBody };
const TunnelParams = Type.Object({ name: TunnelName });
const AgentParams = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) });
const OneTunnel = Type.Object({ tunnel: TunnelView });
const Done = Type.Null();

/** `/api/v1`: administration. The caller guards it. */
export function apiRoutes(admin: Admin): FastifyPluginAsyncTypebox {
  return async (api) => {
    await api.register(tunnelRoutes(admin));
    api.get('/status', { schema: { response: { 200: RelayStatus, ...failures } } }, () =>
      admin.status(),
    );
    api.delete(
      '/agents/:id',
      { schema: { params: AgentParams, response: { 204: Done, ...failures } } },
      async (request, reply) => {
        await admin.revokeAgent(request.params.id);
        return reply.code(204).send(null);
      },
    );
    const NewToken = Type.Object({ name: DisplayName }, { additionalProperties: false });
    api.post(
      '/tokens',
      { schema: { body: NewToken, response: { 201: CreatedToken, ...failures } } },
      async (request, reply) => reply.code(201).send(await admin.createToken(request.body.name)),
    );
  };
}

function tunnelRoutes(admin: Admin): FastifyPluginAsyncTypebox {
  return async (api) => {
    const List = Type.Object({ tunnels: Type.Array(TunnelView) });
    api.get('/tunnels', { schema: { response: { 200: List, ...failures } } }, async () => ({
      tunnels: await admin.listTunnels(),
    }));
    api.post(
      '/tunnels',
      { schema: { body: CreateTunnel, response: { 201: CreatedTunnel, ...failures } } },
      async (request, reply) => reply.code(201).send(await admin.createTunnel(request.body)),
    );
    await api.register(oneTunnelRoutes(admin), { prefix: '/tunnels/:name' });
  };
}

function oneTunnelRoutes(admin: Admin): FastifyPluginAsyncTypebox {
  return async (api) => {
    const one = { params: TunnelParams, response: { 200: OneTunnel, ...failures } };
    api.get('/', { schema: one }, async (request) => ({
      tunnel: await admin.showTunnel(request.params.name),
    }));
    api.patch('/', { schema: { ...one, body: ChangeTunnelRequest } }, async (request) => {
      const { revision, ...changes } = request.body;
      const condition = revision === undefined ? {} : { revision };
      return { tunnel: await admin.updateTunnel(request.params.name, changes, condition) };
    });
    api.delete(
      '/',
      { schema: { params: TunnelParams, response: { 204: Done, ...failures } } },
      async (request, reply) => {
        await admin.deleteTunnel(request.params.name);
        return reply.code(204).send(null);
      },
    );
    api.post(
      '/agent-codes',
      { schema: { params: TunnelParams, response: { 201: AgentCode, ...failures } } },
      async (request, reply) => reply.code(201).send(await admin.agentCode(request.params.name)),
    );
  };
}
