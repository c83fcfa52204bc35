import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { API_LIMITS } from '../../limits.ts';
import { HISTORY_LIMITS } from '../../watch-limits.ts';
import { csvHead, csvLine } from '../../history/csv.ts';
import type { HistoryStore, TransferHistoryFilter } from '../../store/history.ts';
import { pageOf, type Page } from '../../views/common.ts';
import { TransferView } from '../../views/sessions.ts';
import { failures } from '../answers.ts';
import { HistoryQuery } from './history.ts';

const Query = Type.Object(
  {
    ...HistoryQuery,
    user: Type.Optional(Type.String({ minLength: 1, maxLength: API_LIMITS.search })),
    direction: Type.Optional(Type.Enum(['download', 'upload'])),
    ok: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);

/** `/transfers`, also as a table for spreadsheets. */
export function transferRoutes(store: Pick<HistoryStore, 'transfers'>): FastifyPluginAsyncTypebox {
  return async (api) => {
    const list = {
      tags: ['transfers'],
      summary: 'Transfers that are over, the newest first',
      querystring: Query,
      response: { 200: pageOf(TransferView), ...failures },
    };
    api.get('/transfers', { schema: list }, ({ query }) => store.transfers(query));
    const table = {
      tags: ['transfers'],
      summary: `The same as CSV (RFC 4180), ${HISTORY_LIMITS.csvRows} rows at most`,
      querystring: Query,
      produces: ['text/csv'],
      response: { 200: Type.Unsafe<Readable>({ type: 'string' }), ...failures },
    };
    api.get('/transfers.csv', { schema: table }, async ({ query }, reply) => {
      // Before a byte of the table is sent, so that what is wrong with the question can still be said.
      const first = await store.transfers({ ...query, limit: API_LIMITS.pageItems });
      void reply
        .type('text/csv; charset=utf-8; header=present')
        .header('content-disposition', 'attachment; filename="transfers.csv"');
      return Readable.from(lines(store, query, first));
    });
  };
}

/** Page by page, as the reader takes them. */
async function* lines(
  store: Pick<HistoryStore, 'transfers'>,
  filter: TransferHistoryFilter,
  first: Page<TransferView>,
): AsyncGenerator<string> {
  yield csvHead();
  const limit = API_LIMITS.pageItems;
  let page = first;
  for (let rows = limit; ; rows += limit) {
    yield page.items.map(csvLine).join('');
    const { nextCursor: cursor } = page;
    if (cursor === null || rows >= HISTORY_LIMITS.csvRows) return;
    // The store answers at once: others have their turn between two pages.
    await nextTurn();
    page = await store.transfers({ ...filter, limit, cursor });
  }
}
