import type { FastifyInstance, FastifyRequest } from 'fastify';
import assert from 'node:assert/strict';
import { Type, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { GangwayError } from '../../../shared/errors.ts';
import type { Page } from '../../../relay-server/views/common.ts';

export type Values = Readonly<Record<string, string | undefined>>;
/** A request as the made-up routes see it. */
export interface Asked {
  readonly query: Values;
  readonly params: Values;
  readonly body: Readonly<Record<string, unknown>>;
}
/** Adds a route whose answers are what `view` says; anything else is a defect of the fixture and a 500. */
export type AddRoute = (
  line: `${'GET' | 'POST' | 'PATCH' | 'DELETE'} /${string}`,
  view: TSchema,
  answer: (asked: Asked) => unknown,
) => void;

export const Nothing = Type.Null();
/** For answers whose view is another part's. */
export const Anything = Type.Unknown();

/** For an error that is answered: its code decides the status, as in the relay. */
export function refusal(code: string, message: string, remedy?: string): GangwayError {
  return new GangwayError(code, message, { remedy });
}

export function routesOn(api: FastifyInstance): AddRoute {
  return (line, view, answer) => {
    const [method = '', url = ''] = line.split(' ');
    const compiled = Compile(view);
    api.route({
      method,
      url,
      handler: async (request, reply) => {
        const answered = await answer(asked(request));
        assert.ok(compiled.Check(answered ?? null), `${line} answered what its view does not have`);
        if (answered === undefined || answered === null) return reply.code(204).send(null);
        return reply.send(answered);
      },
    });
  };
}

function asked(request: FastifyRequest): Asked {
  const of = (value: unknown): Values => (value ?? {}) as Values;
  return {
    query: of(request.query),
    params: of(request.params),
    body: (request.body ?? {}) as Readonly<Record<string, unknown>>,
  };
}

/** The page of a list that a query asks for. */
export function pageOfList<T>(list: readonly T[], { cursor = '0', limit = '50' }: Values): Page<T> {
  const from = Number(cursor);
  const to = from + Number(limit);
  return { items: list.slice(from, to), nextCursor: to < list.length ? String(to) : null };
}

/** Those items whose fields hold what the query asks for, by equal names. */
export function matching<T extends object>(
  list: readonly T[],
  query: Values,
  names: readonly string[],
): T[] {
  return list.filter((item) =>
    names.every((name) => {
      const wanted = query[name];
      if (wanted === undefined || wanted === '') return true;
      return String((item as Record<string, unknown>)[name]).includes(wanted);
    }),
  );
}
