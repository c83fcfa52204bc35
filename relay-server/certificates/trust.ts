import type { CertificateView } from '../views/tunnels.ts';

/** Whether clients can trust what they are shown: by an authority, by nobody, or not any more. */
export type Trust = 'vouched' | 'self-signed' | 'expired';

/**
 * What clients of a name are shown: the certificate for it, else the relay's first.
 * @param now milliseconds since 1970
 */
export function trustIn(
  certificates: readonly CertificateView[],
  name: string,
  now = Date.now(),
): Trust {
  const shown = certificates.find(({ names }) => names.includes(name)) ?? certificates[0];
  if (shown === undefined || shown.source === 'self-signed') return 'self-signed';
  return shown.notAfter < now ? 'expired' : 'vouched';
}
