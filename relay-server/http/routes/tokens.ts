import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { creationKey, listPage } from '../../admin/list-page.ts';
import { CreateToken, TokenView } from '../../views/access.ts';
import { pageOf, PageQuery } from '../../views/common.ts';
import { CreatedToken } from '../../views/tunnels.ts';
import type { AdminOf } from '../api.ts';
import { Done, failures } from '../answers.ts';

const tags = ['tokens'];
const TokenParams = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) });

/** `/tokens`: API tokens, for scripts. */
export function tokenRoutes(adminOf: AdminOf): FastifyPluginAsyncTypebox {
  return async (api) => {
    const list = {
      tags,
      summary: 'API tokens in the order they were made',
      querystring: Type.Object(PageQuery, { additionalProperties: false }),
      response: { 200: pageOf(TokenView), ...failures },
    };
    api.get('/tokens', { schema: list }, async (request) =>
      listPage(await adminOf(request).access.listTokens(), creationKey, request.query),
    );
    const create = {
      tags,
      summary: 'Make an API token; it is shown once',
      body: CreateToken,
      response: { 201: CreatedToken, ...failures },
    };
    api.post('/tokens', { schema: create }, async (request, reply) =>
      reply.code(201).send(await adminOf(request).access.createToken(request.body)),
    );
    const revoke = {
      tags,
      summary: 'End an API token at once',
      params: TokenParams,
      response: { 204: Done, ...failures },
    };
    api.delete('/tokens/:id', { schema: revoke }, async (request, reply) => {
      await adminOf(request).access.revokeToken(request.params.id);
      return reply.code(204).send(null);
    });
  };
}
