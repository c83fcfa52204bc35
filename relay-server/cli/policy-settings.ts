import { choice, formatDuration, integer, yesOrNo } from '../../shared/config/values.ts';
import { setting, type Parser, type Setting } from '../../shared/config.ts';
import { CLIENT_MODES } from '../../shared/gateway/client-mode.ts';
import { SERVER_MODES } from '../../shared/gateway/server-mode.ts';
import { TLS_POLICIES } from '../../shared/gateway/tls-rules.ts';
import { POLICY_LIMITS } from '../../shared/limits.ts';
import { network } from '../../shared/net/networks.ts';
import {
  bandwidth,
  DATA_SOURCES,
  DEFAULT_POLICY,
  PROXY_PROTOCOLS,
  timeout,
  type PolicyChanges,
} from '../policy.ts';

/** A setting for each field of a policy: undefined where nothing is said, null for the default. */
type PolicySettings = { readonly [F in keyof Required<PolicyChanges>]: Setting<PolicyChanges[F]> };

/** What brings the default of a field back, in flags and files alike. */
const DEFAULT = 'default';

const { sessions } = POLICY_LIMITS;
const preset = DEFAULT_POLICY;

/** A tunnel's policy as people write it: its flags and the keys of a policy file, one row a field. */
export const POLICY_SETTINGS: PolicySettings = {
  allow: list('CIDR', 'only these clients may connect; `any` for all', network, 'any'),
  deny: list('CIDR', 'these clients may not; `none` for nobody', network, 'none'),
  maxSessions: one('N', 'sessions at once', integer(1, sessions), String(preset.maxSessions)),
  maxSessionsPerAddress: one(
    'N',
    'sessions of one address at once',
    integer(1, sessions),
    String(preset.maxSessionsPerAddress),
  ),
  readOnly: onOff('refuse what changes files of the server'),
  idleTimeout: time('without a command', preset.idleTimeout),
  loginTimeout: time('until the login', preset.loginTimeout),
  stallTimeout: time('transfer on which nothing moves', preset.stallTimeout),
  dataSource: word(
    'WHERE',
    'where passive data connections come from',
    DATA_SOURCES,
    preset.dataSource,
  ),
  serverMode: word(
    'MODE',
    "how the FTP server's data connections come about",
    SERVER_MODES,
    preset.serverMode,
  ),
  clientMode: word('MODE', 'modes clients may use', CLIENT_MODES, preset.clientMode),
  bandwidth: rate('bytes per second of all sessions together, like 10M'),
  sessionBandwidth: rate('bytes per second of each session, like 500k'),
  fxp: list('CIDR', 'servers that may exchange files with it; `none`', network, 'none'),
  proxyFrom: list('CIDR', 'balancers that send a PROXY header; `none`', network, 'none'),
  proxyProtocol: word(
    'VERSION',
    'PROXY header to the FTP server',
    PROXY_PROTOCOLS,
    preset.proxyProtocol,
  ),
  proxyProtocolData: onOff('send it on data connections, too'),
  tls: word(
    'WHEN',
    'TLS with clients, who log in without it only if not required',
    TLS_POLICIES,
    preset.tls,
  ),
  tlsData: word('WHEN', 'TLS on their data connections, too', TLS_POLICIES, preset.tlsData),
  requireSessionReuse: onOff('refuse a data connection whose TLS session is not resumed'),
  strictClose: onOff('take a TLS data connection that ends without close_notify for broken'),
  lanDirect: onOff("let data of active clients in the server's own network stay in it"),
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
