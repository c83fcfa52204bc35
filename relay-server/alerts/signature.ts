import { createHmac } from 'node:crypto';

/** The header that carries the signature. */
export const SIGNATURE_HEADER = 'gangway-signature';

/**
 * Signs a webhook: `t=SECONDS,v1=HEX`, the HMAC-SHA256 of `SECONDS.BODY`. A receiver computes the same, compares
 * in constant time, and refuses what is older than a few minutes, so that nothing can be sent again.
 * @param at milliseconds since 1970
 */
export function signature(secret: string, body: string, at: number): string {
  const seconds = Math.floor(at / 1000);
  const digest = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${digest}`;
}
