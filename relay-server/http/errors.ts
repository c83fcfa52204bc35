import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { GangwayError } from '../../shared/errors.ts';

/** The one shape of every error the API answers. */
export const ErrorBody = Type.Object({
  error: Type.Object({
    code: Type.String(),
    message: Type.String(),
    remedy: Type.Optional(Type.String()),
  }),
});
export type ErrorBody = Static<typeof ErrorBody>;

/** HTTP status by error code; every other expected failure is a 400 (usage) or 409 (state). */
const STATUS: Readonly<Record<string, number>> = {
  unauthorized: 401,
  'login-refused': 401,
  'second-factor-required': 401,
  'login-over': 401,
  'login-reused': 401,
  'password-wrong': 403,
  'media-type-unsupported': 415,
  'https-required': 403,
  forbidden: 403,
  'password-change-required': 403,
  'foreign-origin': 403,
  'user-needed': 403,
  'code-unknown': 403,
  'code-used': 403,
  'code-expired': 403,
  'code-tunnel-deleted': 403,
  'route-unknown': 404,
  'tunnel-unknown': 404,
  'agent-unknown': 404,
  'user-unknown': 404,
  'token-unknown': 404,
  'login-unknown': 404,
  'doctor-run-unknown': 404,
  'session-unknown': 404,
  'ban-unknown': 404,
  'too-many-listeners': 503,
  'too-many-attempts': 429,
  'store-busy': 503,
  'login-busy': 503,
};

/** Codes for what Fastify refuses before a route sees it. */
const REFUSALS: Readonly<Record<number, string>> = {
  400: 'request-invalid',
  413: 'body-too-large',
  414: 'url-too-long',
  415: 'media-type-unsupported',
};

function statusOf(error: GangwayError): number {
  return STATUS[error.code] ?? (error.exitCode === 2 ? 400 : 409);
}

export function errorBody(code: string, message: string, remedy?: string): ErrorBody {
  return { error: { code, message, ...(remedy !== undefined && { remedy }) } };
}

/** Answers an error; what was not expected is logged in full and told to nobody. */
export async function answerError(
  error: FastifyError | GangwayError,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (error instanceof GangwayError) {
    return reply.code(statusOf(error)).send(errorBody(error.code, error.message, error.remedy));
  }
  const status = error.statusCode ?? 500;
  if (status >= 400 && status < 500) {
    return reply.code(status).send(errorBody(REFUSALS[status] ?? 'request-invalid', error.message));
  }
  request.log.error(
    { err: error, method: request.method, route: request.routeOptions.url },
    'request failed',
  );
  return reply
    .code(500)
    .send(errorBody('internal', 'the relay failed to do this; its log says why'));
}

/** Answers a path that does not exist. */
export async function answerUnknownRoute(
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const [path = ''] = request.url.slice(0, 200).split('?');
  return reply.code(404).send(errorBody('route-unknown', `there is no ${request.method} ${path}`));
}
