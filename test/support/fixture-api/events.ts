import type { FastifyInstance } from 'fastify';
import { Compile } from 'typebox/compile';
import { LiveEvents } from '../../../relay-server/views/live.ts';
import { pageOfList } from './answers.ts';
import type { FixtureState } from './state.ts';
import { foundSessions } from './tunnel-routes.ts';

/** The stream of events, with the page of sessions that its reader watches. */
export function eventRoute(api: FastifyInstance, state: FixtureState): void {
  const views = new Map(Object.entries(LiveEvents).map(([kind, view]) => [kind, Compile(view)]));
  api.get<{ Querystring: Record<string, string> }>('/events', (request, reply) => {
    const { query } = request;
    reply.hijack();
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const send = (kind: string, data: unknown): void => {
      if (views.get(kind)?.Check(data) !== true) throw new Error(`not a ${kind} event`);
      reply.raw.write(`event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`);
    };
    const tell = (kind: string, data: unknown): void => {
      if (kind !== 'watched') return send(kind, data);
      if (query['watch'] !== 'sessions') return undefined;
      const found = foundSessions(state, query);
      return send('sessions', { ...pageOfList(found, query), total: found.length });
    };
    send('tick', state.tick(true));
    tell('watched', undefined);
    state.events.on('event', tell);
    request.raw.once('close', () => state.events.off('event', tell));
  });
}
