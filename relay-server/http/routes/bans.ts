import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { isIP } from 'node:net';
import { Type, type Static } from 'typebox';
import { GangwayError } from '../../../shared/errors.ts';
import { API_LIMITS } from '../../limits.ts';
import { network, Networks } from '../../../shared/net/networks.ts';
import { banKey } from '../../admin/ban-admin.ts';
import { listPage } from '../../admin/list-page.ts';
import { BanView, CreateBan } from '../../views/access.ts';
import { pageOf, PageQuery } from '../../views/common.ts';
import { Done, failures } from '../answers.ts';
import type { AdminOf } from '../api.ts';

const tags = ['bans'];
const OneBan = Type.Object({ ban: BanView });
const BanQuery = Type.Object(
  {
    ...PageQuery,
    address: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: API_LIMITS.search,
        description: 'bans of this address, or of networks that are written like this',
      }),
    ),
    tunnel: Type.Optional(Type.String({ description: 'bans that hold there', maxLength: 64 })),
  },
  { additionalProperties: false },
);
const BanParams = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) });

/** `/bans`: who may not come. */
export function banRoutes(adminOf: AdminOf): FastifyPluginAsyncTypebox {
  return async (api) => {
    const list = {
      tags,
      summary: 'Bans in force, the newest first',
      querystring: BanQuery,
      response: { 200: pageOf(BanView), ...failures },
    };
    api.get('/bans', { schema: list }, async (request) => {
      const bans = await adminOf(request).bans.list();
      return listPage(bans.filter(meantBy(request.query)), banKey, request.query);
    });
    const create = {
      tags,
      summary: 'Ban an address or a network; its next connections are refused',
      body: CreateBan,
      response: { 201: OneBan, ...failures },
    };
    api.post('/bans', { schema: create }, async (request, reply) => {
      refuseOwn(request.body, request.principal.from);
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

function meantBy({ address, tunnel }: Static<typeof BanQuery>): (ban: BanView) => boolean {
  return (ban) =>
    (tunnel === undefined || ban.tunnel === null || ban.tunnel === tunnel) &&
    (address === undefined || isOf(ban, address));
}

function isOf(ban: BanView, address: string): boolean {
  if (isIP(address) !== 0) return new Networks([ban.network]).has(address);
  return ban.network.startsWith(address.toLowerCase());
}

/** Whoever bans his own address has most likely mistaken it for another. */
function refuseOwn({ network: text, force }: CreateBan, from: string): void {
  const parsed = network(text);
  if (force === true || !parsed.ok || !new Networks([parsed.value]).has(from)) return;
  throw new GangwayError(
    'ban-hits-yourself',
    `${parsed.value} has the address this request comes from (${from})`,
    { remedy: 'Ban less than that, or send "force": true (--force) if it is meant.' },
  );
}
