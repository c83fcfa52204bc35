import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { API_LIMITS } from '../../limits.ts';
import type { AuditStore } from '../../store/access.ts';
import { AuditView } from '../../views/access.ts';
import { Millis, pageOf, PageQuery } from '../../views/common.ts';
import { failures } from '../answers.ts';

const Word = Type.String({ minLength: 1, maxLength: API_LIMITS.search });
const AuditQuery = Type.Object(
  {
    ...PageQuery,
    actor: Type.Optional(Word),
    action: Type.Optional(Word),
    target: Type.Optional(Word),
    since: Type.Optional(Millis),
    until: Type.Optional(Millis),
  },
  { additionalProperties: false },
);

/** `/audit`. */
export function auditRoutes(store: AuditStore): FastifyPluginAsyncTypebox {
  return async (api) => {
    const list = {
      tags: ['audit'],
      summary: 'Who changed what, from where, the newest first',
      querystring: AuditQuery,
      response: { 200: pageOf(AuditView), ...failures },
    };
    api.get('/audit', { schema: list }, (request) => store.page(request.query));
  };
}
