import swagger, { type SwaggerTransform } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { SESSION_COOKIE } from './cookies.ts';
import { accessOf } from './guard.ts';

/** Where a description of the API as a page is found, below `/api`. */
const PAGE = '/docs';

const TAGS = [
  { name: 'status', description: 'What is up' },
  { name: 'tunnels', description: 'Public addresses of FTP servers; changes act within a second' },
  { name: 'agents', description: 'Programs beside the FTP servers' },
  { name: 'sessions', description: 'FTP clients that are there, and what happened to them' },
  { name: 'live', description: 'The relay as it stands, while it happens' },
  { name: 'history', description: 'Visits that are over' },
  { name: 'transfers', description: 'Transfers that are over' },
  { name: 'findings', description: 'Why something did not work, and what to do' },
  {
    name: 'doctor',
    description: 'Examinations of a tunnel, from outside, at the server and through it',
  },
  { name: 'bans', description: 'Clients that are not let in' },
  { name: 'settings', description: 'What holds for the whole relay' },
  { name: 'alerts', description: 'Who is told when something happens' },
  { name: 'login', description: 'Getting in and out' },
  { name: 'own account', description: 'What everybody does with his own account' },
  { name: 'users', description: 'Who may log in' },
  { name: 'tokens', description: 'API tokens, for scripts' },
  { name: 'audit', description: 'Who changed what' },
  { name: 'description', description: 'The API itself' },
];

const DESCRIPTION = `Everything the dashboard does goes through this API.

Viewers read, admins change. Errors have one shape, \`{error: {code, message, remedy?}}\`, and their codes are stable.
Lists come in pages: send \`nextCursor\` of one page as \`cursor\` for the next. Times are milliseconds since 1970.
A change with \`revision\` is made only if nobody else changed the thing meanwhile (409 \`revision-conflict\`).`;

/** Describes the routes of this scope that are registered from here on, and shows that as a page. */
export async function describeApi(api: FastifyInstance, version: string): Promise<void> {
  await api.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Gangway relay', version, description: DESCRIPTION },
      tags: TAGS,
      components: { securitySchemes: SCHEMES },
    },
    transform,
  });
  await api.register(swaggerUi, {
    routePrefix: PAGE,
    indexPrefix: '/api',
    staticCSP: PAGE_POLICY,
    theme: { title: 'API of this Gangway relay' },
    uiConfig: { validatorUrl: null, deepLinking: true, docExpansion: 'list', layout: 'BaseLayout' },
    logo: { type: 'image/svg+xml', content: EMPTY_LOGO },
  });
}

/** `/openapi.json`: the description for programs. It says nothing of this relay but its version. */
export const openApiRoute: FastifyPluginAsyncTypebox = async (api) => {
  const schema = {
    tags: ['description'],
    summary: 'This description, OpenAPI 3.1',
    response: { 200: Type.Record(Type.String(), Type.Unknown()) },
  };
  const config = { access: 'everybody' } as const;
  api.get('/openapi.json', { schema, config }, () => ({ ...api.swagger() }));
};

const SCHEMES = {
  token: {
    type: 'http',
    scheme: 'bearer',
    description: 'An API token; `gangway token create NAME` or POST /api/v1/tokens makes one.',
  },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: SESSION_COOKIE,
    description:
      'Set by POST /api/v1/auth/login; requests that change something must be same-origin.',
  },
} as const;

/** Says of each route who may call it, as the guard sees it. */
const transform: SwaggerTransform = ({ schema, url, route }) => {
  const method = Array.isArray(route.method) ? (route.method[0] ?? 'GET') : route.method;
  const access = accessOf(method, route.config?.access);
  const security = access === 'everybody' ? [] : [{ token: [] }, { session: [] }];
  return { schema: { ...schema, security, 'x-access': access }, url };
};

/** The page has no script and no style within it, and asks nobody but this relay. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const EMPTY_LOGO = '<svg xmlns="http://www.w3.org/2000/svg"/>';
