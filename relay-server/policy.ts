import { Type } from 'typebox';
import type { Static, TNull, TSchema, TUnion } from 'typebox';
import { GangwayError } from '../shared/errors.ts';
import { CLIENT_MODES } from '../shared/gateway/client-mode.ts';
import { SERVER_MODES } from '../shared/gateway/server-mode.ts';
import { TLS_POLICIES } from '../shared/gateway/tls-rules.ts';
import { POLICY_LIMITS } from './limits.ts';
import { network } from '../shared/net/networks.ts';
import { DEFAULT_POLICY, isBandwidth, isTimeout } from './policy-values.ts';

export { DEFAULT_POLICY } from './policy-values.ts';

const { networks, sessions, shortestTimeout, longestTimeout } = POLICY_LIMITS;
const { slowestBandwidth, fastestBandwidth } = POLICY_LIMITS;

const NetworkList = Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
  maxItems: networks,
  description: 'addresses and networks in CIDR notation',
});
const SessionCount = Type.Integer({ minimum: 1, maximum: sessions });
const Timeout = Type.Integer({
  minimum: shortestTimeout,
  maximum: longestTimeout,
  description: 'milliseconds',
});

const Bandwidth = Type.Integer({
  minimum: slowestBandwidth,
  maximum: fastestBandwidth,
  description: 'bytes per second, both directions together; null for no limit',
});

/** Where a passive data connection may come from, measured by its control connection; strictest first. */
export const DATA_SOURCES = ['same', 'same-network', 'any'] as const;
export type DataSource = (typeof DATA_SOURCES)[number];

/** Versions of the PROXY protocol the FTP server may be sent, or none. */
export const PROXY_PROTOCOLS = ['off', 'v1', 'v2'] as const;
const ProxyProtocol = Type.Union([Type.Literal('off'), Type.Literal('v1'), Type.Literal('v2')]);

const fields = {
  /** Who may connect; nobody is listed where everybody may. */
  allow: NetworkList,
  /** Who may not, even if `allow` has him. */
  deny: NetworkList,
  maxSessions: SessionCount,
  /** An IPv6 network of 64 bits counts as one address. */
  maxSessionsPerAddress: SessionCount,
  readOnly: Type.Boolean(),
  idleTimeout: Timeout,
  loginTimeout: Timeout,
  stallTimeout: Timeout,
  dataSource: Type.Enum(DATA_SOURCES),
  /** How the FTP server's data connections come about. */
  serverMode: Type.Enum(SERVER_MODES),
  /** Modes clients may set up data connections in. */
  clientMode: Type.Enum(CLIENT_MODES),
  /** File and listing data of all sessions together. */
  bandwidth: Type.Union([Bandwidth, Type.Null()]),
  /** File and listing data of each session. */
  sessionBandwidth: Type.Union([Bandwidth, Type.Null()]),
  /** FTP servers that may take part in server-to-server transfers (FXP). */
  fxp: NetworkList,
  /** Balancers, whose connections begin with a PROXY header that says who the client is. */
  proxyFrom: NetworkList,
  /** The PROXY header which the FTP server is sent, to know the client by. */
  proxyProtocol: ProxyProtocol,
  /** Whether it is sent it on data connections, too. */
  proxyProtocolData: Type.Boolean(),
  /** Whether clients in the server's own network may get their data there, without the relay. */
  lanDirect: Type.Boolean(),
  /** TLS with clients on the control connection: with `required` nobody logs in without it. */
  tls: Type.Enum(TLS_POLICIES),
  /** TLS on data connections of clients who have it on the control connection. */
  tlsData: Type.Enum(TLS_POLICIES),
  /** Whether a data connection with TLS has to resume the session of its control connection. */
  requireSessionReuse: Type.Boolean(),
  /** Whether a data connection with TLS that ends without close_notify counts as broken. */
  strictClose: Type.Boolean(),
};

/** What a tunnel allows its clients. */
export const TunnelPolicy = Type.Object(fields);
export type TunnelPolicy = Static<typeof TunnelPolicy>;

