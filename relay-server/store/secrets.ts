import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { CROCKFORD, canonicalLetters } from '../../shared/crockford.ts';
import { API_LIMITS } from '../limits.ts';

const CODE = /^GW((?:[0-9A-HJKMNP-TV-Z]){15})$/;
const CREDENTIAL = /^gwa_([0-9a-f-]{36})_[0-9a-f]{40}$/;
const TOKEN = /^gwt_[0-9a-f]{40}$/;
const RECOVERY_CODE = /^[0-9A-HJKMNP-TV-Z]{12}$/;
const LOGIN = /^gwl_([0-9a-f-]{36})_[0-9a-f]{40}$/;

/** 160 random bits. */
function randomSecret(): string {
  return randomBytes(20).toString('hex');
}

/** An enrolment code `GW-XXXXX-XXXXX-XXXXX`: 75 random bits, short enough to type. */
export function newEnrolmentCode(): string {
  return `GW-${letterGroups(3, 5)}`;
}

/**
 * The one spelling of a code a person typed, as {@link canonicalLetters}. A pin behind it is left out:
 * an agent that knows nothing of pins sends the whole text. Undefined if it is no code at all.
 */
export function canonicalCode(typed: string): string | undefined {
  if (typed.length > API_LIMITS.secret) return undefined;
  const [code = ''] = typed.split('.');
  const letters = CODE.exec(canonicalLetters(code))?.[1];
  if (letters === undefined) return undefined;
  return `GW-${letters.slice(0, 5)}-${letters.slice(5, 10)}-${letters.slice(10)}`;
}

/** Four groups of five letters, 100 random bits: a password somebody copies once. */
export function newPassword(): string {
  return letterGroups(4, 5).toLowerCase();
}

/** A recovery code `XXXX-XXXX-XXXX`: 60 random bits, tried a few times at most, short enough to type. */
export function newRecoveryCode(): string {
  return letterGroups(3, 4);
}

/** The one spelling of a recovery code a person typed; undefined if it is none. */
export function canonicalRecoveryCode(typed: string): string | undefined {
  if (typed.length > API_LIMITS.secret) return undefined;
  const letters = canonicalLetters(typed);
  return RECOVERY_CODE.test(letters) ? (letters.match(/..../g) ?? []).join('-') : undefined;
}

/** Random letters that are not mistaken for each other; 256 is a multiple of 32, so all are as likely. */
function letterGroups(groups: number, length: number): string {
  const bytes = randomBytes(groups * length);
  const letters = Array.from(bytes, (byte) => CROCKFORD[byte % 32]).join('');
  return Array.from({ length: groups }, (_, i) => letters.slice(i * length, (i + 1) * length)).join(
    '-',
  );
}

/** An agent's credential `gwa_<agentId>_<secret>`. */
export function newCredential(agentId: string): string {
  return `gwa_${agentId}_${randomSecret()}`;
}

/** The agent a credential claims to belong to, or undefined if it is no credential at all. */
export function credentialAgentId(credential: string): string | undefined {
  return credential.length > API_LIMITS.secret ? undefined : CREDENTIAL.exec(credential)?.[1];
}

/** An API token `gwt_<secret>`. */
export function newApiToken(): string {
  return `gwt_${randomSecret()}`;
}

/** What refreshes a login once, `gwl_<loginId>_<secret>`. */
export function newLoginSecret(loginId: string): string {
  return `gwl_${loginId}_${randomSecret()}`;
}

/** The login a secret claims to refresh, or undefined if it is no such secret at all. */
export function loginIdOf(secret: string): string | undefined {
  return secret.length > API_LIMITS.secret ? undefined : LOGIN.exec(secret)?.[1];
}

/** Whether a text has the form of an API token. */
export function isApiToken(token: string): boolean {
  return token.length <= API_LIMITS.secret && TOKEN.test(token);
}

/**
 * What is stored of a secret: SHA-256 as hex. No slow hash, because the secrets are random and long;
 * none was chosen by a person.
 */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Compares a secret with a stored hash in a time that says nothing about either. */
export function secretMatches(secret: string, hash: string): boolean {
  const given = Buffer.from(hashSecret(secret), 'hex');
  const stored = Buffer.from(hash, 'hex');
  return given.length === stored.length && timingSafeEqual(given, stored);
}
