import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AccountAccess } from '../../access/account-access.ts';
import { TooManyAttempts } from '../../access/attempts.ts';
import { GangwayError } from '../../../shared/errors.ts';
import { ACCESS_LIMITS } from '../../limits.ts';
import type { Login, User } from '../../store/access.ts';
import { LoginRequest, Me } from '../../views/access.ts';
import { addressKey } from '../address-key.ts';
import { Done, failures } from '../answers.ts';
import { clearLoginCookies, REFRESH_COOKIE, setLoginCookies } from '../cookies.ts';
import { meView, userOf } from '../own-user.ts';

const tags = ['login'];
const everybody = { access: 'everybody' } as const;
const OneMe = Type.Object({ me: Me });

/** `/auth`: logging in and out, and who is in. */
export function authRoutes(access: AccountAccess): FastifyPluginAsyncTypebox {
  return async (api) => {
    const login = {
      tags,
      summary: 'Log in with a password, and a code if the user has a second factor',
      body: LoginRequest,
      response: { 200: OneMe, ...failures },
    };
    api.post('/login', { schema: login, config: everybody }, async (request, reply) => {
      const user = await enter(access, request, reply, request.body);
      return { me: meView(user) };
    });
    const refresh = {
      tags,
      summary: 'Go on with a login whose session token has expired',
      response: { 200: OneMe, ...failures },
    };
    api.post('/refresh', { schema: refresh, config: everybody }, async (request, reply) => ({
      me: meView(await goOn(access, request, reply)),
    }));
    const logout = { tags, summary: 'Log out', response: { 204: Done, ...failures } };
    api.post('/logout', { schema: logout, config: everybody }, async (request, reply) => {
      await leave(access, request);
      clearLoginCookies(request, reply);
      return reply.code(204).send(null);
    });
    const me = { tags, summary: 'Who is logged in', response: { 200: OneMe, ...failures } };
    api.get('/me', { schema: me, config: { beforePasswordChange: true } }, async (request) => ({
      me: meView(await userOf(access, request)),
    }));
  };
}

async function enter(
  access: AccountAccess,
  request: FastifyRequest,
  reply: FastifyReply,
  typed: { user: string; password: string; code?: string },
): Promise<User> {
  const from = request.ip;
  const browser = browserOf(request);
  try {
    const attempt = { ...typed, from, browser, address: addressKey(from) };
    const { user, login, secret, by } = await access.signIn.enter(attempt);
    give(access, request, reply, { login, secret });
    const { name, role } = user;
    const principal = { kind: 'user', name, role, from, proof: login.id } as const;
    const change = { action: 'auth.login', target: name, after: { browser, by } };
    await request.server.audit.record(change, principal);
    return user;
  } catch (error) {
    if (error instanceof TooManyAttempts) void reply.header('retry-after', error.retryAfter);
    if (isRefusal(error)) {
      const { code } = error;
      request.log.warn({ event: 'login-refused', from, code }, 'login refused');
    }
    throw error;
  }
}

function isRefusal(error: unknown): error is GangwayError {
  const { code } = error instanceof GangwayError ? error : { code: '' };
  return code === 'login-refused' || code === 'too-many-attempts';
}

async function goOn(
  access: AccountAccess,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<User> {
  const from = request.ip;
  try {
    const secret = request.cookies[REFRESH_COOKIE] ?? '';
    const next = await access.signIn.goOn(secret, from);
    give(access, request, reply, next);
    return next.user;
  } catch (error) {
    if (error instanceof GangwayError) {
      clearLoginCookies(request, reply);
      if (error.code === 'login-reused')
        request.log.warn({ event: 'login-reused', from }, error.message);
    }
    throw error;
  }
}

/** Whatever still proves the login is enough to end it. */
async function leave({ signIn, store }: AccountAccess, request: FastifyRequest): Promise<void> {
  const login = await request.server.identities.loginOf(request);
  if (login !== undefined) await store.logins.end(login.id, login.userId);
  const secret = request.cookies[REFRESH_COOKIE];
  if (secret !== undefined) await signIn.leave(secret, request.ip);
}

function give(
  { sessions, now }: AccountAccess,
  request: FastifyRequest,
  reply: FastifyReply,
  { login, secret }: { login: Login; secret?: string },
): void {
  const seconds = Math.floor((login.expiresAt - now()) / 1000);
  setLoginCookies(request, reply, {
    session: sessions.sign(login.id),
    ...(secret !== undefined && { refresh: { secret, seconds } }),
  });
}

/** As the browser calls itself, shortened, without control characters. */
function browserOf({ headers }: FastifyRequest): string {
  const printable = (headers['user-agent'] ?? '').replace(/[^\u0020-\u007e]/g, '?');
  return printable.slice(0, ACCESS_LIMITS.browser) || 'unknown';
}
