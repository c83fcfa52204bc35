import { byteRate, duration, formatByteRate, formatDuration } from '../shared/config/units.ts';
import type { Parser } from '../shared/config/setting.ts';
import { GATEWAY_LIMITS } from '../shared/limits.ts';
import { POLICY_LIMITS } from './limits.ts';
import type { TunnelPolicy } from './policy.ts';

/** Values of policies and their texts. Nothing here needs Node: pages of the dashboard read them, too. */

const { shortestTimeout, longestTimeout, slowestBandwidth, fastestBandwidth } = POLICY_LIMITS;

/** What holds where a tunnel says nothing: open to all, bounded, strict about data connections. */
export const DEFAULT_POLICY: Readonly<TunnelPolicy> = {
  allow: [],
  deny: [],
  maxSessions: POLICY_LIMITS.sessions,
  maxSessionsPerAddress: POLICY_LIMITS.sessionsPerAddress,
  readOnly: false,
  idleTimeout: GATEWAY_LIMITS.idle,
  loginTimeout: GATEWAY_LIMITS.login,
  stallTimeout: GATEWAY_LIMITS.transferStall,
  dataSource: 'same',
  serverMode: 'auto',
  clientMode: 'any',
  bandwidth: null,
  sessionBandwidth: null,
  fxp: [],
  proxyFrom: [],
  proxyProtocol: 'off',
  proxyProtocolData: false,
  lanDirect: false,
  tls: 'optional',
  tlsData: 'optional',
  requireSessionReuse: false,
  strictClose: false,
};

/** A time-out of a policy as text: a {@link duration} within its bounds. The value is milliseconds. */
export const timeout: Parser<number> = (raw) => {
  const parsed = duration(raw);
  if (!parsed.ok || isTimeout(parsed.value)) return parsed;
  const range = `from ${formatDuration(shortestTimeout)} to ${formatDuration(longestTimeout)}`;
  return { ok: false, problem: `is not ${range}`, remedy: `Give a duration ${range}.` };
};

/** A bandwidth of a policy as text: a {@link byteRate} within its bounds. The value is bytes per second. */
export const bandwidth: Parser<number> = (raw) => {
  const parsed = byteRate(raw);
  if (!parsed.ok || isBandwidth(parsed.value)) return parsed;
  const range = `from ${formatByteRate(slowestBandwidth)} to ${formatByteRate(fastestBandwidth)}`;
  return { ok: false, problem: `is not ${range}`, remedy: `Give bytes per second ${range}.` };
};

/** Whether a number of milliseconds is one that a time-out may have. */
export function isTimeout(ms: number): boolean {
  return Number.isInteger(ms) && ms >= shortestTimeout && ms <= longestTimeout;
}

/** Whether a number of bytes per second is one that a limit may have. */
export function isBandwidth(rate: number): boolean {
  return Number.isInteger(rate) && rate >= slowestBandwidth && rate <= fastestBandwidth;
}
