import { CERTIFICATE_LIMITS } from '../limits.ts';
import type { Logger } from '../../shared/log.ts';
import { day } from '../../shared/net/certificate-facts.ts';
import type { Held } from './held.ts';

const DAY_MS = 86_400_000;

/** How a certificate stands with time. */
export interface Expiry {
  readonly state: 'expiring' | 'expired';
  /** Whole days left; negative when it has ended. */
  readonly daysLeft: number;
  /** A sentence on what is wrong, and one on what to do. */
  readonly finding: string;
}

/**
 * Undefined while nothing is wrong. What renews itself in time is told of only when that has failed for
 * a while: its life may be shorter than two weeks from the start.
 * @param now milliseconds since 1970
 */
export function expiryOf({ facts, source, renewal }: Held, now: number): Expiry | undefined {
  const { notBefore, notAfter, names } = facts;
  const left = notAfter - now;
  const { expiresSoon } = CERTIFICATE_LIMITS;
  const soon = source === 'file' ? expiresSoon : Math.min(expiresSoon, (notAfter - notBefore) / 6);
  if (left > soon) return undefined;
  const daysLeft = Math.floor(left / DAY_MS);
  const which = `the certificate for ${names.join(', ') || 'no name'}`;
  return left > 0
    ? { state: 'expiring', daysLeft, finding: `${which} ends on ${day(notAfter)}. ${renewal}` }
    : { state: 'expired', daysLeft, finding: `${which} ended on ${day(notAfter)}. ${renewal}` };
}

/** Says in the log once a day which certificates end soon or have ended. */
export class ExpiryWatch {
  readonly #logger: Logger;
  /** When each was told of, by state and fingerprint. */
  #told = new Map<string, number>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  look(held: readonly Held[], now: number): void {
    const told = new Map<string, number>();
    for (const one of held) {
      const expiry = expiryOf(one, now);
      if (expiry === undefined) continue;
      const key = `${expiry.state} ${one.facts.fingerprint}`;
      const last = this.#told.get(key);
      const isDue = last === undefined || now - last >= CERTIFICATE_LIMITS.warnAgain;
      told.set(key, isDue ? now : last);
      if (isDue) this.#tell(one, expiry);
    }
    this.#told = told;
  }

  #tell({ facts, source, renewal }: Held, { state, daysLeft, finding }: Expiry): void {
    const fields = { names: facts.names, source, daysLeft, remedy: renewal };
    if (state === 'expired')
      this.#logger.error({ event: 'certificate-expired', ...fields }, finding);
    else this.#logger.warn({ event: 'certificate-expiring', ...fields }, finding);
  }
}
