import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { choice, formatDuration, integer } from '../../shared/config/values.ts';
import type { Parser } from '../../shared/config.ts';
import { CLIENT_MODES } from '../../shared/gateway/client-mode.ts';
import { SERVER_MODES } from '../../shared/gateway/server-mode.ts';
import { POLICY_LIMITS } from '../../shared/limits.ts';
import { network } from '../networks.ts';
import {
  bandwidth,
  DATA_SOURCES,
  DEFAULT_POLICY,
  PROXY_PROTOCOLS,
  timeout,
  type PolicyChanges,
  type TunnelPolicy,
} from '../policy.ts';
import { parsed } from './parsed.ts';

/** What brings a default back. Not null yet, which Commander takes for an empty text. */
const DEFAULT = 'default';

/** Flags of a tunnel's policy, as Commander hands them over. */
export type PolicyFlags = {
  readonly [F in keyof TunnelPolicy]?: TunnelPolicy[F] | typeof DEFAULT;
};

/** The flags in one line, for messages. */
export const POLICY_FLAG_NAMES =
  '--allow, --deny, --max-sessions, --max-sessions-per-address, --read-only, ' +
  '--idle-timeout, --login-timeout, --stall-timeout, --data-source, --server-mode, --client-mode, ' +
  '--bandwidth, --session-bandwidth, --fxp, --proxy-from, --proxy-protocol and --proxy-protocol-data';

const NONE: readonly string[] = [];

/** Adds the flags of a policy. Lists take several values, apart or with commas. */
export function policyFlags(command: Command): Command {
  const { maxSessions, maxSessionsPerAddress, idleTimeout, loginTimeout, stallTimeout } =
    DEFAULT_POLICY;
  const count = parsed(orDefault(integer(1, POLICY_LIMITS.sessions)));
  const time = parsed(orDefault(timeout));
  const rate = parsed(orNone(bandwidth));
  return command
    .option('--allow <CIDR...>', 'only these clients may connect; `any` for all', list('any'))
    .option('--deny <CIDR...>', 'these clients may not; `none` for nobody', list('none'))
    .option('--fxp <CIDR...>', 'servers that may exchange files with it; `none`', list('none'))
    .option('--proxy-from <CIDR...>', 'balancers that send a PROXY header; `none`', list('none'))
    .option(
      '--proxy-protocol <VERSION>',
      `PROXY header to the FTP server: ${PROXY_PROTOCOLS.join(', ')} (default ${DEFAULT_POLICY.proxyProtocol})`,
      parsed(choice(...PROXY_PROTOCOLS)),
    )
    .option('--proxy-protocol-data', 'send it on data connections, too')
    .option('--no-proxy-protocol-data', 'send it on control connections only')
    .option('--max-sessions <N>', `sessions at once (default ${maxSessions})`, count)
    .option(
      '--max-sessions-per-address <N>',
      `sessions of one address at once (default ${maxSessionsPerAddress})`,
      count,
    )
    .option('--read-only', 'refuse what changes files of the server')
    .option('--no-read-only', 'allow it again')
    .option('--idle-timeout <TIME>', `without a command (${preset(idleTimeout)})`, time)
    .option('--login-timeout <TIME>', `until the login (${preset(loginTimeout)})`, time)
    .option(
      '--stall-timeout <TIME>',
      `transfer on which nothing moves (${preset(stallTimeout)})`,
      time,
    )
    .option(
      '--data-source <WHERE>',
      `where passive data connections come from: ${DATA_SOURCES.join(', ')} (default ${DEFAULT_POLICY.dataSource})`,
      parsed(orDefault(choice(...DATA_SOURCES))),
    )
    .option(
      '--server-mode <MODE>',
      `how the FTP server's data connections come about: ${SERVER_MODES.join(', ')} (default ${DEFAULT_POLICY.serverMode})`,
      parsed(orDefault(choice(...SERVER_MODES))),
    )
    .option(
      '--client-mode <MODE>',
      `modes clients may use: ${CLIENT_MODES.join(', ')} (default ${DEFAULT_POLICY.clientMode})`,
      parsed(orDefault(choice(...CLIENT_MODES))),
    )
    .option('--bandwidth <RATE>', 'of all sessions together, like 10M; `none` for no limit', rate)
    .option('--session-bandwidth <RATE>', 'of each session, like 500k; `none` for no limit', rate);
}

/** What the flags change; undefined if nothing. */
export function policyOf(flags: PolicyFlags): PolicyChanges | undefined {
  const fields = Object.keys(DEFAULT_POLICY) as (keyof PolicyFlags)[];
  const given = fields.filter((field) => flags[field] !== undefined);
  if (given.length === 0) return undefined;
  const valueOf = (field: keyof PolicyFlags): unknown =>
    flags[field] === DEFAULT ? null : flags[field];
  return Object.fromEntries(given.map((field) => [field, valueOf(field)]));
}

/** The word `default` brings the default back. */
function orDefault<T>(parser: Parser<T>): Parser<T | typeof DEFAULT> {
  return (raw) => (raw === DEFAULT ? { ok: true, value: DEFAULT } : parser(raw));
}

/** The words `none` and `default` mean no limit. */
function orNone<T>(parser: Parser<T>): Parser<T | typeof DEFAULT> {
  return (raw) => orDefault(parser)(raw === 'none' ? DEFAULT : raw);
}

/** Names the item that is wrong, which may be one of several in a value. */
function list(empty: string): (raw: string, before?: readonly string[]) => readonly string[] {
  const parse = (item: string): string[] => {
    if (item === empty) return [];
    const one = network(item);
    if (one.ok) return [one.value];
    throw new InvalidArgumentError(`"${item}" ${one.problem}. ${one.remedy}`);
  };
  return (raw, before = NONE) => [...before, ...raw.split(',').flatMap(parse)];
}

function preset(ms: number): string {
  return `default ${formatDuration(ms)}`;
}
