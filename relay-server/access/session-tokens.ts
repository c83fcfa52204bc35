import { randomBytes } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { ACCESS_LIMITS, API_LIMITS } from '../limits.ts';

const ISSUER = 'gangway';

/**
 * Short-lived proofs of a login, JWTs (RFC 7519) signed with a key that lives as long as this object: after
 * a restart browsers refresh, as they do every few minutes. What a login may do is never in its token.
 */
export class SessionTokens {
  readonly #key = randomBytes(32);
  readonly #now: () => number;

  /** @param now milliseconds since 1970. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** A token of a login, good for `ACCESS_LIMITS.session`. */
  sign(loginId: string): string {
    const at = this.#seconds();
    const claims = { sub: loginId, iss: ISSUER, iat: at, exp: at + ACCESS_LIMITS.session / 1000 };
    return jwt.sign(claims, this.#key, { algorithm: 'HS256' });
  }

  /** Id of the login; undefined if the token is not ours or too old. */
  loginOf(token: string): string | undefined {
    if (token.length > API_LIMITS.sessionToken) return undefined;
    try {
      const checks = { algorithms: ['HS256' as const], issuer: ISSUER };
      const claims = jwt.verify(token, this.#key, { ...checks, clockTimestamp: this.#seconds() });
      return typeof claims === 'string' ? undefined : claims.sub;
    } catch {
      return undefined;
    }
  }

  #seconds(): number {
    return Math.floor(this.#now() / 1000);
  }
}
