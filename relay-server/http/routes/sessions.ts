import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { GangwayError } from '../../../shared/errors.ts';
import { explain } from '../../../shared/diagnosis/explain.ts';
import type { Finding } from '../../../shared/diagnosis/finding.ts';
import type { ClientProgram } from '../../../shared/diagnosis/programs.ts';
import type { SessionRecord } from '../../../shared/diagnosis/record.ts';
import { timeline } from '../../../shared/diagnosis/timeline.ts';
import { API_LIMITS } from '../../limits.ts';
import type { Journal } from '../../journal/journal.ts';
import { sessionView } from '../../journal/live-sessions.ts';
import type { PastVisit } from '../../store/history.ts';
import { Cursor, orNull, PageQuery } from '../../views/common.ts';
import { SessionStory, SessionView } from '../../views/sessions.ts';
import { Done, failures } from '../answers.ts';
import { audited } from '../audited.ts';

export interface SessionParts {
  readonly journal: Journal;
  readonly pastVisit: (id: string) => Promise<PastVisit | undefined>;
}

const tags = ['sessions'];
const Text = Type.String({ maxLength: 128 });
const OneSession = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) });
const List = Type.Object({
  total: Type.Integer(),
  items: Type.Array(SessionView),
  nextCursor: orNull(Type.String()),
});
const Query = Type.Object(
  {
    tunnel: Type.Optional(Text),
    q: Type.Optional(Text),
    cursor: Type.Optional(Cursor),
    limit: PageQuery.limit,
  },
  { additionalProperties: false },
);

/** `/sessions`: who is there now, the story of a visit, and ending one. */
export function sessionRoutes({ journal, pastVisit }: SessionParts): FastifyPluginAsyncTypebox {
  return async (api) => {
    api.get(
      '/sessions',
      {
        schema: {
          summary: 'Live sessions',
          tags,
          querystring: Query,
          response: { 200: List, ...failures },
        },
      },
      (request) => {
        const { tunnel, q, cursor, limit = API_LIMITS.pageDefault } = request.query;
        return journal.live.page({ tunnel, q }, { cursor, limit });
      },
    );
    api.get(
      '/sessions/:id',
      {
        schema: {
          summary: 'What happened in a session, live or past',
          tags,
          params: OneSession,
          response: { 200: SessionStory, ...failures },
        },
      },
      async ({ params }) =>
        (await story(journal, pastVisit, params.id)) ?? unknownSession(params.id),
    );
    api.delete(
      '/sessions/:id',
      {
        schema: {
          summary: 'End a live session now',
          tags,
          params: OneSession,
          response: { 204: Done, ...failures },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const visit = journal.live.get(id);
        if (visit?.source === undefined) return unknownSession(id);
        const before = sessionView(visit);
        visit.source.kill('ended by an administrator');
        await audited(request, { action: 'session.kill', target: id, before });
        return reply.code(204).send(null);
      },
    );
  };
}

async function story(
  journal: Journal,
  pastVisit: SessionParts['pastVisit'],
  id: string,
): Promise<SessionStory | undefined> {
  const live = journal.live.get(id);
  if (live !== undefined) {
    const { record, findings, recognised } = live;
    const told = { live: sessionView(live), past: null };
    return { ...told, ...words(record, [...findings.values()], recognised.program) };
  }
  const found = await pastVisit(id);
  if (found === undefined) return undefined;
  const { past, record, findings } = found;
  return { live: null, past, ...words(record, findings, past.program) };
}

function words(
  record: SessionRecord,
  findings: readonly Finding[],
  program: ClientProgram,
): Pick<SessionStory, 'timeline' | 'omitted' | 'findings'> {
  return {
    timeline: [...timeline(record)],
    omitted: record.omitted,
    findings: findings.map((finding) => ({ ...explain(finding, program), at: finding.at })),
  };
}

function unknownSession(id: string): never {
  throw new GangwayError('session-unknown', `there is no session ${id.slice(0, 64)}`, {
    remedy:
      'It may be over and its record deleted; the list of live sessions shows those there are.',
  });
}
