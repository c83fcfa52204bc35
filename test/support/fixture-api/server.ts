import helmet from '@fastify/helmet';
import { fastify, type FastifyInstance } from 'fastify';
import type { AddressInfo } from 'node:net';
import { dashboardRoutes } from '../../../relay-server/http/dashboard.ts';
import { answerError, answerUnknownRoute } from '../../../relay-server/http/errors.ts';
import { SECURITY_HEADERS } from '../../../relay-server/http/security-headers.ts';
import { refusal, routesOn } from './answers.ts';
import { accessRoutes } from './access-routes.ts';
import { eventRoute } from './events.ts';
import { historyRoutes } from './history-routes.ts';
import { settingsRoutes } from './settings-routes.ts';
import { FixtureState, type FixtureOptions } from './state.ts';
import { tunnelRoutes } from './tunnel-routes.ts';

/** A made-up relay that serves the built dashboard. */
export interface FixtureApi {
  readonly url: string;
  readonly state: FixtureState;
  /** What went wrong inside: an answer that is not as its view says. */
  readonly defects: readonly string[];
  close(): Promise<void>;
}

/** Routes that need no login, below /api/v1. */
const OPEN = new Set(['/api/v1/auth/login', '/api/v1/auth/refresh']);

/**
 * Starts a server with the relay's dashboard, headers and error answers, and with made-up data behind
 * every route of the API, on a free port of this machine. The data is checked against the API's views.
 */
export async function startFixtureApi(options: FixtureOptions = {}): Promise<FixtureApi> {
  const state = new FixtureState(options);
  const defects: string[] = [];
  const app = fastify({ forceCloseConnections: true });
  app.setErrorHandler((error: Error, request, reply) => {
    if (error.name === 'AssertionError') defects.push(error.message);
    return answerError(error as Parameters<typeof answerError>[0], request, reply);
  });
  app.setNotFoundHandler(answerUnknownRoute);
  await app.register(helmet, SECURITY_HEADERS);
  await app.register(apiOf(state), { prefix: '/api/v1' });
  await app.register(dashboardRoutes());
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const tickMs = options.tickMs ?? 1000;
  const timer = tickMs === 0 ? undefined : setInterval(() => state.next(), tickMs);
  const close = async (): Promise<void> => {
    clearInterval(timer);
    await app.close();
  };
  return { url: `http://127.0.0.1:${port}`, state, defects, close };
}

function apiOf(state: FixtureState) {
  return async (api: FastifyInstance): Promise<void> => {
    api.addHook('onRequest', async ({ url, method }) => {
      const [path = ''] = url.split('?');
      if (!state.signedIn && !OPEN.has(path)) throw refusal('unauthorized', 'sign in first');
      const isOwn = path.startsWith('/api/v1/auth/');
      if (state.me.role === 'viewer' && method !== 'GET' && !isOwn) {
        throw refusal('forbidden', 'viewers may not change anything');
      }
    });
    const add = routesOn(api);
    accessRoutes(add, state);
    tunnelRoutes(add, state);
    historyRoutes(add, state);
    settingsRoutes(add);
    eventRoute(api, state);
  };
}
