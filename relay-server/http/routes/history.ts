import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { CATALOGUE } from '../../../shared/diagnosis/catalogue/all.ts';
import { catalogueText } from '../../../shared/diagnosis/explain.ts';
import { API_LIMITS } from '../../limits.ts';
import { findingView } from '../../live/finding-view.ts';
import type { HistoryStore } from '../../store/history.ts';
import { Millis, pageOf, PageQuery } from '../../views/common.ts';
import { CatalogueEntry, FindingView } from '../../views/findings.ts';
import { OUTCOMES, PastSession } from '../../views/sessions.ts';
import { failures } from '../answers.ts';

const Text = Type.String({ minLength: 1, maxLength: API_LIMITS.search });

/** What every list of history can be narrowed to. */
export const HistoryQuery = {
  ...PageQuery,
  tunnel: Type.Optional(Text),
  address: Type.Optional(Text),
  since: Type.Optional(Millis),
  until: Type.Optional(Millis),
};

/** `/history` and `/findings`: who came, and what was found. */
export function historyRoutes(store: HistoryStore): FastifyPluginAsyncTypebox {
  return async (api) => {
    const Sessions = Type.Object(
      {
        ...HistoryQuery,
        user: Type.Optional(Text),
        /** `failed`: every one but `ok`. */
        outcome: Type.Optional(Type.Enum([...OUTCOMES, 'failed'] as const)),
      },
      { additionalProperties: false },
    );
    const sessions = {
      tags: ['history'],
      summary: 'Sessions that are over and attempts that led to none, the newest first',
      querystring: Sessions,
      response: { 200: pageOf(PastSession), ...failures },
    };
    api.get('/history', { schema: sessions }, ({ query }) => store.sessions(query));
    const Findings = Type.Object(
      { ...HistoryQuery, code: Type.Optional(Text), session: Type.Optional(Text) },
      { additionalProperties: false },
    );
    const findings = {
      tags: ['findings'],
      summary: 'What was found in sessions that are over, the newest first',
      querystring: Findings,
      response: { 200: pageOf(FindingView), ...failures },
    };
    api.get('/findings', { schema: findings }, async ({ query }) => {
      const page = await store.findings(query);
      return { ...page, items: page.items.map(findingView) };
    });
    const catalogue = {
      tags: ['findings'],
      summary: 'Everything that can be found, with what to tell users of each program',
      response: { 200: Type.Object({ items: Type.Array(CatalogueEntry) }), ...failures },
    };
    api.get('/findings/catalogue', { schema: catalogue }, () => ({
      items: CATALOGUE.map(catalogueText),
    }));
  };
}
