import {
  byteRate,
  duration,
  formatByteRate,
  formatDuration,
} from '../../../../shared/config/units.ts';
import { POLICY_LIMITS } from '../../../limits.ts';
import type { PolicyChanges, TunnelPolicy } from '../../../policy.ts';
import { bandwidth, timeout } from '../../../policy-values.ts';
import { linesOf } from '../lines.ts';

type Field = keyof TunnelPolicy;
type Words<F extends Field> = TunnelPolicy[F] extends string
  ? Readonly<Record<TunnelPolicy[F], string>>
  : never;

/** How a field is entered. */
export type Kind =
  | { readonly kind: 'networks' }
  | { readonly kind: 'count'; readonly most: number }
  | { readonly kind: 'time' }
  | { readonly kind: 'rate' }
  | { readonly kind: 'switch' }
  | { readonly kind: 'choice'; readonly words: Readonly<Record<string, string>> };

const networks: Kind = { kind: 'networks' };
const count: Kind = { kind: 'count', most: POLICY_LIMITS.sessions };
const time: Kind = { kind: 'time' };
const rate: Kind = { kind: 'rate' };
const onOff: Kind = { kind: 'switch' };
const choice = <F extends Field>(words: Words<F>): Kind => ({ kind: 'choice', words });

const TLS_WORDS = { off: 'off', optional: 'optional', required: 'required' } as const;

const KINDS: Readonly<Record<Field, Kind>> = {
  allow: networks,
  deny: networks,
  maxSessions: count,
  maxSessionsPerAddress: count,
  readOnly: onOff,
  idleTimeout: time,
  loginTimeout: time,
  stallTimeout: time,
  dataSource: choice<'dataSource'>({
    same: 'the client’s own address',
    'same-network': 'the client’s network',
    any: 'any address',
  }),
  serverMode: choice<'serverMode'>({
    auto: 'auto: as the server can',
    epsv: 'EPSV',
    pasv: 'PASV',
    active: 'active (EPRT, PORT)',
  }),
  clientMode: choice<'clientMode'>({
    any: 'passive or active',
    passive: 'passive only',
    active: 'active only',
  }),
  bandwidth: rate,
  sessionBandwidth: rate,
  fxp: networks,
  proxyFrom: networks,
  proxyProtocol: choice<'proxyProtocol'>({ off: 'no header', v1: 'version 1', v2: 'version 2' }),
  proxyProtocolData: onOff,
  lanDirect: onOff,
  tls: choice<'tls'>(TLS_WORDS),
  tlsData: choice<'tlsData'>(TLS_WORDS),
  requireSessionReuse: onOff,
  strictClose: onOff,
};

/** The fields under the headings they are shown below. */
export const POLICY_GROUPS: readonly (readonly [title: string, fields: readonly Field[]])[] = [
  ['Who may connect', ['allow', 'deny', 'maxSessions', 'maxSessionsPerAddress', 'readOnly']],
  ['Encryption', ['tls', 'tlsData', 'requireSessionReuse', 'strictClose']],
  ['Data connections', ['clientMode', 'serverMode', 'dataSource', 'lanDirect', 'fxp']],
  ['Time-outs', ['loginTimeout', 'idleTimeout', 'stallTimeout']],
  ['Bandwidth', ['bandwidth', 'sessionBandwidth']],
  ['Balancers and the PROXY protocol', ['proxyFrom', 'proxyProtocol', 'proxyProtocolData']],
];

export function kindOf(field: Field): Kind {
  return KINDS[field];
}

/** A value as it stands in a form: times like `15m`, rates like `10M`, networks one a line. */
export function policyText(field: Field, value: TunnelPolicy[Field]): string {
  if (value === null) return '';
  if (Array.isArray(value)) return value.join('\n');
  const { kind } = KINDS[field];
  if (typeof value === 'number') {
    if (kind === 'time') return formatDuration(value);
    return kind === 'rate' ? formatByteRate(value) : String(value);
  }
  if (typeof value === 'boolean') return value ? 'on' : '';
  return value;
}

/** A value for people: `15m`, `no limit`, `everybody`. */
export function policyWords(field: Field, value: TunnelPolicy[Field]): string {
  const kind = KINDS[field];
  if (kind.kind === 'switch') return value === true ? 'yes' : 'no';
  if (kind.kind === 'choice') return kind.words[String(value)] ?? String(value);
  if (kind.kind === 'rate') return value === null ? 'no limit' : `${policyText(field, value)}B/s`;
  if (kind.kind === 'networks') {
    const none = field === 'allow' ? 'everybody' : 'none';
    return policyText(field, value).replaceAll('\n', ', ') || none;
  }
  return policyText(field, value);
}

/**
 * The inverse of {@link policyText}. What cannot be understood is returned as why not; whether a network is
 * one is for the relay to say.
 */
export function enteredPolicy(
  field: Field,
  text: string,
): { readonly value: unknown } | { readonly problem: string } {
  const { kind } = KINDS[field];
  if (kind === 'networks') return { value: linesOf(text) };
  if (kind === 'switch') return { value: text === 'on' };
  if (kind === 'count') return { value: Number(text) };
  if (kind === 'choice') return { value: text };
  if (kind === 'rate' && text === '') return { value: null };
  const whole = kind === 'time' ? duration(text) : byteRate(text);
  const parsed = whole.ok ? (kind === 'time' ? timeout : bandwidth)(text) : whole;
  return parsed.ok ? { value: parsed.value } : { problem: `${parsed.problem}. ${parsed.remedy}` };
}

/** What of an entered policy differs from the one that was shown. */
export function changesOf(
  shown: TunnelPolicy,
  entered: Readonly<Record<string, unknown>>,
): PolicyChanges {
  const before = new Map<string, unknown>(Object.entries(shown));
  const changed = Object.entries(entered).filter(
    ([field, value]) => JSON.stringify(value) !== JSON.stringify(before.get(field)),
  );
  return Object.fromEntries(changed);
}
