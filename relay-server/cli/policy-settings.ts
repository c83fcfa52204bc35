import { choice, formatDuration, integer, yesOrNo } from '../../shared/config/values.ts';
import { setting, type Parser, type Setting } from '../../shared/config.ts';
import { CLIENT_MODES } from '../../shared/gateway/client-mode.ts';
import { SERVER_MODES } from '../../shared/gateway/server-mode.ts';
import { TLS_POLICIES } from '../../shared/gateway/tls-rules.ts';
import { POLICY_LIMITS } from '../limits.ts';
import { network } from '../../shared/net/networks.ts';
import { DATA_SOURCES, PROXY_PROTOCOLS, type PolicyChanges } from '../policy.ts';
import { bandwidth, DEFAULT_POLICY, timeout } from '../policy-values.ts';
import { POLICY_WORDS as WORDS } from '../policy-words.ts';

/** A setting for each field of a policy: undefined where nothing is said, null for the default. */
type PolicySettings = { readonly [F in keyof Required<PolicyChanges>]: Setting<PolicyChanges[F]> };

/** What brings the default of a field back, in flags and files alike. */
const DEFAULT = 'default';

const { sessions } = POLICY_LIMITS;
const preset = DEFAULT_POLICY;

/** A tunnel's policy as people write it: its flags and the keys of a policy file, one row a field. */
export const POLICY_SETTINGS: PolicySettings = {
  allow: list('CIDR', `${WORDS.allow.brief}; \`any\` for all`, network, 'any'),
  deny: list('CIDR', `${WORDS.deny.brief}; \`none\` for nobody`, network, 'none'),
  maxSessions: one('N', WORDS.maxSessions.brief, integer(1, sessions), String(preset.maxSessions)),
  maxSessionsPerAddress: one(
    'N',
    WORDS.maxSessionsPerAddress.brief,
    integer(1, sessions),
    String(preset.maxSessionsPerAddress),
  ),
  readOnly: onOff(WORDS.readOnly.brief),
  idleTimeout: time(WORDS.idleTimeout.brief, preset.idleTimeout),
  loginTimeout: time(WORDS.loginTimeout.brief, preset.loginTimeout),
  stallTimeout: time(WORDS.stallTimeout.brief, preset.stallTimeout),
  dataSource: word('WHERE', WORDS.dataSource.brief, DATA_SOURCES, preset.dataSource),
  serverMode: word('MODE', WORDS.serverMode.brief, SERVER_MODES, preset.serverMode),
  clientMode: word('MODE', WORDS.clientMode.brief, CLIENT_MODES, preset.clientMode),
  bandwidth: rate(`${WORDS.bandwidth.brief}, like 10M`),
  sessionBandwidth: rate(`${WORDS.sessionBandwidth.brief}, like 500k`),
  fxp: list('CIDR', `${WORDS.fxp.brief}; \`none\``, network, 'none'),
  proxyFrom: list('CIDR', `${WORDS.proxyFrom.brief}; \`none\``, network, 'none'),
  proxyProtocol: word('VERSION', WORDS.proxyProtocol.brief, PROXY_PROTOCOLS, preset.proxyProtocol),
  proxyProtocolData: onOff(WORDS.proxyProtocolData.brief),
  tls: word('WHEN', WORDS.tls.brief, TLS_POLICIES, preset.tls),
  tlsData: word('WHEN', WORDS.tlsData.brief, TLS_POLICIES, preset.tlsData),
  requireSessionReuse: onOff(WORDS.requireSessionReuse.brief),
  strictClose: onOff(WORDS.strictClose.brief),
  lanDirect: onOff(WORDS.lanDirect.brief),
};

/** One value, or the word for the default. */
function one<T>(
  placeholder: string,
  description: string,
  parse: Parser<T>,
  defaultText: string,
): Setting<T | null | undefined> {
  return setting({
    placeholder,
    description,
    parse: orDefault(parse),
    default: undefined,
    defaultText,
  });
}

/** A duration within the bounds of a policy's time-outs; `ms` is its default. */
function time(description: string, ms: number): Setting<number | null | undefined> {
  return one('TIME', description, timeout, formatDuration(ms));
}

/** Bytes per second; `none` for no limit, which is the default. */
function rate(description: string): Setting<number | null | undefined> {
  const parse: Parser<number> = bandwidth;
  const orNone: Parser<number | null> = (raw) =>
    raw === 'none' ? { ok: true, value: null } : parse(raw);
  return one('RATE', `${description}; \`none\` for no limit`, orNone, 'none');
}

/** One of a few words. */
function word<const W extends string>(
  placeholder: string,
  description: string,
  words: readonly W[],
  defaultText: W,
): Setting<W | null | undefined> {
  return one(placeholder, `${description}: ${words.join(', ')}`, choice(...words), defaultText);
}

/** A switch, off by default. */
function onOff(description: string): Setting<boolean | null | undefined> {
  return setting({ description, parse: orDefault(yesOrNo), default: undefined });
}

/** A list, empty by default; `empty` is the word for no items. */
function list<T>(
  placeholder: string,
  description: string,
  parse: Parser<T>,
  empty: string,
): Setting<T[] | undefined> {
  const parseItem: Parser<T[]> = (raw) => {
    if (raw === empty || raw === DEFAULT) return { ok: true, value: [] };
    const item = parse(raw);
    return item.ok ? { ok: true, value: [item.value] } : item;
  };
  return setting({ placeholder, description, parse: parseItem, default: undefined, many: true });
}

function orDefault<T>(parse: Parser<T>): Parser<T | null> {
  return (raw) => (raw === DEFAULT ? { ok: true, value: null } : parse(raw));
}