/** A change of a policy: a field left out stays, null brings its default back. */
export const PolicyChanges = Type.Object(
  {
    allow: changed(fields.allow),
    deny: changed(fields.deny),
    maxSessions: changed(fields.maxSessions),
    maxSessionsPerAddress: changed(fields.maxSessionsPerAddress),
    readOnly: changed(fields.readOnly),
    idleTimeout: changed(fields.idleTimeout),
    loginTimeout: changed(fields.loginTimeout),
    stallTimeout: changed(fields.stallTimeout),
    dataSource: changed(fields.dataSource),
    serverMode: changed(fields.serverMode),
    clientMode: changed(fields.clientMode),
    bandwidth: changed(Bandwidth),
    sessionBandwidth: changed(Bandwidth),
    fxp: changed(fields.fxp),
    proxyFrom: changed(fields.proxyFrom),
    proxyProtocol: changed(fields.proxyProtocol),
    proxyProtocolData: changed(fields.proxyProtocolData),
    lanDirect: changed(fields.lanDirect),
    tls: changed(fields.tls),
    tlsData: changed(fields.tlsData),
    requireSessionReuse: changed(fields.requireSessionReuse),
    strictClose: changed(fields.strictClose),
  },
  { additionalProperties: false },
);
export type PolicyChanges = Static<typeof PolicyChanges>;

/** Fields that are lists of networks. */
const NETWORK_LISTS = ['allow', 'deny', 'fxp', 'proxyFrom'] as const;

/** A policy with changes made to it. */
export function changedPolicy(before: TunnelPolicy, changes: PolicyChanges): TunnelPolicy {
  const set = Object.entries(changes).map(([field, value]) => [
    field,
    value ?? DEFAULT_POLICY[field as keyof TunnelPolicy],
  ]);
  return { ...before, ...Object.fromEntries(set) };
}

/** What of a policy is not as by default, which is all that is kept of it. */
export function deviations(policy: TunnelPolicy): Partial<TunnelPolicy> {
  const defaults = new Map<string, unknown>(Object.entries(DEFAULT_POLICY));
  const own = Object.entries(policy).filter(
    ([field, value]) => JSON.stringify(value) !== JSON.stringify(defaults.get(field)),
  );
  return Object.fromEntries(own);
}

/**
 * Changes with every network in its one spelling and no network twice.
 * @throws GangwayError `policy-invalid` (exit code 2) that names the field and the item.
 */
export function canonicalChanges(changes: PolicyChanges): PolicyChanges {
  for (const field of ['maxSessions', 'maxSessionsPerAddress'] as const) {
    const value = changes[field] ?? undefined;
    if (value === undefined || (Number.isInteger(value) && value >= 1 && value <= sessions))
      continue;
    throw invalid(`${field}: ${value} is out of range`, `Give a number from 1 to ${sessions}.`);
  }
  for (const field of ['idleTimeout', 'loginTimeout', 'stallTimeout'] as const) {
    const value = changes[field] ?? undefined;
    if (value === undefined || isTimeout(value)) continue;
    const remedy = `Give milliseconds from ${shortestTimeout} to ${longestTimeout}.`;
    throw invalid(`${field}: ${value} is out of range`, remedy);
  }
  for (const field of ['bandwidth', 'sessionBandwidth'] as const) {
    const value = changes[field] ?? undefined;
    if (value === undefined || isBandwidth(value)) continue;
    const remedy = `Give bytes per second from ${slowestBandwidth} to ${fastestBandwidth}, or null.`;
    throw invalid(`${field}: ${value} is out of range`, remedy);
  }
  const lists = NETWORK_LISTS.map((field) => [field, changes[field]] as const)
    .filter(([, list]) => list !== undefined && list !== null)
    .map(([field, list]) => [field, canonicalList(field, list ?? [])]);
  return { ...changes, ...Object.fromEntries(lists) };
}

function canonicalList(field: string, list: readonly string[]): string[] {
  if (list.length > networks) {
    const remedy = `Name at most ${networks}; larger networks need fewer.`;
    throw invalid(`${field}: ${list.length} networks are too many`, remedy);
  }
  const parsed = list.map((item) => {
    const one = network(item);
    if (one.ok) return one.value;
    throw invalid(`${field}: "${item.slice(0, 64)}" ${one.problem}`, one.remedy);
  });
  return [...new Set(parsed)];
}

function invalid(message: string, remedy: string): GangwayError {
  return new GangwayError('policy-invalid', message, { remedy, exitCode: 2 });
}

function changed<T extends TSchema>(
  schema: T,
): ReturnType<typeof Type.Optional<TUnion<[T, TNull]>>> {
  return Type.Optional(Type.Union([schema, Type.Null()]));
}
