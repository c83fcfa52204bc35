import type { CookieSerializeOptions } from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { TLSSocket } from 'node:tls';
import { ACCESS_LIMITS } from '../limits.ts';

/** Proves a login for a few minutes. */
export const SESSION_COOKIE = 'gangway_session';
/** Refreshes it; sent to the routes that log in and out only. */
export const REFRESH_COOKIE = 'gangway_refresh';

const PATHS = { [SESSION_COOKIE]: '/api', [REFRESH_COOKIE]: '/api/v1/auth' } as const;

/** The cookies of a login. */
export interface LoginCookies {
  readonly session: string;
  /** Absent if the browser has it from another tab. */
  readonly refresh?: { readonly secret: string; readonly seconds: number };
}

/** Gives a browser what it proves its login with. Scripts do not see it, other sites cannot send it. */
export function setLoginCookies(
  request: FastifyRequest,
  reply: FastifyReply,
  { session, refresh }: LoginCookies,
): void {
  const age = ACCESS_LIMITS.session / 1000;
  void reply.setCookie(SESSION_COOKIE, session, attributes(request, SESSION_COOKIE, age));
  if (refresh === undefined) return;
  const { secret, seconds } = refresh;
  void reply.setCookie(REFRESH_COOKIE, secret, attributes(request, REFRESH_COOKIE, seconds));
}

/** Takes both back. */
export function clearLoginCookies(request: FastifyRequest, reply: FastifyReply): void {
  for (const name of [SESSION_COOKIE, REFRESH_COOKIE] as const)
    void reply.setCookie(name, '', attributes(request, name, 0));
}

/** Whether a request comes from a browser that was logged in. */
export function hasLoginCookies({ cookies }: FastifyRequest): boolean {
  return cookies[SESSION_COOKIE] !== undefined || cookies[REFRESH_COOKIE] !== undefined;
}

function attributes(
  request: FastifyRequest,
  name: keyof typeof PATHS,
  maxAge: number,
): CookieSerializeOptions {
  const path = PATHS[name];
  return { path, maxAge, httpOnly: true, sameSite: 'strict', secure: isSecure(request) };
}

/** What a proxy says is believed: who lies here keeps only himself from logging in in clear. */
function isSecure({ raw, headers }: FastifyRequest): boolean {
  return raw.socket instanceof TLSSocket || headers['x-forwarded-proto'] === 'https';
}
