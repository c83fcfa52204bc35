import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { SessionTokens } from '../access/session-tokens.ts';
import { API_LIMITS } from '../limits.ts';
import type { Login, User } from '../store/access.ts';
import type { Store } from '../store/store.ts';
import { SESSION_COOKIE } from './cookies.ts';
import type { Principal } from './principal.ts';

export interface IdentitiesOptions {
  readonly store: Pick<Store, 'tokens' | 'logins'>;
  readonly sessions: SessionTokens;
  /** Of the running relay, for the command line on its machine; empty means that there is none. */
  readonly localToken: string;
}

/** Who makes a request. */
export interface Identity {
  readonly principal: Principal;
  /** Proven by a cookie, which browsers send by themselves. */
  readonly byCookie: boolean;
  /** May do nothing before he has chosen a password. */
  readonly mustChangePassword: boolean;
}

/**
 * Says who makes a request. The store is asked each time, so that a login that was ended, a user who was
 * disabled and a token that was revoked are nobody from that moment on.
 */
export class Identities {
  readonly #options: IdentitiesOptions;

  constructor(options: IdentitiesOptions) {
    this.#options = options;
  }

  /** Undefined if nothing was proven. A token that is wrong is not made good by a cookie. */
  of(request: FastifyRequest): Promise<Identity | undefined> {
    const { authorization } = request.headers;
    return authorization === undefined
      ? this.#byCookie(request)
      : this.#byToken(authorization, request.ip);
  }

  /** Whether the same would be found again: for answers that last, like event streams. */
  async remains({ kind, proof, role }: Principal): Promise<boolean> {
    const { store } = this.#options;
    if (kind === 'command-line' || kind === 'relay') return true;
    if (proof === undefined) return false;
    if (kind === 'token') return (await store.tokens.get(proof)) !== undefined;
    const found = await store.logins.find(proof);
    return found !== undefined && found.user.role === role && !found.user.mustChangePassword;
  }

  /** The login a request's cookie proves. */
  async loginOf(request: FastifyRequest): Promise<Login | undefined> {
    return (await this.#found(request))?.login;
  }

  async #byCookie(request: FastifyRequest): Promise<Identity | undefined> {
    const found = await this.#found(request);
    if (found === undefined) return undefined;
    const { user, login } = found;
    const { name, role, mustChangePassword } = user;
    const from = request.ip;
    const principal: Principal = { kind: 'user', name, role, from, proof: login.id };
    return { principal, byCookie: true, mustChangePassword };
  }

  async #found({ cookies }: FastifyRequest): Promise<{ login: Login; user: User } | undefined> {
    const { store, sessions } = this.#options;
    const cookie = cookies[SESSION_COOKIE];
    const id = cookie === undefined ? undefined : sessions.loginOf(cookie);
    return id === undefined ? undefined : store.logins.find(id);
  }

  async #byToken(authorization: string, from: string): Promise<Identity | undefined> {
    const { store, localToken } = this.#options;
    const given = bearer(authorization);
    if (given === undefined) return undefined;
    const known = { byCookie: false, mustChangePassword: false };
    if (localToken !== '' && sameText(given, localToken)) {
      const name = 'command-line';
      return { ...known, principal: { kind: 'command-line', name, role: 'admin', from } };
    }
    const token = await store.tokens.verify(given);
    if (token === undefined) return undefined;
    const { name, role, id } = token;
    return { ...known, principal: { kind: 'token', name, role, from, proof: id } };
  }
}

function bearer(header: string): string | undefined {
  if (header.length > API_LIMITS.secret) return undefined;
  return /^Bearer +(\S+)$/i.exec(header)?.[1];
}

/** Digests first, so that the comparison says nothing about length either. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
