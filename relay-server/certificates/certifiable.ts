import { isIP } from 'node:net';
import { CERTIFICATE_LIMITS } from '../limits.ts';

/** RFC 1123 §2.1: letters, digits and inner dashes. */
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * The one place that decides for which names a public authority is asked: whole names out of the relay's
 * own configuration. Never an address, never a single label like `localhost`, and nothing a client sent,
 * as he could have the authority refuse this relay for a week.
 * @param configured names of the relay and its tunnels, the most important first
 */
export function certifiableNames(configured: readonly string[]): string[] {
  const names = configured.map((name) => name.toLowerCase().replace(/\.$/, ''));
  return [...new Set(names)].filter(isCertifiable).slice(0, CERTIFICATE_LIMITS.names);
}

function isCertifiable(name: string): boolean {
  const labels = name.split('.');
  const last = labels.at(-1) ?? '';
  if (isIP(name) !== 0 || name.length > 253 || labels.length < 2 || /^\d+$/.test(last))
    return false;
  return labels.every((label) => LABEL.test(label));
}
