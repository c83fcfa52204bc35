import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { listPage } from '../../admin/list-page.ts';
import { BanView, CreateBan } from '../../views/access.ts';
import { pageOf, PageQuery } from '../../views/common.ts';
import { Done, failures } from '../answers.ts';
import type { AdminOf } from '../api.ts';
import { banKey } from '../../admin/ban-admin.ts';

const tags = ['bans'];
const OneBan = Type.Object({ ban: BanView });
const BanParams = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) });

/** `/bans`: who may not come. */
export function banRoutes(adminOf: AdminOf): FastifyPluginAsyncTypebox {
  return async (api) => {
    const list = {
      tags,
      summary: 'Bans in force, the newest first',
      querystring: Type.Object(PageQuery, { additionalProperties: false }),
      response: { 200: pageOf(BanView), ...failures },
    };
    api.get('/bans', { schema: list }, async (request) =>
      listPage(await adminOf(request).bans.list(), banKey, request.query),
    );
    const create = {
      tags,
      summary: 'Ban an address or a network; its next connections are refused',
      body: CreateBan,
      response: { 201: OneBan, ...failures },
    };
    api.post('/bans', { schema: create }, async (request, reply) => {
      const ban = await adminOf(request).bans.add(request.body);
      return reply.code(201).send({ ban });
    });
    const lift = {
      tags,
      summary: 'Lift a ban at once',
      params: BanParams,
      response: { 204: Done, ...failures },
    };
    api.delete('/bans/:id', { schema: lift }, async (request, reply) => {
      await adminOf(request).bans.remove(request.params.id);
      return reply.code(204).send(null);
    });
  };
}
