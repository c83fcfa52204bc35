import { Secret, TOTP } from 'otpauth';
import { renderSVG } from 'uqr';

/** What every authenticator app can do (RFC 6238 with its defaults). */
const KIND = { algorithm: 'SHA1', digits: 6, period: 30 } as const;
/** RFC 4226 §4 recommends 160 bits. */
const SECRET_BYTES = 20;
/** Clocks of phones: one step before and after (RFC 6238 §5.2). */
const WINDOW = 1;

/** A new secret, base32. */
export function newTotpSecret(): string {
  return new Secret({ size: SECRET_BYTES }).base32;
}

/** How a secret gets into an authenticator app. */
export function totpOffer(secret: string, user: string): { uri: string; qr: string } {
  const uri = totp(secret, user).toString();
  return { uri, qr: renderSVG(uri, { border: 2 }) };
}

/**
 * The time step (since 1970) a code belongs to; undefined if it is not one of about this moment.
 * The caller sees to it that each step counts once.
 * @param now milliseconds since 1970.
 */
export function totpStep(secret: string, code: string, now: number): number | undefined {
  const token = code.replace(/\s/g, '');
  if (!/^\d{6}$/.test(token)) return undefined;
  const delta = totp(secret, '').validate({ token, timestamp: now, window: WINDOW });
  return delta === null ? undefined : Math.floor(now / 1000 / KIND.period) + delta;
}

function totp(secret: string, label: string): TOTP {
  return new TOTP({ issuer: 'Gangway', label, secret: Secret.fromBase32(secret), ...KIND });
}
