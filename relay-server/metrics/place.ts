import type { Parser } from '../../shared/config.ts';
import { hostPort, type HostPort } from '../../shared/config/values.ts';

/** Where metrics are: nowhere, on the HTTP port for holders of an API token, or at an address of their own. */
export type MetricsPlace = 'off' | 'token' | HostPort;

/** `off`, `token` or `HOST:PORT`. */
export const metricsPlace: Parser<MetricsPlace> = (raw) => {
  if (raw === 'off' || raw === 'token') return { ok: true, value: raw };
  const parsed = hostPort(0)(raw);
  if (parsed.ok) return parsed;
  return {
    ok: false,
    problem: 'is neither off, token nor HOST:PORT',
    remedy: 'Write off, token, or an address of a private network like 10.0.0.5:9121.',
  };
};
