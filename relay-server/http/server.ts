import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import { fastify, LogController } from 'fastify';
import type { FastifyInstance } from 'fastify';
import type { Socket } from 'node:net';
import type {
  FastifyPluginAsyncTypebox,
  TypeBoxTypeProvider,
} from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { API_LIMITS } from '../limits.ts';
import type { Logger } from '../../shared/log.ts';
import { accountAccess, type AccountAccess } from '../access/account-access.ts';
import type { Admin } from '../admin/admin.ts';
import { CHALLENGE_PATH, type HttpProof } from '../certificates/http-proof.ts';
import type { Enrol } from '../admin/enrol.ts';
import { auditTrail } from '../audit.ts';
import type { MetricsText } from '../metrics/listener.ts';
import type { Store } from '../store/store.ts';
import { apiRoutes } from './api.ts';
import { dashboardRoutes } from './dashboard.ts';
import { guard } from './guard.ts';
import { Identities } from './identities.ts';
import { readQuery } from './query-values.ts';
import { enrolRoute } from './enrol-route.ts';
import { answerError, answerUnknownRoute, errorBody } from './errors.ts';
import { describeApi } from './openapi.ts';
import { refuseExposed } from './plain-requests.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

export interface HttpOptions {
  readonly admin: Admin;
  readonly store: Pick<Store, 'history' | 'tokens' | 'audit' | 'users' | 'logins'>;
  readonly enrol: Enrol;
  readonly version: string;
  /** Token of the command line on this machine; empty means disabled. */
  readonly localToken: string;
  readonly logger: Logger;
  /** Refuse what is neither encrypted nor from this machine. */
  readonly httpsOnly?: boolean;
  /** Answers to certificate authorities that check names, if there are any to expect. */
  readonly httpProof?: Pick<HttpProof, 'answer'> | undefined;
  /** Routes of further subjects of the API, from parts of the running relay. */
  readonly routes?: readonly FastifyPluginAsyncTypebox[];
  /** Shown at `/metrics` to holders of an API token. */
  readonly metrics?: MetricsText | undefined;
  /** Milliseconds, never going back; for counting attempts. */
  readonly now?: () => number;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
}

/**
 * The relay's HTTP server: health, API, enrolment, dashboard. It does not listen yet, and leaves the
 * upgrade of agents to whoever listens to `server`'s `upgrade`.
 */
export async function buildHttp(options: HttpOptions): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: options.logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: API_LIMITS.body,
    requestTimeout: API_LIMITS.requestTime,
    forceCloseConnections: 'idle',
    // A misspelt field is an error, and "21" is not 21.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
    clientErrorHandler: refuseBadHttp,
  }).withTypeProvider<TypeBoxTypeProvider>();
  // What is no JSON is not taken: a form of another site can send text.
  app.removeContentTypeParser('text/plain');
  app.setErrorHandler(answerError);
  app.setNotFoundHandler(answerUnknownRoute);
  await app.register(helmet, SECURITY_HEADERS);
  if (options.httpsOnly === true) app.addHook('onRequest', refuseExposed);
  if (options.httpProof !== undefined) await app.register(challengeRoute(options.httpProof));
  const Health = Type.Object({ ok: Type.Boolean(), version: Type.String() });
  app.get('/healthz', { schema: { response: { 200: Health } } }, () => ({
    ok: true,
    version: options.version,
  }));
  const { store, localToken, clock = Date.now, now = ticks } = options;
  await app.register(enrolRoute(options.enrol, auditTrail(store.audit), now));
  const access = accountAccess(store, clock, now);
  const identities = new Identities({ store, sessions: access.sessions, localToken });
  await app.register(cookie);
  if (options.metrics !== undefined) {
    await app.register(metricsRoutes(options.metrics, guard(identities)));
  }
  await app.register(api(options, access, identities), { prefix: '/api' });
  await app.register(dashboardRoutes());
  return app as unknown as FastifyInstance;
}

function challengeRoute(proof: Pick<HttpProof, 'answer'>) {
  return async (routes: FastifyInstance): Promise<void> => {
    routes.get<{ Params: { token: string } }>(`${CHALLENGE_PATH}:token`, (request, reply) => {
      const answer = proof.answer(request.params.token);
      if (answer === undefined) return reply.callNotFound();
      return reply.type('text/plain').send(answer);
    });
  };
}

function api(options: HttpOptions, access: AccountAccess, identities: Identities) {
  return async (described: FastifyInstance): Promise<void> => {
    await describeApi(described, options.version);
    await described.register(guardedApi(options, access, identities), { prefix: '/v1' });
  };
}

function guardedApi(options: HttpOptions, access: AccountAccess, identities: Identities) {
  return async (api: FastifyInstance): Promise<void> => {
    const { admin, store } = options;
    const audit = auditTrail(store.audit);
    api.decorate('audit', audit);
    api.decorate('identities', identities);
    api.decorateRequest('principal');
    api.addHook('onRequest', guard(identities));
    api.addHook('preValidation', readQuery);
    api.addHook('onSend', async (_request, reply) => {
      void reply.header('cache-control', 'no-store');
    });
    await api.register(apiRoutes({ admin, audit, access, store }));
    for (const routes of options.routes ?? []) await api.register(routes);
  };
}

function ticks(): number {
  return performance.now();
}

/** What is not even HTTP gets a short answer in the shape of all errors. */
function refuseBadHttp(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify(errorBody('request-invalid', 'this is not a valid HTTP request'));
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
