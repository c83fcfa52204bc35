import { setting } from '../shared/config.ts';
import type { ConfigOf, Parsed } from '../shared/config.ts';
import {
  address,
  choice,
  duration,
  host,
  hostPort,
  port,
  portRange,
  relayUrl,
  text,
} from '../shared/config/values.ts';
import type { HostPort, PortRange } from '../shared/config/values.ts';
import { LINK_SETTINGS } from '../shared/config/link-settings.ts';
import { TLS_SETTINGS } from './certificates/settings.ts';
import { LOG_FORMATS, LOG_LEVELS } from '../shared/log.ts';
import type { LogFormat, LogLevel } from '../shared/log.ts';
import { metricsPlace, type MetricsPlace } from './metrics/place.ts';

/** The tunnel made at the first start: none, or this one. */
export type FirstTunnel = 'none' | { readonly name: string; readonly port: number };

const dataDir = setting({
  description: 'where the relay keeps its data',
  placeholder: 'DIR',
  parse: text,
  default: './gangway-data',
});

/** Settings of `gangway relay`. */
export const RELAY_SETTINGS = {
  dataDir,
  http: setting<HostPort>({
    description: 'address of the API, the dashboard and the agents; port 0 takes any free one',
    placeholder: 'HOST:PORT',
    parse: hostPort(0),
    default: { host: '0.0.0.0', port: 8080 },
    defaultText: '0.0.0.0:8080',
  }),
  ...TLS_SETTINGS,
  publicHost: setting<string | undefined>({
    description: 'name or IPv4 address FTP clients reach this machine by',
    placeholder: 'HOST',
    parse: host,
    default: undefined,
    defaultText: 'found out',
  }),
  publicIpv6: setting<string | undefined>({
    description: 'IPv6 address FTP clients reach this machine by',
    placeholder: 'IP',
    parse: address(6),
    default: undefined,
    defaultText: 'found out',
  }),
  passivePorts: setting<PortRange>({
    description: "ports for the clients' passive data connections, shared by all tunnels",
    placeholder: 'A-B',
    parse: portRange,
    default: { from: 50_000, to: 50_063 },
    defaultText: '50000-50063',
  }),
  adminPassword: setting<string | undefined>({
    description:
      'password of the user admin, made at the first start; better in the variable, where other users cannot see it',
    placeholder: 'PASSWORD',
    parse: text,
    default: undefined,
    defaultText: 'made, printed once',
    secret: true,
  }),
  firstTunnel: setting<FirstTunnel | undefined>({
    description: 'tunnel made at the first start, or none',
    placeholder: 'NAME:PORT',
    parse: firstTunnel,
    default: undefined,
    defaultText: 'ftp on port 21, else 2121',
  }),
  listenHost: setting({
    description: 'address tunnels and passive ports listen on',
    placeholder: 'IP',
    parse: host,
    default: '::',
    defaultText: ':: for all, IPv4 too',
  }),
  drainTimeout: setting({
    description: 'how long running transfers may go on when the relay is told to stop',
    placeholder: 'TIME',
    parse: duration,
    default: 30_000,
    defaultText: '30s',
  }),
  linkGrace: setting({
    description:
      'how long an agent whose line is down keeps its transfers and sessions, which then go on; 0s for not at all',
    placeholder: 'TIME',
    parse: duration,
    default: 60_000,
    defaultText: '60s',
  }),
  ...LINK_SETTINGS,
  metrics: setting<MetricsPlace>({
    description:
      'where /metrics is: off, token (on the HTTP port, with an API token), or an address of its own for a private network',
    placeholder: 'PLACE',
    parse: metricsPlace,
    default: 'token',
  }),
  logLevel: setting<LogLevel>({
    description: `least important lines logged: ${LOG_LEVELS.join(', ')}`,
    placeholder: 'LEVEL',
    parse: choice(...LOG_LEVELS),
    default: 'info',
  }),
  logFormat: setting<LogFormat>({
    description: 'auto, json or pretty; auto is pretty on a terminal',
    placeholder: 'FORMAT',
    parse: choice(...LOG_FORMATS),
    default: 'auto',
  }),
};

/** What `gangway relay` runs with. Times are milliseconds. */
export type RelayConfig = ConfigOf<typeof RELAY_SETTINGS>;

/** Settings of the commands that administer a relay. */
export const ADMIN_SETTINGS = {
  dataDir,
  relay: setting<string | undefined>({
    description: 'administer the relay at this URL instead of the one on this machine',
    placeholder: 'URL',
    parse: relayUrl,
    default: undefined,
  }),
  ca: setting<string | undefined>({
    description:
      'PEM file of a certificate authority to trust for --relay besides those of the system',
    placeholder: 'FILE',
    parse: text,
    default: undefined,
  }),
  apiToken: setting<string | undefined>({
    description: 'API token for --relay; better in the variable, where other users cannot see it',
    placeholder: 'TOKEN',
    parse: text,
    default: undefined,
    secret: true,
  }),
};

function firstTunnel(raw: string): Parsed<FirstTunnel> {
  if (raw === 'none') return { ok: true, value: 'none' };
  const [, name, digits] = /^([a-z0-9][a-z0-9-]{0,62}):(\d+)$/.exec(raw) ?? [];
  const parsed = port(digits ?? '');
  if (name !== undefined && parsed.ok) return { ok: true, value: { name, port: parsed.value } };
  const problem = 'is neither NAME:PORT nor none';
  return {
    ok: false,
    problem,
    remedy: 'Write it like ftp:2121, the name in small letters, or none.',
  };
}
