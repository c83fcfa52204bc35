import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { GangwayError } from '../../../shared/errors.ts';
import { LIVE_LIMITS } from '../../watch-limits.ts';
import type { Journal } from '../../journal/journal.ts';
import type { News } from '../../live/news.ts';
import type { Series } from '../../live/series.ts';
import type { Ticker } from '../../live/ticker.ts';
import { Cursor, Millis } from '../../views/common.ts';
import { findingView } from '../../live/finding-view.ts';
import type { HistoryStore } from '../../store/history.ts';
import type { FindingView } from '../../views/findings.ts';
import { Overview, Sample } from '../../views/live.ts';
import { failures } from '../answers.ts';
import { EventStream } from '../event-stream.ts';

/** What the running relay has to tell while it happens. */
export interface LiveParts {
  readonly journal: Journal;
  readonly news: News;
  readonly series: Series;
  readonly ticker: Ticker;
  readonly history: Pick<HistoryStore, 'findings'>;
}

const Text = Type.String({ maxLength: 128 });
const DAY_SECONDS = 86_400;

const EventsQuery = Type.Object(
  {
    /** With it the live sessions of that page are told, too. */
    watch: Type.Optional(Type.Literal('sessions')),
    tunnel: Type.Optional(Text),
    q: Type.Optional(Text),
    cursor: Type.Optional(Cursor),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: LIVE_LIMITS.watched })),
  },
  { additionalProperties: false },
);

/** `GET /overview`, `/metrics/series` and `/events`: how things stand, and what is new. */
export function liveRoutes(live: LiveParts): FastifyPluginAsyncTypebox {
  return async (api) => {
    api.get(
      '/overview',
      {
        schema: {
          summary: 'How things stand',
          tags: ['live'],
          response: { 200: Overview, ...failures },
        },
      },
      async () => ({ tick: live.ticker.whole(), findings: await latestFindings(live) }),
    );
    seriesRoute(api, live);
    eventsRoute(api, live);
  };
}

/** Findings of the last day, the newest first, those of visits that go on among them. */
async function latestFindings({ journal, history }: LiveParts): Promise<FindingView[]> {
  const since = Date.now() - DAY_SECONDS * 1000;
  const kept = await history.findings({ since, limit: LIVE_LIMITS.findings });
  return [...journal.live.findings, ...kept.items]
    .toSorted((a, b) => b.at - a.at)
    .slice(0, LIVE_LIMITS.findings)
    .map(findingView);
}

type Api = Parameters<FastifyPluginAsyncTypebox>[0];

function seriesRoute(api: Api, { series }: LiveParts): void {
  const querystring = Type.Object(
    {
      since: Type.Optional(Millis),
      step: Type.Optional(
        Type.Integer({ minimum: 1, maximum: DAY_SECONDS, description: 'seconds' }),
      ),
    },
    { additionalProperties: false },
  );
  const Items = Type.Object({ items: Type.Array(Sample) });
  api.get(
    '/metrics/series',
    {
      schema: {
        summary: 'Sessions and throughput over time',
        tags: ['live'],
        querystring,
        response: { 200: Items, ...failures },
      },
    },
    (request) => {
      const { since = 0, step = 1 } = request.query;
      return { items: series.read(since, step) };
    },
  );
}

function eventsRoute(api: Api, { journal, news, ticker }: LiveParts): void {
  const streams = new Set<EventStream>();
  api.addHook('preClose', async () => {
    for (const stream of streams) stream.close();
  });
  api.get(
    '/events',
    {
      schema: {
        summary: 'What happens, as server-sent events',
        description:
          'Events: tick (once a second), sessions (the watched page, once a second), tunnel, transfer, ' +
          'finding (with ids, resumed by Last-Event-ID), resync (some were lost: read everything anew).',
        tags: ['live'],
        querystring: EventsQuery,
        response: {
          200: {
            description: 'goes on until either side ends it',
            content: { 'text/event-stream': { schema: Type.String() } },
          },
          ...failures,
        },
      },
    },
    (request, reply) => {
      if (streams.size >= LIVE_LIMITS.listeners) {
        throw new GangwayError('too-many-listeners', 'too many pages listen at once', {
          remedy: 'Close some of them.',
        });
      }
      const { watch, tunnel, q, cursor, limit = 50 } = request.query;
      const stream = new EventStream(reply);
      streams.add(stream);
      stream.onClose(() => streams.delete(stream));
      resume(stream, news, request.headers['last-event-id']);
      const range = { cursor, limit };
      let told = '';
      const stops = [
        news.listen(({ type, data, id }) => stream.send(type, data, id)),
        ticker.listen((tick) => {
          stream.send('tick', tick);
          if (watch === undefined) return;
          const page = JSON.stringify(journal.live.page({ tunnel, q }, range));
          if (page !== told) stream.send('sessions', page);
          told = page;
        }),
      ];
      // Whoever is signed out, disabled or revoked hears no more.
      const timer = setInterval(() => {
        const { identities } = request.server;
        identities.remains(request.principal).then(
          (remains) => {
            if (!remains) stream.close();
          },
          () => stream.close(),
        );
      }, LIVE_LIMITS.recheck);
      stream.onClose(() => {
        clearInterval(timer);
        for (const stop of stops) stop();
      });
    },
  );
}

/** What a page missed while it was away. */
function resume(stream: EventStream, news: News, lastId: string | string[] | undefined): void {
  if (typeof lastId !== 'string' || lastId === '') return;
  const missed = news.since(lastId);
  if (missed === undefined) stream.send('resync', '{}');
  for (const { type, data, id } of missed ?? []) stream.send(type, data, id);
}
